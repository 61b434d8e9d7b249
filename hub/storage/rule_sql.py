"""Compiles bound conditions to SQL: one scan answers any number of rules for the whole base.

The rule of this file: it answers what `scripts_library.conditions.evaluate` answers, unknown as NULL; a property test
compares the two on both databases. Nothing of a rule becomes SQL text: names choose columns, values are parameters.

Values are stored as they compare: numbers and amounts in ten-thousandths, dates as days since 1970, yes as 1, and a
list as its texts with `SEPARATOR` around each. What is not known is NULL; a blank text is not known.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, assert_never

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)

from hub.storage.customer_tables import activity, rule_value
from hub.storage.standing_customers import select_families, stands
from hub.storage.tables import customer
from scripts_library.conditions import (
    AllOf,
    AnyOf,
    BoundMeasure,
    Compare,
    Condition,
    Contains,
    Function,
    Has,
    Leaf,
    Not,
    OneOf,
    Operand,
    Operator,
    Value,
    list_leaves,
)
from scripts_library.variables import VariableType, VariableValue

SEPARATOR: Final = "\x1f"  # no text of a customer has it: doors refuse control characters
TEN_THOUSANDTHS: Final = 10_000
_EPOCH: Final = date(1970, 1, 1).toordinal()

Only = Callable[[ColumnElement[str]], ColumnElement[bool]]
RuleColumns = Mapping[str, tuple[ColumnElement[Any], VariableType]]  # by the name of the variable


def encode_value(value: VariableValue) -> str | int:
    """A value as a slot holds it. A number with more than four decimals is refused: ValueError."""
    match value:
        case tuple():
            return f"{SEPARATOR}{SEPARATOR.join(value)}{SEPARATOR}" if value else ""
        case str():
            return value
        case bool():
            return int(value)
        case date():
            return value.toordinal() - _EPOCH
        case _:
            scaled = value * TEN_THOUSANDTHS
            if scaled != int(scaled):
                raise ValueError(f"{value} has more than four decimals")
            return int(scaled)


def select_answers(
    rules: Sequence[Condition],
    columns: RuleColumns,
    known: FromClause | None = None,
    only: Only | None = None,
) -> Select[Any]:
    """One row per customer who stands for themselves: the id, then the answer of each rule, which is bound and reads
    these columns alone. `only`: the condition on the id of a customer who is asked about; None: all are."""
    measures = list(dict.fromkeys(_list_measures(rules)))
    source: FromClause = known if known is not None else _join_values(only)
    measured: dict[BoundMeasure, ColumnElement[Any]] = {}
    if measures:
        sums = _measure_all(measures, only)
        source = source.outerjoin(sums, sums.c.customer_id == customer.c.id)
        measured = {one: sums.c[f"measure_{number}"] for number, one in enumerate(measures)}
    compiler = _Compiler(columns, measured)
    answers = [compiler.compile(rule).label(f"rule_{number}") for number, rule in enumerate(rules)]
    query = select(customer.c.id, *answers).select_from(source).where(stands(customer.c.id))
    return query if only is None else query.where(only(customer.c.id))


def _join_values(only: Only | None) -> FromClause:
    """Customers and their values. `only` is said of both: PostgreSQL would read the values of everybody for a few."""
    joins = rule_value.c.customer_id == customer.c.id
    return customer.outerjoin(rule_value, joins if only is None else and_(joins, only(rule_value.c.customer_id)))


def _list_measures(rules: Iterable[Condition]) -> Iterable[BoundMeasure]:
    for rule in rules:
        for leaf in list_leaves(rule):
            if not isinstance(leaf, Contains) and isinstance(leaf.operand, BoundMeasure):
                yield leaf.operand


def _measure_all(measures: Sequence[BoundMeasure], only: Only | None) -> Any:
    """Every measure of every customer in one pass over their activities. Those who are merged are summed apart: there
    are few, and everybody else is read in the order of an index."""
    a, families = activity.c, select_families()
    found = [measure_column(one).label(f"measure_{number}") for number, one in enumerate(measures)]
    is_meant = a.kind.in_([literal(kind, String) for kind in sorted({one.kind for one in measures})])
    single = select(a.customer_id.label("customer_id"), *found).where(
        is_meant, a.customer_id.not_in(select(families.c.id))
    )
    joined = select(families.c.head.label("customer_id"), *found).join_from(
        families, activity, a.customer_id == families.c.id
    )
    joined = joined.where(is_meant)
    if only is not None:
        single, joined = single.where(only(a.customer_id)), joined.where(only(families.c.head))
    single, joined = single.group_by(a.customer_id), joined.group_by(families.c.head)
    return union_all(single, joined).subquery("measured")


def measure_column(one: BoundMeasure) -> ColumnElement[Any]:
    a = activity.c
    meant = [a.kind == one.kind]
    if one.label:
        meant.append(a.label == one.label)
    if one.since is not None:
        meant.append(a.at >= literal(one.since, BigInteger))
    if one.until is not None:
        meant.append(a.at < literal(one.until, BigInteger))
    match one.function:
        case Function.COUNT:
            whole: Any = func.count()
        case Function.SUM:
            whole = func.sum(a.amount)
        case Function.FIRST:
            whole = func.min(a.at)
        case Function.LAST:
            whole = func.max(a.at)
        case _:
            assert_never(one.function)
    return whole.filter(and_(*meant))  # type: ignore[no-any-return]  # `whole` is a different function in each case


class _Compiler:
    def __init__(self, columns: RuleColumns, measured: Mapping[BoundMeasure, ColumnElement[Any]]) -> None:
        self._columns = columns
        self._measured = measured

    def compile(self, condition: Condition) -> ColumnElement[bool]:
        match condition:
            case Not(part):
                return not_(self.compile(part))
            case AllOf(parts):
                return and_(*(self.compile(part) for part in parts))
            case AnyOf(parts):
                return or_(*(self.compile(part) for part in parts))
            case _:
                return self._leaf(condition)

    def _leaf(self, leaf: Leaf) -> ColumnElement[bool]:
        match leaf:
            case Has(operand):
                column, of_type = self._find(operand)
                return func.coalesce(column, "") != "" if of_type is VariableType.LIST else column.is_not(None)
            case Compare(operand, operator, value):
                column, _ = self._find(operand)
                return _compare(column, operator, _encode(operand, value))
            case OneOf(operand, values):
                column, _ = self._find(operand)
                return column.in_([_encode(operand, value) for value in values])
            case Contains(variable, text):
                column, _ = self._find(variable)
                texts = func.coalesce(column, "")
                return func.replace(texts, literal(encode_value((text,)), String), "") != texts
            case _:
                assert_never(leaf)

    def _find(self, operand: Operand) -> tuple[ColumnElement[Any], VariableType]:
        match operand:
            case str():
                return self._columns[operand]
            case BoundMeasure(function):
                column = self._measured[operand]
                is_zero = function in (Function.COUNT, Function.SUM)
                return func.coalesce(column, literal(0, BigInteger)) if is_zero else column, VariableType.NUMBER
            case _:
                raise ValueError("a condition is bound to an instant before it is compiled")


def _encode(operand: Operand, value: Value) -> ColumnElement[Any]:
    if isinstance(operand, BoundMeasure) and operand.function is not Function.SUM:  # a count, or an instant
        return literal(value, BigInteger)
    encoded = encode_value(value)
    return literal(encoded, String if isinstance(encoded, str) else BigInteger)


def _compare(column: ColumnElement[Any], operator: Operator, value: ColumnElement[Any]) -> ColumnElement[bool]:
    match operator:
        case Operator.EQUAL:
            return column == value
        case Operator.NOT_EQUAL:
            return column != value
        case Operator.LESS:
            return column < value
        case Operator.AT_MOST:
            return column <= value
        case Operator.MORE:
            return column > value
        case Operator.AT_LEAST:
            return column >= value
        case _:
            assert_never(operator)
