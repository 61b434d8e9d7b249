"""The webhooks that scripts may call: what of a customer leaves with each, and which fields its answer fills.

The rule of this file: what leaves and what comes back belongs to the policy, so it has versions and somebody who
published it. Where it goes, and the secret, stand in the process's settings under the same name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from channels.wording import written
from hub.policies.attributes import AttributePolicy, list_variable_types
from hub.toml_files.problems import Section, say_unknown
from hub.toml_files.toml_lines import Key
from scripts_library.variables import ANSWER
from scripts_library.webhook_parts import Answered, Webhook

SentName = Annotated[
    str,
    written(r"[a-z]+\.[a-z][a-z0-9_]{0,63}", "the name of a variable, such as customer.tier or answer.card_ending"),
]
FieldName = Annotated[
    str, written(r"[a-z][a-z0-9_]{0,63}", "the name of a script's field: small letters, digits and '_'")
]
AnswerName = Annotated[str, Field(min_length=1, max_length=64)]
ExampleText = Annotated[str, Field(max_length=2_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPolicy(Section):
    """`fills`: by field of the script's step, the name in the answer. `example`: an answer, for previews, practice
    and the check of scripts, which ask nobody."""

    sends: Annotated[tuple[SentName, ...], Field(max_length=20)] = ()
    fills: Annotated[Mapping[FieldName, AnswerName], Field(max_length=20)] = field(default_factory=dict)
    example: Annotated[Mapping[AnswerName, bool | int | float | ExampleText], Field(max_length=20)] = field(
        default_factory=dict
    )

    def check(self, attributes: Mapping[str, AttributePolicy]) -> Iterator[tuple[Key, str]]:
        """`attributes`: all of the policy."""
        known = list_variable_types(attributes)
        for n, name in enumerate(self.sends):
            if not name.startswith(ANSWER) and name not in known:
                yield ("sends", n), say_unknown("a variable", sorted(known))
        for name, source in self.fills.items():
            if (attribute := attributes.get(name)) is not None and attribute.seen_by:
                what = "is hidden from some by its seen_by, and whoever holds the work sees what a webhook answers"
                yield ("fills", name), f"{what}: fill a field of another name, or take this one away"
            if source not in self.example:
                yield ("fills", name), f"has no example: add example.{source}, which previews and practice show"
        for source in self.example:
            if source not in self.fills.values():
                yield ("example", source), "fills no field: name it in fills, or take it away"

    def build(self) -> Webhook:
        return Webhook(self.sends, self.fills, {name: _read(value) for name, value in self.example.items()})


def _read(value: bool | float | str) -> Answered:
    match value:
        case bool():
            return Answered("yes_no", "yes" if value else "no")
        case str():
            return Answered("text", value)
        case _:
            return Answered("number", f"{Decimal(str(value)):f}")
