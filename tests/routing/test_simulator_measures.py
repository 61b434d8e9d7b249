"""The figures of a simulation: each is computed by hand for a few journeys, and intervals hold as often as they
say."""

import random

import pytest

from routing.distributions import Fixed
from routing.intervals import Figure, Ratio, find_quantile, student
from routing.measures import MeasuredLine, MeasuredSpan, measure_lines
from routing.model import SECOND, AgentId, AgentProfile, ChannelName, ClosedAs, InteractionId, Micros, QueueId, TierId
from routing.scenario import DrawnArrival, Kind, Scenario
from routing.simulator import Journey, Stretch
from tests.routing.cast import ADA, BEN, EMAIL, LENDING, PHONE, PLATINUM, POLICY, SERVICE, STANDARD

SPAN = MeasuredSpan(100 * SECOND, 300 * SECOND, 2)
THRESHOLD = {(SERVICE, PHONE): 20 * SECOND}


def went(
    at: float,
    answered_after: float | None = None,
    tier: TierId = STANDARD,
    queue: QueueId = SERVICE,
    channel: ChannelName = PHONE,
    left_after: float | None = None,
    closed_as: ClosedAs = ClosedAs.ABANDONED,
    agent_id: AgentId = ADA,
) -> Journey:
    """Handled for 30 s and wrapped up for 10 s, once answered."""
    entered = int(at * SECOND)
    kind = Kind(queue, channel, tier, (), Fixed(30 * SECOND))
    journey = Journey(DrawnArrival(entered, kind, InteractionId(str(at)), 30 * SECOND, 10 * SECOND, None))
    if answered_after is not None:
        journey.answered_at = entered + int(answered_after * SECOND)
        journey.agent_id = agent_id
        journey.wrapping_since = journey.answered_at + 30 * SECOND
        journey.closed_at, journey.closed_as = journey.wrapping_since + 10 * SECOND, ClosedAs.HANDLED
    elif left_after is not None:
        journey.closed_at, journey.closed_as = entered + int(left_after * SECOND), closed_as
    return journey


def lines_of(*journeys: Journey, stretches: tuple[Stretch, ...] = ()) -> dict[tuple[str, str, str], MeasuredLine]:
    kinds = tuple({journey.arrival.kind: None for journey in journeys})
    staff = ((ADA, AgentProfile((LENDING, SERVICE))), (BEN, AgentProfile((LENDING,), points=((PHONE, 50),))))
    lines = measure_lines(Scenario(POLICY, kinds, staff, ()), journeys, stretches, SPAN, THRESHOLD)
    return {(line.queue or "", line.channel or "", line.tier or ""): line for line in lines}


def test_a_line_counts_who_came_who_was_answered_and_who_left() -> None:
    line = lines_of(
        went(110, 5), went(120, 25), went(210, 10), went(220, left_after=40), went(230), went(240, left_after=1,
        closed_as=ClosedAs.VOICEMAIL),
    )[SERVICE, PHONE, ""]  # fmt: skip
    assert (line.arrived, line.answered, line.abandoned, line.diverted, line.unanswered) == (6, 3, 1, 1, 1)
    assert line.in_time.value == pytest.approx(2 / 3)
    assert line.left.value == pytest.approx(1 / 6)
    assert line.asa.value == pytest.approx(40 / 3)
    assert line.wait.value == pytest.approx(80 / 4)
    median = line.quantiles[0]
    assert median is not None and median.value == 10


def test_what_came_in_the_warm_up_or_after_the_span_is_left_out() -> None:
    assert lines_of(went(99.9, 5), went(100, 5), went(299.9, 5), went(300, 5))["", "", ""].arrived == 2


def test_lines_come_best_tier_first_with_their_totals() -> None:
    journeys = (went(110, 5), went(111, 5, PLATINUM), went(112, 5, channel=EMAIL), went(113, 5, queue=LENDING))
    assert list(lines_of(*journeys)) == [
        (SERVICE, PHONE, PLATINUM),
        (SERVICE, PHONE, STANDARD),
        (SERVICE, PHONE, ""),
        (SERVICE, EMAIL, STANDARD),
        (SERVICE, EMAIL, ""),
        (LENDING, PHONE, STANDARD),
        (LENDING, PHONE, ""),
        ("", PHONE, PLATINUM),
        ("", PHONE, STANDARD),
        ("", PHONE, ""),
        ("", EMAIL, STANDARD),
        ("", EMAIL, ""),
        ("", "", ""),
    ]
    assert lines_of(*journeys)["", PHONE, STANDARD].arrived == 2
    assert lines_of(*journeys)["", "", ""].arrived == 4


def test_occupancy_is_work_over_the_available_time_of_those_who_serve_the_queue() -> None:
    stretches = (Stretch(ADA, 0, 200 * SECOND), Stretch(BEN, 150 * SECOND, 400 * SECOND))
    lines = lines_of(went(110, 5), went(210, 5, queue=LENDING, agent_id=BEN), stretches=stretches)
    assert lines[SERVICE, PHONE, ""].work.value == pytest.approx(40 / 100)
    assert lines[LENDING, PHONE, ""].work.value == pytest.approx(40 * 0.5 / 250)  # Ben has calls at 50 points
    assert lines["", "", ""].work.value == pytest.approx(60 / 250)
    assert lines["", "", ""].work.bottoms == (150 * SECOND, 100 * SECOND)


def test_a_queue_without_a_threshold_counts_every_answer_as_in_time() -> None:
    assert lines_of(went(110, 5_000, channel=EMAIL))[SERVICE, EMAIL, ""].in_time.value == 1


def test_a_line_where_nothing_came_says_nothing() -> None:
    line = lines_of(went(0, 5))["", "", ""]
    assert (line.arrived, line.in_time.figure(), line.quantiles) == (0, None, (None, None, None))


@pytest.mark.parametrize(("batch", "at"), [(0, 100), (0, 199), (1, 200), (1, 299), (None, 99), (None, 300)])
def test_a_batch_begins_with_its_first_instant(batch: int | None, at: Micros) -> None:
    assert SPAN.find_batch(at * SECOND) == batch


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(1, 12.706), (2, 4.303), (5, 2.571), (9, 2.262), (19, 2.093), (30, 2.042), (120, 1.980)]
)
def test_students_quantile_is_that_of_the_tables(freedom: int, quantile: float) -> None:
    assert round(student(freedom), 3) == quantile


def test_batches_of_one_size_give_the_interval_of_their_means() -> None:
    figure = Ratio((10.0, 12.0, 14.0), (2.0, 2.0, 2.0)).figure()
    assert figure is not None and figure.margin is not None
    assert figure.value == 6
    assert figure.margin == pytest.approx(4.303 * 1 / 3**0.5, rel=1e-3)


def test_one_batch_has_a_value_and_no_interval() -> None:
    assert Ratio((3.0,), (4.0,)).figure() == Figure(0.75)


def test_a_common_day_cancels_in_a_comparison() -> None:
    hard, easy = Ratio((10.0, 30.0, 20.0), (1.0,) * 3), Ratio((9.0, 29.0, 19.0), (1.0,) * 3)
    difference = hard.minus(easy)
    assert difference is not None
    assert difference.value == pytest.approx(1)
    assert difference.margin == pytest.approx(0)
    assert Ratio((0.0,), (0.0,)).minus(easy) is None


def test_a_ratios_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Batches of a Poisson number of exponential waits: 95 in 100 intervals hold the mean, give or take."""
    draw = random.Random(7)
    held = 0
    for _ in range(1_000):
        sizes = [draw.randrange(20, 60) for _ in range(20)]
        tops = tuple(sum(draw.expovariate(1 / 12) for _ in range(size)) for size in sizes)
        figure = Ratio(tops, tuple(map(float, sizes))).figure()
        held += figure is not None and figure.holds(12)
    assert 930 <= held <= 970


def test_a_quantiles_interval_holds_the_truth_as_often_as_it_says() -> None:
    draw = random.Random(7)
    held = 0
    for _ in range(400):
        batches = [sorted(draw.random() for _ in range(100)) for _ in range(20)]
        figure = find_quantile(batches, 0.9)
        held += figure is not None and figure.holds(0.9)
    assert 365 <= held <= 396


def test_a_quantile_is_a_value_that_was_seen() -> None:
    figure = find_quantile([[1, 2, 3], [4, 5, 6, 7]], 0.5)
    assert figure is not None and figure.value == 4
    assert find_quantile([[], []], 0.5) is None
    assert find_quantile([[3]], 0.95) == Figure(3)
