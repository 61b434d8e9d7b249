"""A script run as the desk shows it: the current step, filled in with what is known of the customer.

The rule of this file: pure functions; text goes to the screen as spans, never as markup.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, assert_never

from agent_console.hand_over import CardStatement
from agent_console.script_views import (
    ActionView,
    BlockView,
    MustSayView,
    OwedStatementView,
    ProposalsView,
    ProposalView,
    ProseView,
    ScorePointsView,
    ScoreView,
    ScriptChoiceView,
    ScriptFieldView,
    ScriptPart,
    ScriptReasonView,
    ScriptView,
    Span,
)
from hub.clock import to_millis
from hub.open_work.floor import OpenInteraction, Running, StaffMember
from scripts_library import script_parts
from scripts_library.branching import Known, list_listed
from scripts_library.deeds import MAX_TRIES
from scripts_library.proofs import Deed, ProofKind
from scripts_library.rendering import render_current, render_step
from scripts_library.run import (
    ScriptRun,
    can_go_back,
    find_answers,
    find_next,
    list_open_choices,
    measure_progress,
)
from scripts_library.scores import Count, count_score
from scripts_library.script_parts import Script
from scripts_library.selection import Reason, is_by_hand
from scripts_library.statements import find_not_said, list_owed
from scripts_library.variables import Variables


class ScriptReader(NamedTuple):
    """On whose screen the words stand. Without roles: nobody's, so they show nothing that is hidden from anybody."""

    name: str = ""
    roles: tuple[str, ...] = ()
    skills: frozenset[str] = frozenset()


def read_as(member: StaffMember | None) -> ScriptReader:
    """This person as a reader, with the skills of their own row."""
    if member is None:
        return ScriptReader()
    skills = member.profile.skills if member.profile is not None else ()
    return ScriptReader(member.name, member.roles, frozenset(skill for skill, _ in skills))


def view_script(
    running: Running,
    fitting: Sequence[Reason] | None,
    variables: Variables,
    languages: Sequence[str],
    owed: Sequence[OwedStatementView],
    known: Known,
) -> ScriptView:
    """The run as the desk shows it. `fitting`: why the script fits; None: it does not. `languages`: those in which
    the script exists. `owed`: the open statements of every script of the interaction. `known`: what conditions
    may ask; of `variables`, which the reader sees, some may be hidden."""
    script, run = running.script, running.run
    seen = {choice.key for choice in list_open_choices(run, script, known)}
    progress = measure_progress(run, script)
    step = render_current(script, run, variables, known)
    shown: dict[str, Any] = {
        "script_id": script.id,
        "version": script.version,
        "title": script.title,
        "language": script.language,
        "why": [ScriptReasonView.model_validate(one._asdict()) for one in fitting or ()],
        "fits": fitting is not None,
        "by_hand": is_by_hand(script),
        "ordinal": progress.done + (step is not None),
        "length": progress.done + progress.remaining,
        "can_go_back": can_go_back(run, script),
        "languages": list(languages),
        "owed": list(owed),
    }
    if step is None:
        return ScriptView(**shown, step_id=script_parts.END, step_title="", is_final=True)
    return ScriptView(
        **shown,
        step_id=step.id,
        step_title=step.title,
        parts=[_part(part, running, variables) for part in step.parts],
        choices=[
            ScriptChoiceView(key=one.key, label="".join(span.text for span in one.label))
            for one in step.choices
            if one.key in seen
        ],
        is_final=find_next(run, script, known) == script_parts.END,
    )


def view_owed(running: Running, variables: Variables) -> list[OwedStatementView]:
    """The open statements in the order in which they were shown, with the words that the customer should hear."""
    script, owed = running.script, list_owed(running.run)
    words = _say(running, owed, variables)
    return [
        OwedStatementView(
            script_id=script.id,
            statement=statement,
            title=script.title,
            language=script.language,
            text=words.get(statement, ""),
        )
        for statement in owed
    ]


def view_card_statements(running: Running, variables: Variables) -> list[CardStatement]:
    """The statements that were shown, in that order, with what became of each."""
    run = running.run
    shown = tuple(dict.fromkeys(proof.statement for proof in run.proofs if proof.kind is ProofKind.SHOWN))
    left_out = {proof.statement: proof.reason for proof in run.proofs if proof.kind is ProofKind.NOT_SAID}
    owed, words = list_owed(run), _say(running, shown, variables)
    return [
        CardStatement(
            text=words.get(one, ""),
            state="owed" if one in owed else "said" if one in run.acknowledged else "not_said",
            reason=None if one in owed or one in run.acknowledged else left_out.get(one),
        )
        for one in shown
    ]


def _say(running: Running, statements: Sequence[str], variables: Variables) -> dict[str, str]:
    """By statement: the words that the customer should hear."""
    script, run = running.script, running.run
    steps = [step for step in script.steps if any(one.id in statements for one in step.statements)]
    return {
        one.id: plain_text(one.blocks)
        for step in steps
        for one in render_step(script, run, step, variables, Known(variables)).statements
    }


def list_met(script: Script, interaction: OpenInteraction, variables: Variables) -> list[str]:
    """The conditions in the script's head that this interaction met, as codes that the screen names. `variables`: as
    they are shown."""
    to = script.applies_to
    met = [(to.queues, interaction.queue), (to.tiers, interaction.tier), (to.channels, str(interaction.channel))]
    known = variables.get("customer.segments", ())
    segments = [segment for segment in to.segments if isinstance(known, tuple) and segment in known]
    return [value for part, value in met if value in part] + segments


def _part(part: script_parts.Part, running: Running, variables: Variables) -> ScriptPart:
    run = running.run
    match part:
        case script_parts.Prompt(blocks):
            return ProseView(kind="prompt", blocks=_blocks(blocks))
        case script_parts.Guidance(blocks):
            return ProseView(kind="guidance", blocks=_blocks(blocks))
        case script_parts.MustSay(statement, blocks):
            mark = find_not_said(run, statement)
            return MustSayView(
                id=statement,
                text=plain_text(blocks),
                acknowledged=statement in run.acknowledged,
                not_said=mark.reason if mark else None,
                note=mark.note if mark else "",
            )
        case script_parts.Ask(field):
            return _field(field, run, list_listed(field, variables))
        case script_parts.Do(action):
            return _action(action, running)
        case script_parts.Propose():
            return _proposals(part, run)
        case script_parts.ShowScore(score):
            return _score(count_score(running.script, score, find_answers(run, running.script)))
        case _:
            assert_never(part)


def _action(action: script_parts.StepAction, running: Running) -> ActionView:
    deed = running.run.deeds.get(action.name)
    return ActionView(
        name=action.name,
        label=action.label,
        does=action.kind,
        subject=plain_text(action.subject),
        text=plain_text(action.words) or action.why,
        state=_state(deed),
        code=deed.code if deed is not None else "",
        may_try=deed is None or (not deed.is_done and not deed.waits_for and deed.tries < MAX_TRIES),
        filled=[one.label for one in running.script.fields if deed is not None and one.name in deed.filled],
    )


def _state(deed: Deed | None) -> Literal["open", "asked", "done", "failed"]:
    if deed is None:
        return "open"
    if deed.waits_for:
        return "asked"
    return "done" if deed.is_done else "failed"


def _proposals(part: script_parts.Propose, run: ScriptRun) -> ProposalsView:
    """Those that were chosen. One that the catalogue of another language lacks is left out."""
    whys = {one.id: one.why for one in part.proposals}
    shown = []
    for one in run.suggested.get(part.catalogue, ()):
        if (words := find_words(part, one.id, one.segment)) is not None:
            prompts = (each for each in words.parts if isinstance(each, script_parts.Prompt | script_parts.Guidance))
            shown.append(
                ProposalView.model_validate(
                    {
                        "id": one.id,
                        "title": words.title,
                        "blocks": [block for each in prompts for block in _blocks(each.blocks)],
                        "why": whys.get(one.id, ""),
                        "segment": one.segment,
                        "before": one.before,
                        "before_at": to_millis(one.before_at) if one.before else None,
                        "reply": one.reply,
                        "until": one.until,
                    }
                )
            )
    return ProposalsView(catalogue=part.catalogue, proposals=shown)


def find_words(part: script_parts.Propose, proposal_id: str, segment: str) -> script_parts.Step | None:
    """What is said of a proposal to a customer of this segment; else what is said to everybody."""
    by_id = {one.id: one for one in part.words}
    return by_id.get(f"{proposal_id}/{segment}") or by_id.get(proposal_id)


def find_proposed(runs: Sequence[Running]) -> str:
    """The disposition that a script was told to propose, the latest; "": none was."""
    told = [
        (deed.at, action.value)
        for each in runs
        for action in each.script.actions
        if action.kind is script_parts.ActionKind.DISPOSITION
        and (deed := each.run.deeds.get(action.name)) is not None
        and deed.is_done
    ]
    return max(told, default=(0, ""))[1]


def _field(field: script_parts.Field, run: ScriptRun, listed: Sequence[str]) -> ScriptFieldView:
    """`listed`: what may be chosen before the options, as the reader may see it."""
    value = run.answers.get(field.name, "")
    asks = field.write_back is script_parts.WriteBack.ASK and value != "" and run.confirmed.get(field.name) != value
    return ScriptFieldView(
        name=field.name,
        label=field.label,
        type=field.type.value,
        required=field.is_required,
        options=[*listed, *(option.value for option in field.options)],
        option_labels=[*listed, *(option.label for option in field.options)],
        value=value,
        kept_in=field.kept_in.value,
        asks=asks,
    )


def _score(count: Count) -> ScoreView:
    return ScoreView(
        label=count.score.label,
        total=count.total,
        summands=[
            ScorePointsView(label=one.field.label, answer=one.answer, type=one.field.type.value, points=one.points)
            for one in count.summands
        ],
    )


def _blocks(blocks: Sequence[script_parts.Block]) -> list[BlockView]:
    shown: list[BlockView] = []
    for block in blocks:
        if isinstance(block, script_parts.Paragraph):
            shown.append(BlockView(kind="paragraph", spans=_spans(block.spans)))
        else:
            kind: Literal["bullet", "numbered"] = "numbered" if block.is_numbered else "bullet"
            shown.extend(BlockView(kind=kind, spans=_spans(item)) for item in block.items)
    return shown


def _spans(spans: script_parts.Spans) -> list[Span]:
    return [Span(text=span.text, style=_style(span)) for span in spans]


def _style(span: script_parts.Span) -> Any:
    if span.variable:
        return "filled"
    if span.is_bold:
        return "strong"
    return "emphasis" if span.is_italic else "plain"


def plain_text(blocks: Sequence[script_parts.Block]) -> str:
    """The words without any style, a line for each paragraph and point."""
    return "\n".join("".join(span.text for span in block.spans) for block in _blocks(blocks))
