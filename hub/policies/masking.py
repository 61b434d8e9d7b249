"""What a person sees of a customer's data when it leaves the hub, by their roles and by what they had shown.

The rule of this file: pure, and the one place that hides. Every exit asks it: HTTP, the sockets of the desk and of
the wallboard, search, lists, explanations, scripts as shown, reports and exports. What is not declared is hidden.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Annotated, Any, Final, TypeVar, get_args

from pydantic import BaseModel, Field

from agent_console.private_data import ByAttribute, NamedBy, OfAttribute, Private
from hub.policies.attributes import COLUMNS, RESERVED, AttributePolicy, Role
from hub.storage.relations import HOLDING, RELATION
from hub.toml_files.problems import Section
from scripts_library.variables import CUSTOMER

HIDDEN: Final = "•••"
LAST_SHOWN: Final = 4  # digits of a number that is long enough to stay secret without them
SHOWN_FROM: Final = 8  # digits
SHOWN_KINDS: Final = (Private.ADDRESSES, Private.ACCOUNTS, Private.TEXTS)  # that may be shown for a reason
_MARKS: Final = (Private, OfAttribute, NamedBy, ByAttribute)
_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
# A day and an IPv4 address stay. A mailbox goes, and a number of at least six digits, unless it is part of a word, as
# an id is; Chinese stands beside a number without a space.
_PRIVATE: Final = re.compile(
    rf"(?P<kept>(?<![\w.])(?:\d{{4}}-\d\d-\d\d(?!\d)|{_OCTET}(?:\.{_OCTET}){{3}}(?![\w.])))"
    r"|(?P<mailbox>[^\s<>\"'(),;:@]{1,64}@[^\s<>\"'(),;:@]{1,255})"
    r"|(?<![A-Za-z_\d•])\+?\(?\d(?:[\s().\-/]{0,2}\d){5,40}(?![A-Za-z_\d])"
)
Shown = TypeVar("Shown", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskingPolicy(Section):
    """Which roles see what is no attribute; without any: everybody who may read the customer's data."""

    addresses_seen_by: tuple[Role, ...] = ()
    accounts_seen_by: tuple[Role, ...] = ()
    texts_seen_by: tuple[Role, ...] = ()  # numbers and mailboxes in texts, and mails as they came
    show_minutes: Annotated[int, Field(ge=1, le=1_440)] = 10  # to whoever gave a reason, from then on

    def list_roles(self, kind: Private) -> tuple[Role, ...]:
        match kind:
            case Private.ADDRESSES:
                return self.addresses_seen_by
            case Private.ACCOUNTS:
                return self.accounts_seen_by
            case _:
                return self.texts_seen_by


@dataclass(frozen=True)
class Sight:
    """What somebody with these roles sees. `opened`: names of attributes, and kinds, that were shown to them for a
    stated reason."""

    attributes: Mapping[str, AttributePolicy]
    masking: MaskingPolicy
    roles: Collection[str] = frozenset()
    opened: frozenset[str] = field(default_factory=frozenset)

    def hides(self, name: str) -> bool:
        """Whether the value of this attribute is hidden. One that the policy does not declare is."""
        if name in COLUMNS or name in (HOLDING, RELATION):
            return False
        attribute = self.attributes.get(name)
        if attribute is None:
            return True
        return not attribute.is_seen_by(self.roles) and (attribute.never_shown or name not in self.opened)

    def may_show(self, name: str) -> bool:
        """Whether a reason shows the value of an attribute that is hidden."""
        attribute = self.attributes.get(name)
        return attribute is None or not attribute.never_shown

    def hides_variable(self, variable: str) -> bool:
        """Whether a variable of scripts and rules has the value of a hidden attribute."""
        name = variable.removeprefix(CUSTOMER)
        return name != variable and name not in RESERVED and self.hides(name)

    def hides_kind(self, kind: Private) -> bool:
        if kind is Private.FILES:
            return self.hides_kind(Private.TEXTS) or self.hides_kind(Private.ADDRESSES)
        seen_by = self.masking.list_roles(kind)
        return bool(seen_by) and set(seen_by).isdisjoint(self.roles) and str(kind) not in self.opened

    @cached_property
    def hides_nothing(self) -> bool:
        return not any(map(self.hides_kind, Private)) and not self.list_hidden()

    def list_hidden(self) -> frozenset[str]:
        """The declared attributes that are hidden."""
        return frozenset(name for name in self.attributes if self.hides(name))

    def show_profile(self, profile: Mapping[str, Any]) -> dict[str, Any]:
        """The profile without what is hidden."""
        return {name: value for name, value in profile.items() if not self.hides(name)}

    def show_answers(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """What was typed into fields, by their names. While anything is hidden, the answer to a field that is no
        attribute is too: nobody knows what it may hold."""
        if self.hides_nothing:
            return dict(answers)
        return {name: HIDDEN if self.hides(name) else one for name, one in answers.items()}

    def show_address(self, address: str) -> str:
        return mask_private(address) if self.hides_kind(Private.ADDRESSES) else address

    def show_account(self, number: str) -> str:
        return mask_number(number) if self.hides_kind(Private.ACCOUNTS) else number

    def show_text(self, text: str) -> str:
        return mask_private(text) if self.hides_kind(Private.TEXTS) else text

    def mask(self, shown: Shown) -> Shown:
        """The same model without what is hidden. Values that are hidden become None, empty, or HIDDEN in part."""
        return shown if self.hides_nothing or not holds_private(type(shown)) else self._mask(shown)

    def _mask(self, shown: Shown) -> Shown:
        changed = {}
        marks = _read_marks(type(shown))
        for name in type(shown).model_fields:
            value = getattr(shown, name)
            masked = self._mask_within(value)
            for mark in marks.get(name, ()):
                masked = self._mask_marked(shown, masked, mark)
            if masked is not value:
                changed[name] = masked
        return shown.model_copy(update=changed) if changed else shown

    def _mask_within(self, value: Any) -> Any:
        """Models within a value; the same object if nothing is hidden in it."""
        if isinstance(value, BaseModel):
            return self._mask(value)
        if isinstance(value, list | tuple):
            masked = [self._mask_within(one) for one in value]
            is_same = all(one is other for one, other in zip(value, masked, strict=True))
            return value if is_same else type(value)(masked)
        if isinstance(value, dict):
            by_key = {key: self._mask_within(one) for key, one in value.items()}
            return value if all(value[key] is one for key, one in by_key.items()) else by_key
        return value

    def _mask_marked(self, shown: BaseModel, value: Any, mark: Any) -> Any:
        match mark:
            case Private():
                return self._mask_kind(value, mark) if self.hides_kind(mark) else value
            case OfAttribute(name):
                return _empty(value) if self.hides(name) else value
            case NamedBy(field_name):
                name = getattr(shown, field_name)
                return _empty(value) if self.hides(name) else self._mask_fact(name, value)
            case ByAttribute():
                return {name: one for name, one in value.items() if not self.hides(name)}

    def _mask_kind(self, value: Any, kind: Private) -> Any:
        """`value`: a text, or a container of texts and plain values."""
        if isinstance(value, str):
            if kind is Private.FILES:
                return ""
            return mask_number(value) if kind is Private.ACCOUNTS else mask_private(value)
        if isinstance(value, list):
            return [self._mask_kind(one, kind) for one in value]
        if isinstance(value, dict):
            return {name: self._mask_kind(one, kind) for name, one in value.items()}
        return value

    def _mask_fact(self, name: str, value: Any) -> Any:
        """A line of the history that is about an account, not about an attribute."""
        if name == HOLDING and isinstance(value, dict) and isinstance(value.get("number"), str):
            return {**value, "number": self.show_account(value["number"])}
        return value


def mask_number(number: str) -> str:
    """The last digits of a number that has enough others."""
    digits = [one for one in number if one.isalnum()]
    return f"{HIDDEN} {''.join(digits[-LAST_SHOWN:])}" if len(digits) >= SHOWN_FROM else HIDDEN if number else ""


def mask_private(text: str) -> str:
    """The text with its numbers and mailboxes masked. A name, a day and an id stay as they are."""
    return _PRIVATE.sub(_mask_found, text)


def _mask_found(found: re.Match[str]) -> str:
    if found["kept"]:
        return found[0]
    return f"{found[0][0]}{HIDDEN}@{HIDDEN}" if found["mailbox"] else mask_number(found[0])


def _empty(value: Any) -> Any:
    """What stands for a value of this type that is hidden."""
    return type(value)() if isinstance(value, str | list | dict) else None


@cache
def _read_marks(model: type[BaseModel]) -> Mapping[str, Sequence[Any]]:
    """The marks of each field that has any."""
    marks = {
        name: [mark for mark in (*one.metadata, *_list_inner(one.annotation)) if isinstance(mark, _MARKS)]
        for name, one in model.model_fields.items()
    }
    return {name: of_field for name, of_field in marks.items() if of_field}


def _list_inner(annotation: Any) -> Iterator[Any]:
    """What is noted of the parts of a type, as of the texts in a list. A model within it has marks of its own."""
    yield from getattr(annotation, "__metadata__", ())
    for part in get_args(annotation):
        yield from _list_inner(part)


@cache
def holds_private(model: type[BaseModel]) -> bool:
    """Whether a model of this type, or one within it, has a mark."""
    return _is_marked(model, set())


def _is_marked(model: Any, seen: set[Any]) -> bool:
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return any(_is_marked(part, seen) for part in get_args(model))
    if model in seen:
        return False
    seen.add(model)
    fields = model.model_fields.values()
    return bool(_read_marks(model)) or any(_is_marked(one.annotation, seen) for one in fields)


def find_hidden_reads(sight: Sight, names: Collection[str]) -> list[str]:
    """Of the names that a rule reads, the attributes that this person may not see: whom a rule over one of them finds
    would tell its value. Kinds of activities have a name with a slash."""
    return sorted(name for name in names if "/" not in name and sight.hides_variable(f"{CUSTOMER}{name}"))
