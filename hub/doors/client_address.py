"""The address of the client behind a request, also if a proxy stands before the hub.

The rule of this file: anybody can write X-Forwarded-For. So the header is read from its end, and only as far as our
own proxies wrote it (`server.trusted_proxies`). Entries to the left of the first untrusted address count for nothing.
"""

import ipaddress
from collections.abc import Sequence

from aiohttp import web

FORWARDED = "X-Forwarded-For"

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class ClientAddresses:
    def __init__(self, trusted_proxies: Sequence[str]) -> None:
        self._trusted = tuple(ipaddress.ip_network(network) for network in trusted_proxies)

    def find(self, request: web.Request) -> str:
        """The address of the client; "" if the connection has none."""
        return self.find_behind(request.remote or "", request.headers.getall(FORWARDED, []))

    def find_behind(self, peer: str, forwarded: Sequence[str]) -> str:
        """`peer`: the address that is connected to us. `forwarded`: the X-Forwarded-For headers, in order."""
        client = _parse(peer)
        if client is None:
            return ""
        for text in reversed(",".join(forwarded).split(",")):
            if not self._is_trusted(client) or (before := _parse(text)) is None:
                break
            client = before
        return str(client)

    def find_share(self, request: web.Request) -> str | None:
        """The name under which caps per address count this client. An IPv6 network of 64 bits belongs to one
        customer, so it has one name. None for our own machines and for a proxy that names no client: everybody
        behind it would share one cap."""
        client = _parse(self.find(request))
        if client is None or self._is_trusted(client):
            return None
        if client.version == 6:
            return str(ipaddress.ip_network((client, 64), strict=False))
        return str(client)

    def _is_trusted(self, address: IpAddress) -> bool:
        return any(address in network for network in self._trusted)


def _parse(text: str) -> IpAddress | None:
    """An address, as proxies write it: also with a port, in brackets, or with an IPv6 zone."""
    text = text.strip().partition("%")[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
