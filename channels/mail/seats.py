"""Who may hold a connection to the SMTP server, and who has to make room.

The rule of this file: it counts, and knows no SMTP. Strangers have so many seats in all and each of them a few, the
networks from where our own mail host hands mail in have the rest for themselves; where nothing is free, who brought
no mail on its way for longest is sent away with a 421, which a mail host takes as "come again" (RFC 5321, 3.8). So
mail comes in whoever only sits there, or only talks.
"""

import ipaddress
from collections.abc import Callable, Collection
from typing import Final, Protocol

IDLE_SECONDS: Final = 10.0  # a mail host at work has its mail on its way within a moment


class Sitter(Protocol):
    """One connection. `moved_at`: when it came, or when so much of a mail came from it last, or was stored, by the
    loop's clock: commands and single bytes do not count. `is_busy`: its mail is being stored."""

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
        """`most_of_one`: of one stranger."""
        self._most, self._most_of_strangers, self._most_of_one = most, most_of_strangers, most_of_one
        self._is_trusted = is_trusted
        self.sitters: set[Sitter] = set()

    def has_one_for(self, peer: str, now: float) -> bool:
        """Whether this address may come in; somebody else may have been sent away for it."""
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
    """What counts as one stranger: an IPv4 address, or the 64 bits of an IPv6 network that one customer has."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    return str(address) if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))
