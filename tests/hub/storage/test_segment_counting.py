"""What the comparison of a slice of customers with their bits reads."""

import pytest
from sqlalchemy import Dialect, literal
from sqlalchemy.dialects import postgresql, sqlite

from hub.storage.customer_tables import rule_value
from hub.storage.segment_counting import PlacedRule, select_differences
from scripts_library.conditions import AllOf, BoundMeasure, Compare, Function, Operator
from scripts_library.variables import VariableType


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
def test_each_table_is_read_between_the_ids_of_the_slice(dialect: Dialect) -> None:
    """PostgreSQL does not conclude that who is joined by an id lies between the same ids: without this it read the
    values and the bits of everybody for every slice."""
    paid = BoundMeasure(Function.COUNT, "payment")
    rule = AllOf((Compare("customer.value", Operator.MORE, 5), Compare(paid, Operator.MORE, 0)))
    columns = {"customer.value": (rule_value.c.number_1, VariableType.NUMBER)}
    query = select_differences([PlacedRule("s", 0, rule)], columns, literal("b"), literal("c"))
    said = str(query.compile(dialect=dialect))
    for column in ("customer.id", "rule_value.customer_id", "segment_member.customer_id", "activity.customer_id"):
        assert f"{column} > " in said and f"{column} <= " in said, column
