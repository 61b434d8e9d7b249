"""The index over a customer's activities answers what counting them one by one answers."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from scripts_library.activity_index import ActivityIndex
from scripts_library.conditions import Activity, BoundMeasure, Function, measure

KINDS = st.sampled_from(["payment", "contact"])
LABELS = st.sampled_from(["", "phone", "sms"])
INSTANTS = st.integers(0, 20)
AMOUNTS = st.none() | st.decimals(-9, 9, places=4)
MEASURES = st.builds(
    BoundMeasure, st.sampled_from(Function), KINDS, LABELS, st.none() | INSTANTS, st.none() | INSTANTS
)


@given(st.lists(st.builds(Activity, KINDS, INSTANTS, LABELS, AMOUNTS), max_size=12), MEASURES)
def test_the_index_counts_what_is_there(activities: list[Activity], wanted: BoundMeasure) -> None:
    assert ActivityIndex(activities).measure(wanted) == measure(wanted, activities)


def test_a_sum_of_amounts_is_exact() -> None:
    index = ActivityIndex(Activity("payment", at, "", Decimal("0.1")) for at in range(10))
    assert index.measure(BoundMeasure(Function.SUM, "payment", "", 3, 9)) == Decimal("0.6")
