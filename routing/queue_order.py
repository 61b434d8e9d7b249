"""The order of one queue: everything that waits in it, sorted by rank, so that a position is cheap to find.

The rule of this file: the ranks are in a list of sorted blocks. To add, to remove and to find a position takes a
bisection and a walk over the blocks, which are few. A block that grows to more than twice `_BLOCK` is split.
"""

from bisect import bisect_left, insort
from typing import Final

from routing.live_interactions import RankKey

_BLOCK: Final = 512


class QueueOrder:
    __slots__ = ("_blocks", "_lasts", "_size")

    def __init__(self) -> None:
        self._blocks: list[list[RankKey]] = []
        self._lasts: list[RankKey] = []  # the greatest rank of each block
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, rank: RankKey) -> None:
        self._size += 1
        if not self._blocks:
            self._blocks.append([rank])
            self._lasts.append(rank)
            return
        at = min(bisect_left(self._lasts, rank), len(self._blocks) - 1)
        block = self._blocks[at]
        insort(block, rank)
        self._lasts[at] = block[-1]
        if len(block) > 2 * _BLOCK:
            self._blocks[at : at + 1] = [block[:_BLOCK], block[_BLOCK:]]
            self._lasts[at : at + 1] = [block[_BLOCK - 1], block[-1]]

    def remove(self, rank: RankKey) -> None:
        """Remove `rank`, which must be in the order."""
        at = bisect_left(self._lasts, rank)
        block = self._blocks[at]
        del block[bisect_left(block, rank)]
        self._size -= 1
        if block:
            self._lasts[at] = block[-1]
        else:
            del self._blocks[at], self._lasts[at]

    def position(self, rank: RankKey) -> int:
        """Return the position of `rank`, which must be in the order. The first has position 1."""
        at = bisect_left(self._lasts, rank)
        return sum(map(len, self._blocks[:at])) + bisect_left(self._blocks[at], rank) + 1
