"""How late what the rules decide follows the change that calls for it, minute by minute of the last hour.

The rule of this file: delays are counted in classes, each a tenth wider than the one before, so that minutes can be
added up. What is told of a delay is the upper end of its class.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

import orjson
from sqlalchemy import bindparam, delete, select

from hub.storage.connection import Connection
from hub.storage.prepared import Bulk, Prepared
from hub.storage.rule_tables import rule_delay

MINUTE: Final = 60_000_000
KEPT: Final = 60  # minutes
_MILLI: Final = 1_000
_WIDER: Final = 1.1
_CLASSES: Final = 200  # the last one holds everything above two days

Counts = Counter[int]  # of delays, by class

_d = rule_delay.c
_FIND = Prepared(select(_d.counts).where(_d.minute > bindparam("after")))
_PUT = Bulk("""
    INSERT INTO rule_delay (minute, counts) SELECT CAST(value->>0 AS INTEGER), value->>1 FROM {rows} WHERE true
    ON CONFLICT (minute) DO UPDATE SET counts = excluded.counts
""")
_PRUNE = Prepared(delete(rule_delay).where(_d.minute <= bindparam("until")))


def count_delays(delays: Iterable[int]) -> Counts:
    """`delays`: in microseconds."""
    return Counter(_find_class(one) for one in delays)


def _find_class(delay: int) -> int:
    return 0 if delay <= _MILLI else min(math.ceil(math.log(delay / _MILLI, _WIDER)), _CLASSES)


async def put(connection: Connection, minutes: Mapping[int, Counts], now: int) -> None:
    """`minutes`: the whole counts of these minutes since 1970. Older ones than an hour are forgotten."""
    rows = [[minute, orjson.dumps(sorted(counts.items())).decode()] for minute, counts in sorted(minutes.items())]
    await _PUT.execute_for(connection, rows)
    await _PRUNE.execute(connection, {"until": now // MINUTE - KEPT})


async def find_delay(connection: Connection, now: int, share: float = 0.99) -> int | None:
    """Within how many milliseconds this share of the last hour's decisions was stored. None: there were none."""
    whole = Counts()
    for (counts,) in await _FIND.fetch(connection, {"after": now // MINUTE - KEPT}):
        whole.update(dict(orjson.loads(counts)))
    wanted = math.ceil(whole.total() * share)
    for number in sorted(whole):
        wanted -= whole[number]
        if wanted <= 0:
            return math.ceil(_WIDER**number)
    return None
