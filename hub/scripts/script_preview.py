"""A script as an agent would see it for some customer, while it is written: walked from its first step, and kept
nowhere.

The rule of this file: pure. The words and the conditions both read what this person may see of the customer: whoever
writes a condition over a hidden value would learn the value by where the script goes.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, assert_never

from agent_console.script_preview_views import (
    CardAnswer,
    CardReply,
    PreviewMove,
    PreviewRefusal,
    PreviewView,
    RoleCardView,
)
from hub.open_work.floor import Running
from hub.policies.attributes import FIELD_TYPES, AttributePolicy
from hub.policies.in_force import PolicyBook, view_attribute
from hub.policies.masking import Sight
from hub.scripts.script_runs import CODES
from hub.scripts.script_variables import CustomerFacts, gather_variables, hide_variables
from hub.scripts.script_view import view_owed, view_script
from scripts_library.branching import Known
from scripts_library.card_parsing import Card
from scripts_library.customer_play import answer_step
from scripts_library.field_answers import parse_field_answer
from scripts_library.rendering import fill_step
from scripts_library.run import (
    AcknowledgeStatement,
    ConfirmAnswer,
    GoBack,
    RecordAnswer,
    ScriptRun,
    TakeChoice,
    TakeOnlyWay,
    find_outcome,
    get_current_step,
)
from scripts_library.script_parts import (
    Block,
    Do,
    Field,
    FieldType,
    Guidance,
    ItemList,
    MustSay,
    Paragraph,
    Prompt,
    Script,
    Span,
)
from scripts_library.selection import Reason, Subject, applies, explain
from scripts_library.suggestions import find_shown_catalogue, list_replies
from scripts_library.variables import CUSTOMER, Variables
from scripts_library.walking import (
    NO_SUGGESTIONS,
    Deed,
    GiveReply,
    Settle,
    Suggestions,
    TryAction,
    Walk,
    walk,
)

_COMMAS: Final = re.compile("[,，、;；]")


@dataclass(frozen=True, slots=True)
class Previewed:
    """For whom a script is shown. `sight`: what is hidden of them; None: nothing, since they are made up. `unread`:
    attributes whose value does not fit their type."""

    facts: CustomerFacts
    sight: Sight | None
    channel: str
    queue: str
    unread: tuple[str, ...] = ()
    purpose: str = ""  # what they chose in a menu
    card: Card | None = None  # who answers
    turn: int = 0


def preview(
    script: Script,
    moves: Sequence[PreviewMove],
    whom: Previewed,
    book: PolicyBook,
    agent_name: str,
    at: int,
    suggestions: Suggestions = NO_SUGGESTIONS,
) -> PreviewView:
    """`at`: the instant by the wall clock. `suggestions`: what its catalogues propose to them. Raises RunError if no
    step of the script can be shown."""
    place = whom.channel, whom.queue, book.document.organisation, whom.purpose
    variables = gather_variables(whom.facts, book.attributes, agent_name, *place)
    shown = variables if whom.sight is None else hide_variables(variables, whom.sight)
    hidden = {name for name, value in variables.items() if shown.get(name) != value}
    seen = {name: value for name, value in variables.items() if name not in hidden}
    known = Known(seen, at, book.zone)
    deeds, ends = _list_deeds(moves)
    found = walk(script, deeds, known, book.document.all_webhooks, suggestions)
    known = replace(known, variables={**seen, **list_replies([found.run])})
    running = Running(script, found.run)
    read = list_read(script)
    view = view_script(
        running, _find_why(script, seen, whom, at, known), shown, [script.language], view_owed(running, shown), known
    )
    return PreviewView(
        script=view,
        path=[one.step_id for one in found.run.path],
        taken=sum(end <= found.taken for end in ends),
        refusal=_say_refusal(found),
        outcome=find_outcome(found.run, script),
        reads=[view_attribute(name, one) for name, one in book.attributes.items() if f"{CUSTOMER}{name}" in read],
        reads_name="customer.name" in read,
        hidden=sorted(name.removeprefix(CUSTOMER) for name in hidden & read),
        unread=list(whom.unread),
        reply=_say_reply(script, found.run, whom.card, whom.turn, known) if whom.card is not None else None,
    )


def view_card(card: Card) -> RoleCardView:
    role = card.role
    return RoleCardView(
        id=role.id,
        mood=role.mood,
        titles=dict(role.titles),
        names=dict(role.names),
        about=dict(card.about),
        tier=role.tier,
        values=dict(role.values),
    )


def _say_reply(script: Script, run: ScriptRun, card: Card, turn: int, known: Known) -> CardReply:
    reply, step = answer_step(script, run, card, turn, known), get_current_step(run, script)
    if step is None:
        return CardReply(says=reply.says)
    values = {one.field.name: one.value for one in reply.given}
    moves = [PreviewMove(action="answer", values=values)] if values else []
    moves += [PreviewMove(action="acknowledge", name=one.id) for one in step.statements]
    moves += _reply_to_best(script, run, card)
    key = reply.choice.key if reply.choice is not None else ""
    moves.append(PreviewMove(action="choose" if key else "next", name=key))
    shown = fill_step(step, known.variables, script.language)
    label = next(("".join(span.text for span in one.label) for one in shown.choices if one.key == key), "")
    given = [CardAnswer(label=one.field.label, value=one.shown) for one in reply.given]
    return CardReply(says=reply.says, given=given, choice=label, moves=moves)


def _reply_to_best(script: Script, run: ScriptRun, card: Card) -> list[PreviewMove]:
    """What they say to the best of what the step proposes; nothing, if they have said something."""
    part = find_shown_catalogue(run, script)
    shown = run.suggested.get(part.catalogue, ()) if part is not None else ()
    if not shown or any(one.reply for one in shown):
        return []
    return [PreviewMove(action="reply", name=shown[0].id, choice="declined" if card.role.objects else "accepted")]


def _find_why(script: Script, seen: Variables, whom: Previewed, at: int, known: Known) -> Sequence[Reason] | None:
    """Why an interaction of this customer could get the script; None: it would not."""
    segments = seen.get("customer.segments", ())
    subject = Subject(
        channel=whom.channel,
        queue=whom.queue,
        tier=whom.facts.tier,
        language=whom.facts.language,
        segments=frozenset(segments) if isinstance(segments, tuple) else frozenset(),
        variables=seen,
        at=at,
        zone=known.zone,
        direction="inbound",
        stage=str(seen.get("customer.stage", "")),
        purpose=whom.purpose,
    )
    return explain(script, subject) if applies(script, subject) else None


def _say_refusal(found: Walk) -> PreviewRefusal | None:
    if found.refusal is None:
        return None
    code, subjects = found.refusal.code, found.refusal.subjects
    return PreviewRefusal(code=CODES.get(code, code.value), field=subjects[0] if subjects else "")


def _list_deeds(moves: Sequence[PreviewMove]) -> tuple[list[Deed], list[int]]:
    """The deeds, and for each move how many of them are done once it is."""
    deeds: list[Deed] = []
    ends = []
    for move in moves:
        deeds += [RecordAnswer(name, value) for name, value in move.values.items()]
        deeds += _list_own(move)
        ends.append(len(deeds))
    return deeds, ends


def _list_own(move: PreviewMove) -> list[Deed]:
    """What a move does beside its answers."""
    match move.action:
        case "answer":
            return []
        case "back":
            return [GoBack()]
        case "choose":
            return [TakeChoice(move.name)]
        case "acknowledge":
            return [AcknowledgeStatement(move.name)]
        case "keep":
            return [ConfirmAnswer(move.name)]
        case "act":
            return [TryAction(move.name)]
        case "reply":
            return [GiveReply(move.name, move.choice, move.until)]
        case "settle":
            return [Settle(move.name, move.reason, move.note)]
        case "next":
            return [TakeOnlyWay()]
        case _:
            assert_never(move.action)


def read_typed(
    typed: Mapping[str, str], attributes: Mapping[str, AttributePolicy]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The profile that these typed values make, and the attributes whose value does not fit."""
    profile: dict[str, Any] = {}
    unread = []
    for name, text in typed.items():
        attribute = attributes.get(name)
        if attribute is None or not text.strip():
            continue
        value = _read_value(text.strip(), attribute)
        if value is None:
            unread.append(name)
        else:
            profile[name] = value
    return profile, tuple(unread)


def _read_value(text: str, attribute: AttributePolicy) -> Any:
    if attribute.type == "list":
        return [part.strip() for part in _COMMAS.split(text) if part.strip()]
    kind = FIELD_TYPES[attribute.type]
    if kind is not None and kind is not FieldType.CHOICE:
        text = parse_field_answer(Field("typed", "", kind), text) or ""
    return attribute.parse_answer(text)


def list_read(script: Script) -> frozenset[str]:
    """The variables that a script names, in its words, its conditions and its fields."""
    words = (span.variable for span in _list_spans(script) if span.variable)
    lists = (one.options_from for one in script.fields if one.options_from)
    return frozenset((*words, *lists, *script.types))


def _list_spans(script: Script) -> Iterator[Span]:
    for step in script.steps:
        for part in step.parts:
            match part:
                case Guidance(blocks) | Prompt(blocks) | MustSay(_, blocks):
                    yield from _list_inner(blocks)
                case Do(action):
                    yield from _list_inner(action.words)
        for choice in step.choices:
            yield from choice.label


def _list_inner(blocks: Collection[Block]) -> Iterator[Span]:
    for block in blocks:
        match block:
            case Paragraph(spans):
                yield from spans
            case ItemList(items):
                for item in items:
                    yield from item
