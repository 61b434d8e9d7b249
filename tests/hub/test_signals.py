"""What a part says reaches those who are connected, in order."""

from hub.signals import AsyncSignal, Signal, Signals


def test_a_signal_tells_each_listener_in_the_order_of_connecting() -> None:
    told: list[tuple[str, str]] = []
    signal: Signal[[str]] = Signal()
    signal.connect(lambda word: told.append(("first", word)))
    signal.connect(lambda word: told.append(("second", word)))
    signal("hej")
    assert told == [("first", "hej"), ("second", "hej")]


async def test_an_async_signal_waits_for_each_listener() -> None:
    told: list[int] = []

    async def listen(number: int) -> None:
        told.append(number)

    signal: AsyncSignal[[int]] = AsyncSignal()
    signal.connect(listen)
    signal.connect(listen)
    await signal(7)
    assert told == [7, 7]


def test_two_processes_hear_nothing_of_each_other() -> None:
    told: list[str] = []
    one, other = Signals(), Signals()
    one.arrived.connect(lambda: told.append("one"))
    other.arrived()
    assert told == []
