"""The highest rate that is sustained: a search that asks for a few seconds of load at one rate after the other.

The rule of this file: it knows no hub. A rate is sustained if `try_rate` says that nothing spoke against it.
"""

from collections.abc import Awaitable, Callable, Sequence

from tests.bench.running import Load

STEP = 1.5  # upwards, until one is not sustained
HALVINGS = 2  # then between the last two: to some 12 %


async def find_sustained(
    try_rate: Callable[[int], Awaitable[Load]], known: Sequence[Load], start: int, most: int
) -> Load | None:
    """The load at the highest sustained rate up to `most`; None if not even the slowest one that is known holds."""
    held = max((load for load in known if not load.fault), key=lambda load: load.rate, default=None)
    failed = min((int(load.rate) for load in known if load.fault), default=None)
    while failed is None:
        rate = min(int(held.rate * STEP) if held is not None else start, most)
        if held is not None and rate <= held.rate:
            return held
        load = await try_rate(rate)
        held, failed = (load, None) if not load.fault else (held, rate)
    for _ in range(HALVINGS):
        rate = int((held.rate if held is not None else 0) + failed) // 2
        if rate < 1 or (held is not None and rate <= held.rate):
            break
        load = await try_rate(rate)
        held, failed = (load, failed) if not load.fault else (held, rate)
    return held
