"""A walk through a script: what somebody does in it, one deed after the other, from its first step.

The rule of this file: pure, and nothing is kept anywhere. The same deeds on the same script always lead to the same
place. A walk stops at the first deed that its step does not allow, and says which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from scripts_library.branching import NOTHING_KNOWN, Known
from scripts_library.deeds import find_action, note_asked, note_deed, take_answers
from scripts_library.proposals import Suggested
from scripts_library.rule_time import find_date
from scripts_library.run import (
    Action,
    RunError,
    RunErrorCode,
    ScriptRun,
    advance,
    get_current_step,
    start_run,
)
from scripts_library.script_parts import ActionKind, NotSaid, Script
from scripts_library.statements import acknowledge, mark_not_said, witness
from scripts_library.suggestions import find_unchosen, list_replies, note_reply, note_suggested
from scripts_library.webhook_parts import BadWebhookAnswer, Webhook, read_filled

WALKER = "walker"  # who did it, in the proofs of a walk


@dataclass(frozen=True, slots=True)
class TryAction:
    """Have an action of the current step done. In a walk it always succeeds, and nothing happens; of a webhook, the
    example answers."""

    name: str


@dataclass(frozen=True, slots=True)
class Settle:
    """Say of a statement that was shown that it was said, or why it was not."""

    statement: str
    reason: NotSaid | None = None  # None: it was said
    note: str = ""


@dataclass(frozen=True, slots=True)
class GiveReply:
    """Note what the customer says to a proposal of the current step."""

    proposal: str
    reply: str
    until: str = ""


Deed = Action | TryAction | Settle | GiveReply
Suggestions = Mapping[str, Sequence[Suggested]]  # by catalogue: what suits whoever is in the walk
NO_SUGGESTIONS: Final[Suggestions] = {}


@dataclass(frozen=True, slots=True)
class Walk:
    """`taken`: how many of the deeds were possible. `refusal`: why the next one was not; None: all were."""

    run: ScriptRun
    taken: int
    refusal: RunError | None = None


def walk(
    script: Script,
    deeds: Sequence[Deed],
    known: Known = NOTHING_KNOWN,
    webhooks: Mapping[str, Webhook] = MappingProxyType({}),
    suggestions: Suggestions = NO_SUGGESTIONS,
) -> Walk:
    """`webhooks`: whose examples answer. `suggestions`: what is proposed. Raises `RunError` if the script has no
    first step that an agent sees."""
    run = _show(script, witness(start_run(script, known), script, None, 0, WALKER), suggestions)
    for number, deed in enumerate(deeds):
        replied = replace(known, variables={**known.variables, **list_replies([run])})
        try:
            run = _show(script, do(script, run, deed, replied, webhooks), suggestions)
        except RunError as error:
            return Walk(run, number, error)
    return Walk(run, len(deeds))


def _show(script: Script, run: ScriptRun, suggestions: Suggestions) -> ScriptRun:
    """The run with what its step proposes, chosen once as at the desk."""
    part = find_unchosen(run, script)
    return run if part is None else note_suggested(run, part.catalogue, suggestions.get(part.catalogue, ()))


def do(
    script: Script,
    run: ScriptRun,
    deed: Deed,
    known: Known = NOTHING_KNOWN,
    webhooks: Mapping[str, Webhook] = MappingProxyType({}),
) -> ScriptRun:
    """Return the run after the deed, with its proofs. Raises `RunError`."""
    match deed:
        case TryAction(name):
            action = find_action(run, script, name)
            webhook = webhooks.get(action.value) if action.kind is ActionKind.WEBHOOK else None
            return _answer_example(script, run, name, webhook) if webhook else note_deed(run, name, "", 0, WALKER)
        case GiveReply(proposal, reply, until):
            today = find_date(known.at, known.zone)
            return note_reply(run, script, proposal, reply, until, today, 0, WALKER)
        case Settle(statement, reason, note):
            if reason is None:
                return acknowledge(run, statement, 0, WALKER)
            if reason is NotSaid.OTHER and not note.strip():
                raise RunError(RunErrorCode.FIELD_MISSING, "note")
            return mark_not_said(run, statement, reason, note.strip(), 0, WALKER)
        case _:
            return witness(advance(run, script, deed, known), script, run, 0, WALKER)


def _answer_example(script: Script, run: ScriptRun, name: str, webhook: Webhook) -> ScriptRun:
    step = get_current_step(run, script)
    try:
        answers = read_filled(webhook, step, webhook.example) if step is not None else {}
    except BadWebhookAnswer:  # which publishing refuses
        answers = {}
    return take_answers(note_asked(run, script, name, name, webhook.fills, 0, WALKER), script, name, answers, 0)
