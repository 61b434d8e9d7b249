"""How much of everything one run of the bench asks for.

The rule of this file: `FULL` keeps a whole run at three minutes on two quiet cores; `TINY` shows in seconds that the
measuring works, and its figures mean nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    agents: int = 200
    flood: int = 6_000  # webhooks, as fast as they are taken
    rates: tuple[tuple[int, float], ...] = ((20, 4), (50, 3), (100, 3))  # (a second, for so many seconds)
    search: float = 2  # seconds at each rate of the search for the highest that is sustained
    search_from: int = 150
    most: int = 1_000  # a second: no search goes further
    counted: float = 1.2  # seconds for which work is counted, twice, apart from the seconds that are timed
    bare: float = 2  # seconds of the skeleton at each rate
    waiting: int = 10_000
    turnover: tuple[int, float] = (50, 7)  # a p99 of few turns is chance; the skeleton has as many
    freed: int = 100
    chats: int = 300
    chat_rates: tuple[tuple[int, float], ...] = ((100, 3), (300, 3))
    warm: int = 1_000  # waiting before memory is looked at for the first time
    traced: int = 2_000  # waiting of which the traced memory is taken
    grown: int = 4_000  # waiting over which the growth of resident memory is taken
    calls: int = 20  # with sound, at once
    call_seconds: float = 4
    most_calls: int = 640  # no search for the most goes further
    customers: int = 20_000
    imported: int = 20_000
    told_seconds: float = 8  # of each rate of activities
    import_seconds: float = 10  # of webhooks before the import
    webhooks: int = 100  # of calls, whose answers are timed


FULL = Sizes()
TINY = Sizes(
    agents=3,
    flood=40,
    rates=((20, 0.3),),
    search=0.3,
    search_from=20,
    most=20,
    counted=0.3,
    bare=0.3,
    waiting=40,
    turnover=(20, 0.4),
    freed=2,
    chats=3,
    chat_rates=((20, 0.3),),
    warm=10,
    traced=20,
    grown=20,
    calls=2,
    call_seconds=1,
    most_calls=2,
    customers=50,
    imported=30,
    told_seconds=0.5,
    import_seconds=0.2,
    webhooks=5,
)
