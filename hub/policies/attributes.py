"""The attributes of a customer's profile: what is known of them beside their name, their addresses and their tier.

The rule of this file: an attribute has a type, and a value that does not fit it is not known, so that an import or an
older row cannot break a desk. The standard attributes are always there; a policy adds its own and may rename these.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from channels.wording import written
from hub.policies.names import Id, LanguageTag, Names
from hub.toml_files.problems import Section
from hub.toml_files.toml_lines import Key
from scripts_library.rule_time import EARLIEST, LATEST
from scripts_library.script_parts import FieldType
from scripts_library.variables import CUSTOMER, VARIABLES, Variables, VariableType, VariableTypes, VariableValue

AttributeName = Annotated[
    str,
    written(
        r"[a-z][a-z0-9_]{0,62}",
        "a name of small letters, digits and '_' that begins with a letter, of at most 63 characters",
    ),
]
Role = Literal["agent", "supervisor", "author", "administrator"]
AttributeType = Literal["text", "number", "money", "date", "choice", "yes_no", "list"]
FIELD_TYPES: Final[Mapping[AttributeType, FieldType | None]] = {  # of a script's field whose answer fits
    "text": FieldType.TEXT,
    "choice": FieldType.CHOICE,
    "number": FieldType.NUMBER,
    "money": FieldType.AMOUNT,
    "date": FieldType.DATE,
    "yes_no": FieldType.YES_NO,
    "list": None,
}
VARIABLE_TYPES: Final[Mapping[AttributeType, VariableType]] = {  # as scripts and rules read them
    "text": VariableType.TEXT,
    "choice": VariableType.TEXT,
    "number": VariableType.NUMBER,
    "money": VariableType.NUMBER,
    "date": VariableType.DATE,
    "yes_no": VariableType.YES_NO,
    "list": VariableType.LIST,
}
MOST: Final = 10**12  # of a number or an amount


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoicePolicy(Section):
    value: Id
    names: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributePolicy(Section):
    type: AttributeType
    names: Names
    help: Mapping[LanguageTag, Annotated[str, Field(min_length=1, max_length=300)]] = field(default_factory=dict)
    unit: Annotated[str, Field(max_length=20)] = ""  # of a number; an amount is in the policy's currency
    choices: tuple[ChoicePolicy, ...] = ()
    seen_by: tuple[Role, ...] = ()  # of staff; without any: everybody who may read the customer's data
    never_shown: bool = False  # True: to whom `seen_by` leaves out it is shown for no reason
    on_card: bool = True  # False: the desk's card has a place of its own for it, or does not show it

    def check(self) -> Iterator[tuple[Key, str]]:
        if (self.type == "choice") != bool(self.choices):
            yield ("choices",), "needs at least one choice" if self.type == "choice" else 'belongs to type = "choice"'
        if self.unit and self.type != "number":
            yield ("unit",), 'belongs to type = "number": take it away'
        if self.never_shown and not self.seen_by:
            yield ("never_shown",), "belongs to seen_by: say there which roles see it"
        values = [choice.value for choice in self.choices]
        for n, value in enumerate(values):
            if value in values[:n]:
                yield ("choices", n, "value"), "is there twice: give each choice a value of its own"

    def is_seen_by(self, roles: Collection[str]) -> bool:
        return not self.seen_by or not set(self.seen_by).isdisjoint(roles)

    def read(self, stored: Any) -> VariableValue | None:
        """A value of the profile as rules compare it; None: not known."""
        match self.type, stored:
            case ("text", str(text)) if text.strip():
                return text
            case ("choice", str(text)) if text in [choice.value for choice in self.choices]:
                return text
            case ("yes_no", bool(answer)):
                return answer
            case (("number" | "money"), int() | float()) if not isinstance(stored, bool) and abs(stored) <= MOST:
                return round(Decimal(str(stored)), 4)
            case ("date", str(text)):
                return _read_date(text)
            case ("list", list(texts)):
                return tuple(str(one) for one in texts if type(one) in (str, int, float) and one != "")
        return None

    def parse_answer(self, answer: str) -> Any:
        """A script's answer in its one form (`scripts_library.field_answers`) as the profile keeps it; None: it does
        not fit."""
        match self.type:
            case "yes_no":
                kept: Any = {"yes": True, "no": False}.get(answer)
            case "number" | "money":
                number = _read_number(answer)
                kept = None if number is None else int(number) if number == int(number) else float(number)
            case "list":
                kept = [answer]
            case _:
                kept = answer
        return None if self.read(kept) is None else kept


def _read_number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _read_date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day < LATEST and text == day.isoformat() else None


def _name(english: str, chinese: str) -> dict[str, str]:
    return {"en": english, "zh-CN": chinese}


# In the order in which the desk shows those that are on the card
STANDARD: Final[Mapping[str, AttributePolicy]] = {
    "city": AttributePolicy(type="text", names=_name("Lives in", "所在地")),
    "products": AttributePolicy(type="list", names=_name("Holds", "持有产品")),
    "segments": AttributePolicy(type="list", names=_name("Segments by hand", "手工客群")),
    "note": AttributePolicy(type="text", names=_name("Known", "备忘")),
    "title": AttributePolicy(type="text", names=_name("Title", "称谓"), on_card=False),
    "given_name": AttributePolicy(type="text", names=_name("Given name", "名"), on_card=False),
    "family_name": AttributePolicy(type="text", names=_name("Family name", "姓"), on_card=False),
    "other_names": AttributePolicy(
        type="list",
        names=_name("Also called", "别名"),
        help=_name(
            "In another script, or before. They are found by these names too", "其他文字或曾用的姓名，亦可用于查找"
        ),
    ),
    "since_year": AttributePolicy(type="number", names=_name("Customer since", "开户年份"), on_card=False),
    "stage": AttributePolicy(type="text", names=_name("Stage", "阶段"), on_card=False),
    "value_past": AttributePolicy(type="money", names=_name("Past value", "过往价值"), on_card=False),
    "value_now": AttributePolicy(type="money", names=_name("Present value", "当前价值"), on_card=False),
    "value_potential": AttributePolicy(type="money", names=_name("Potential value", "潜在价值"), on_card=False),
    "prefers": AttributePolicy(type="list", names=_name("Prefers", "偏好"), on_card=False),
    "early_sign": AttributePolicy(type="text", names=_name("Early sign", "预警信号"), on_card=False),
    # while it is yes, the customer cannot be erased
    "legal_hold": AttributePolicy(type="yes_no", names=_name("Legal hold", "法律保全"), on_card=False),
    "do_not_contact": AttributePolicy(
        type="yes_no",
        names=_name("Do not contact", "请勿联系"),
        help=_name(
            "Nobody writes to them or calls them first. What they ask is answered.", "不主动联系；其来询照常答复。"
        ),
    ),
    "contact_hours": AttributePolicy(
        type="text",
        names=_name("Wants calls at", "希望来电时段"),
        help=_name("By the clock where they are, such as 09:00-17:00", "按客户当地时间，例如 09:00-17:00"),
    ),
    "time_zone": AttributePolicy(
        type="text",
        names=_name("Time zone", "时区"),
        help=_name("A name such as Europe/Stockholm", "时区名称，例如 Asia/Shanghai"),
        on_card=False,
    ),
    "owner": AttributePolicy(
        type="text",
        names=_name("Their agent", "专属坐席"),
        help=_name("The agent's sign-in name", "坐席的登录名"),
        on_card=False,
    ),
}
# Facts of a customer that are columns of their row. They change, and are kept in the history, like attributes
COLUMNS: Final[Mapping[str, AttributePolicy]] = {
    "name": AttributePolicy(type="text", names=_name("Name", "姓名")),
    "language": AttributePolicy(type="text", names=_name("Language", "语言")),
}
RESERVED: Final = frozenset(("name", "tier", "language"))  # scripts and rules read them under these names


def list_variable_types(attributes: Mapping[str, AttributePolicy]) -> VariableTypes:
    """The type of each variable that a script or a rule may read, where these attributes are declared."""
    return {**VARIABLES, **{f"{CUSTOMER}{name}": VARIABLE_TYPES[one.type] for name, one in attributes.items()}}


def read_variables(profile: Mapping[str, Any], attributes: Mapping[str, AttributePolicy]) -> Variables:
    """The variables whose values the profile has. A value that does not fit its attribute is left out."""
    read = {name: one.read(profile[name]) for name, one in attributes.items() if name in profile}
    return {f"{CUSTOMER}{name}": value for name, value in read.items() if value is not None}
