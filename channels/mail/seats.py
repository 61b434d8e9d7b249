"""Decides who may hold a connection to the SMTP server, and who has to make room.

The rule of this file: it counts, and knows no SMTP. Strangers share a number of seats, and each may have a few of
them. The other seats are for the networks of our own mail host. If no seat is free, the client that has been idle
longest is sent away with a 421, which a mail host takes as "come again" (RFC 5321 3.8). So clients that only hold
connections, or only talk, never keep mail out.
"""

import ipaddress
from collections.abc import Callable, Collection
from typing import Final, Protocol

IDLE_SECONDS: Final = 10.0  # a working mail host begins to send its mail at once


class Sitter(Protocol):
    """One connection. `moved_at`: when it connected, last brought a good part of a mail, or had one stored, by the
    loop's clock. Commands and single bytes do not count. `is_busy`: its mail is being stored."""

    peer: str
    moved_at: float
    is_busy: bool

    def send_away(self) -> None: ...


class Seats:
    def __init__(
        self,
        *,
        most: int,
        most_of_strangers: int,
        most_of_one: int,
        is_trusted: Callable[[str], bool],
    ) -> None:
        """`most_of_one`: for each stranger."""
        self._most, self._most_of_strangers, self._most_of_one = most, most_of_strangers, most_of_one
        self._is_trusted = is_trusted
        self.sitters: set[Sitter] = set()

    def has_one_for(self, peer: str, now: float) -> bool:
        """Whether this address may connect. Another client may be sent away to make room."""
        if not self._is_trusted(peer):
            strangers = [sitter for sitter in self.sitters if not self._is_trusted(sitter.peer)]
            share = share_of(peer)
            if sum(share_of(sitter.peer) == share for sitter in strangers) >= self._most_of_one:
                return False
            if len(strangers) >= self._most_of_strangers and not self._make_room(strangers, now):
                return False
        return len(self.sitters) < self._most or self._make_room(self.sitters, now)

    def _make_room(self, among: Collection[Sitter], now: float) -> bool:
        idle = [sitter for sitter in among if not sitter.is_busy and now - sitter.moved_at >= IDLE_SECONDS]
        if not idle:
            return False
        longest = min(idle, key=lambda sitter: sitter.moved_at)
        self.sitters.discard(longest)
        longest.send_away()
        return True


def share_of(peer: str) -> str:
    """The name under which strangers are counted: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    return str(address) if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))
