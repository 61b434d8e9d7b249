"""Conditions and customers at random, for whatever must answer as `evaluate` does."""

from datetime import date
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from scripts_library.conditions import (
    Activity,
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Contains,
    DaysSince,
    DaysUntil,
    Facts,
    Function,
    Has,
    Leaf,
    Measure,
    Not,
    OneOf,
    Operator,
)
from scripts_library.rule_time import Window
from scripts_library.variables import VariableType


def draw_trees(leaves: st.SearchStrategy[Leaf], most: int) -> st.SearchStrategy[Condition]:
    """Conditions of these leaves, at most so many in each."""
    return st.recursive(
        leaves,
        lambda parts: (
            st.builds(Not, parts)
            | st.builds(AllOf, st.lists(parts, min_size=2, max_size=3).map(tuple))
            | st.builds(AnyOf, st.lists(parts, min_size=2, max_size=3).map(tuple))
        ),
        max_leaves=most,
    )


TYPES = {
    "customer.name": VariableType.TEXT,
    "customer.city": VariableType.TEXT,
    "customer.value": VariableType.NUMBER,
    "customer.is_staff": VariableType.YES_NO,
    "customer.birthday": VariableType.DATE,
    "customer.segments": VariableType.LIST,
}
DAY = 86_400_000_000
NOW = 1_795_348_800_000_000  # 2026-11-22 12:00 UTC
ZONES = [ZoneInfo(name) for name in ("UTC", "Asia/Shanghai", "Europe/Stockholm", "Asia/Beirut", "America/Havana")]

TEXTS = st.sampled_from(["Uppsala", "uppsala", "Åre", "Are", "北京", "北", "%", "_", "a'b", "' OR 1=1 --"])
NUMBERS = st.integers(-3, 3) | st.decimals(-3, 3, places=4)
DATES = st.dates(date(2026, 9, 1), date(2026, 12, 31))
KINDS = st.sampled_from(["payment", "complaint"])
LABELS = st.sampled_from(["", "phone", "短信"])
INSTANTS = st.integers(NOW - 100 * DAY, NOW + 2 * DAY) | st.sampled_from([NOW - 30 * DAY, NOW - DAY, NOW])
MEASURES = st.builds(
    Measure,
    st.sampled_from(Function),
    KINDS,
    LABELS,
    st.none()
    | st.builds(Window, st.integers(1, 60), st.sampled_from(["hour", "day"]))
    | st.builds(Window, st.integers(1, 3), st.just("month")),
    st.booleans(),
)
DATED = st.just("customer.birthday") | MEASURES.filter(lambda one: one.function in (Function.FIRST, Function.LAST))
COUNTED = MEASURES.filter(lambda one: one.function in (Function.COUNT, Function.SUM))
EQUALITY = st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL])
ORDERS = st.sampled_from(Operator)
LEAVES = st.one_of(
    st.builds(Has, st.sampled_from(sorted(TYPES)) | DATED),
    st.builds(Compare, st.sampled_from(["customer.name", "customer.city"]), EQUALITY, TEXTS),
    st.builds(Compare, st.just("customer.value"), ORDERS, NUMBERS),
    st.builds(Compare, st.just("customer.is_staff"), EQUALITY, st.booleans()),
    st.builds(Compare, DATED, ORDERS, DATES),
    st.builds(Compare, st.builds(DaysSince, DATED) | st.builds(DaysUntil, DATED), ORDERS, st.integers(-40, 40)),
    st.builds(Compare, COUNTED, ORDERS, st.integers(-1, 3)),
    st.builds(OneOf, st.just("customer.city"), st.lists(TEXTS, min_size=1, max_size=3).map(tuple)),
    st.builds(OneOf, st.just("customer.value"), st.lists(NUMBERS, min_size=1, max_size=3).map(tuple)),
    st.builds(OneOf, DATED, st.lists(DATES, min_size=1, max_size=3).map(tuple)),
    st.builds(Contains, st.just("customer.segments"), TEXTS),
)
RULES = draw_trees(LEAVES, 6)
CUSTOMERS = st.builds(
    Facts,
    st.fixed_dictionaries(
        {},
        optional={
            "customer.name": TEXTS,
            "customer.city": TEXTS,
            "customer.value": NUMBERS,
            "customer.is_staff": st.booleans(),
            "customer.birthday": DATES,
            "customer.segments": st.lists(TEXTS, max_size=3, unique=True).map(tuple),
        },
    ),
    st.lists(st.builds(Activity, KINDS, INSTANTS, LABELS, st.none() | st.decimals(-3, 3, places=4)), max_size=5).map(
        tuple
    ),
)
