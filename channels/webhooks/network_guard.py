"""Which addresses a webhook may reach: public ones, and the networks that its operator has named.

The rule of this file: the address is judged that a socket is about to connect to, whoever resolved it. So a name that
resolves to another address the next time gains nothing.
"""

import ipaddress
import socket
from collections.abc import Sequence
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# IPv6 networks whose last 32 bits are an IPv4 address: a translator on the way connects to that one
_TRANSLATED: Final = tuple(ipaddress.IPv6Network(one) for one in ("64:ff9b::/96", "::/96", "::ffff:0:0:0/96"))
# Never, whatever is named: a machine reads its cloud's credentials there, or it is nobody's address
_NEVER: Final = tuple(
    ipaddress.ip_network(one) for one in ("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "fe80::/10", "ff00::/8")
)
# Neither public nor private by the tables of every Python
_NO_PUBLIC: Final = tuple(
    ipaddress.ip_network(one) for one in ("192.0.0.0/24", "192.88.99.0/24", "fec0::/10", "64:ff9b:1::/48")
)


class AddressForbidden(OSError):
    """The address is in no public network, and its operator has not named it."""


def is_allowed(address: str, named: Sequence[Network]) -> bool:
    """`address`: IPv4 or IPv6, also with a zone. `named`: the networks beside the public ones. An IPv6 address that
    stands for an IPv4 address is judged as that one."""
    try:
        found: Address = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.scope_id is not None:
            return False
        if (inner := _find_inner(found)) is not None:
            found = inner
    if any(_holds(network, found) for network in _NEVER):
        return False
    if any(_holds(network, found) for network in named):
        return True
    return found.is_global and not any(_holds(network, found) for network in _NO_PUBLIC)


def _find_inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address to which a connection to this one leads. None: to itself."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if int(address) > 1 and any(address in network for network in _TRANSLATED):  # :: and ::1 are themselves
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _holds(network: Network, address: Address) -> bool:
    return network.version == address.version and address in network


class GuardedResolver(AbstractResolver):
    """Asks another resolver, once for each connection, and refuses a name of which any address is forbidden."""

    def __init__(self, resolver: AbstractResolver, named: Sequence[Network]) -> None:
        self._resolver, self._named = resolver, named

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        for one in found:
            check(one["host"], self._named)
        return found

    async def close(self) -> None:
        await self._resolver.close()


class GuardedSockets:
    """Makes the socket for a connection, if its address is allowed: also for an address that no name stood for."""

    def __init__(self, named: Sequence[Network]) -> None:
        self._named = named

    def __call__(self, info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = info
        check(str(address[0]), self._named)
        return socket.socket(family, kind, protocol)


def check(address: str, named: Sequence[Network]) -> None:
    """Raises AddressForbidden."""
    if not is_allowed(address, named):
        raise AddressForbidden(f"{address} is neither public nor in a network that was named")
