"""Webhooks that scripts call by name: what they send, and which fields of the step their answer fills.

The rule of this file: an answer is typed by the fields that it fills, and bounded as an agent's answer is. It fills
all that it says, or nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from scripts_library.field_answers import parse_field_answer
from scripts_library.script_parts import ActionKind, Do, Field, FieldType, KeptIn, Script, Step, StepAction
from scripts_library.script_problems import ScriptProblem, ScriptsError, quoted, suggest
from scripts_library.variables import ANSWER

ValueKind = Literal["text", "number", "yes_no"]
_KINDS: Final[Mapping[FieldType, ValueKind]] = {
    FieldType.TEXT: "text",
    FieldType.CHOICE: "text",
    FieldType.DATE: "text",
    FieldType.NUMBER: "number",
    FieldType.AMOUNT: "number",
    FieldType.YES_NO: "yes_no",
}


class Answered(NamedTuple):
    """A value of an answer. `text`: a number as -12.5; yes or no."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """`sends`: variables. `fills`: by field of a step, the name in the answer. `example`: an answer, by name."""

    sends: tuple[str, ...]
    fills: Mapping[str, str]
    example: Mapping[str, Answered]


class BadWebhookAnswer(ScriptsError):
    """A value does not fit the field that it should fill."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def read_filled(webhook: Webhook, step: Step, answer: Mapping[str, Answered]) -> dict[str, str]:
    """Return the canonical answers, by field. What the other system left out is left out, but it may not leave out
    all. Raises BadWebhookAnswer."""
    fields = {field.name: field for field in step.fields}
    found: dict[str, str] = {}
    for name, source in webhook.fills.items():
        if source not in answer:
            continue
        value, field = answer[source], fields.get(name)
        text = parse_field_answer(field, value.text) if field and _KINDS[field.type] == value.kind else None
        if text is None:
            raise BadWebhookAnswer(name)
        found[name] = text
    if webhook.fills and not found:
        raise BadWebhookAnswer(next(iter(webhook.fills)))
    return found


def check_webhooks(scripts: Iterable[Script], webhooks: Mapping[str, Webhook]) -> tuple[ScriptProblem, ...]:
    """Find actions that name a webhook which there is not, or for which the script lacks a field."""
    return tuple(
        ScriptProblem(script.file, *action.at, f"The action `{action.name}`: {words}")
        for script in scripts
        for action in script.actions
        if action.kind is ActionKind.WEBHOOK
        for words in _find_odd(script, action, webhooks)
    )


def _find_odd(script: Script, action: StepAction, webhooks: Mapping[str, Webhook]) -> Iterator[str]:
    webhook, name = webhooks.get(action.value), quoted(action.value)
    if webhook is None:
        yield f"there is no webhook {name}.{suggest(action.value, webhooks)}"
        return
    fields = {field.name: field for field in script.fields}
    for sent in webhook.sends:
        asked = sent.removeprefix(ANSWER)
        if sent.startswith(ANSWER) and asked not in fields:
            yield f"the webhook {name} sends the answer to {quoted(asked)}, and the head declares no such field."
    for filled in webhook.fills:
        if filled not in fields:
            yield f"the webhook {name} fills {quoted(filled)}, and the head declares no such field."
        elif fields[filled].kept_in is KeptIn.CONSENT:
            yield f"the webhook {name} fills {quoted(filled)}, and only the customer's own word is a consent."
        elif not _fits(fields[filled], webhook):
            yield f"the example of the webhook {name} does not fit the field {quoted(filled)}."
    for step in script.steps:
        if action not in [part.action for part in step.parts if isinstance(part, Do)]:
            continue
        shown = [field.name for field in step.fields]
        for filled in webhook.fills:
            if filled in fields and filled not in shown:
                words = (
                    f"the webhook {name} fills {quoted(filled)}, and its step {quoted(step.id)} does not ask for it"
                )
                yield f"{words}: write {{{{ field: {filled} }}}} there."


def _fits(field: Field, webhook: Webhook) -> bool:
    value = webhook.example.get(webhook.fills[field.name])
    return value is None or (_KINDS[field.type] == value.kind and parse_field_answer(field, value.text) is not None)
