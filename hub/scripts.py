"""The script for this customer: chosen when the offer is made, run while the interaction lasts.

The rule of this file: a run stays with the script text that it began with, whatever the library holds later, so each
text is kept by its hash. The library decides what is said; here it is only asked, stepped and shown.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from agent_console.commands import AdvanceScript
from agent_console.views import BlockView, MustSayView, ScriptChoiceView, ScriptFieldView, ScriptView, Span
from hub.decided import Decided
from hub.floor import OpenInteraction, Running
from routing.model import Micros
from scripts_library import model
from scripts_library.facts import Facts, FactValue
from scripts_library.model import Script
from scripts_library.rendering import render_current
from scripts_library.run import (
    AcknowledgeStatement,
    Action,
    GoBack,
    GoOn,
    RecordAnswer,
    RunError,
    RunErrorCode,
    ScriptRun,
    TakeChoice,
    advance,
    captured,
    measure_progress,
    run_from_dict,
    run_to_dict,
    start_run,
    translate_run,
)
from scripts_library.selection import Subject, select

CODES = {RunErrorCode.NOT_SAID: "must_be_acknowledged", RunErrorCode.FIELD_MISSING: "required"}


class ScriptRefused(Exception):
    """The step does not allow this; the run is unchanged. `code` and `field` go to the screen as they are."""

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(code)
        self.code, self.field = code, field


def text_ref(script: Script) -> str:
    return hashlib.sha256(script.source.encode()).hexdigest()


class Scripts:
    """The library as the hub uses it. `replace_all` brings in what was loaded anew."""

    def __init__(self, scripts: Sequence[Script], *, organisation: str, fallback_language: str) -> None:
        self._scripts = tuple(scripts)
        self._organisation = organisation
        self._fallback_language = fallback_language

    def replace_all(self, scripts: Sequence[Script]) -> None:
        self._scripts = tuple(scripts)

    @property
    def all(self) -> tuple[Script, ...]:
        return self._scripts

    def find_title(self, interaction: OpenInteraction) -> str:
        script = interaction.running.script if interaction.running else self._select(interaction)
        return script.title if script else ""

    def begin(
        self, decided: Decided, interaction: OpenInteraction, agent_name: str, now: Micros
    ) -> ScriptView | None:
        """Starts the run, or goes on with the one that another agent began. None where no script applies."""
        if interaction.running is None:
            script = self._select(interaction)
            if script is None:
                return None
            interaction.running = Running(script, start_run(script))
            decided.script_runs[interaction.id] = {
                "interaction_id": interaction.id,
                "script_id": script.id,
                "began_at": now,
                **_stored(interaction.running),
            }
        return self.view(interaction, agent_name)

    def advance(
        self, decided: Decided, interaction: OpenInteraction, agent_name: str, command: AdvanceScript
    ) -> ScriptView:
        """Raises ScriptRefused."""
        running = interaction.running
        if running is None:
            raise ScriptRefused("wrong_state")
        if (running.run.step_id or model.END) != command.step_id:
            raise ScriptRefused("stale")
        try:
            run = running.run
            for name, value in command.values.items():
                run = advance(run, running.script, RecordAnswer(name, value))
            script = running.script
            if command.action == "language":
                script, run = self._translate(running, run, command.language)
            elif command.action != "answer":
                run = advance(run, script, _action(command, running))
        except RunError as error:
            code = CODES.get(error.code, error.code.value)
            raise ScriptRefused(code, error.subjects[0] if error.subjects else "") from error
        interaction.running = Running(script, run)
        row = {"b_interaction": interaction.id, **_stored(interaction.running)}
        if interaction.id in decided.script_runs:
            decided.script_runs[interaction.id].update(_stored(interaction.running))
        else:
            decided.script_runs_changed[interaction.id] = row
        view = self.view(interaction, agent_name)
        assert view is not None
        return view

    def captured_for_profile(self, interaction: OpenInteraction) -> dict[str, str]:
        """The answers that make the customer's profile better."""
        if interaction.running is None:
            return {}
        answers = captured(interaction.running.run, interaction.running.script)
        return {field.name: answer for field, answer in answers if field.kept_in is model.KeptIn.PROFILE}

    def view(self, interaction: OpenInteraction, agent_name: str) -> ScriptView | None:
        running = interaction.running
        if running is None:
            return None
        script, run = running.script, running.run
        progress = measure_progress(run, script)
        step = render_current(script, run, self._facts(interaction, agent_name))
        languages = sorted(s.language for s in self._scripts if s.id == script.id)
        shown: dict[str, Any] = {
            "script_id": script.id,
            "version": script.version,
            "title": script.title,
            "language": script.language,
            "applies": _why(script, interaction),
            "ordinal": progress.done + (step is not None),
            "length": progress.done + progress.remaining,
            "can_go_back": bool(run.path),
            "languages": languages,
        }
        if step is None:
            return ScriptView(**shown, step_id=model.END, step_title="", is_final=True)
        return ScriptView(
            **shown,
            step_id=step.id,
            step_title=step.title,
            prompts=[b for p in step.parts if isinstance(p, model.Prompt) for b in _blocks(p.blocks)],
            guidance=[b for p in step.parts if isinstance(p, model.Guidance) for b in _blocks(p.blocks)],
            must_say=[
                MustSayView(id=s.id, text=_plain(s.blocks), acknowledged=s.id in run.acknowledged)
                for s in step.statements
            ],
            fields=[
                ScriptFieldView(
                    name=f.name,
                    label=f.label,
                    type=f.type.value,
                    required=f.is_required,
                    options=[o.value for o in f.options],
                    option_labels=[o.label for o in f.options],
                    value=run.answers.get(f.name, ""),
                    kept_in=f.kept_in.value,
                )
                for f in step.fields
            ],
            choices=[ScriptChoiceView(key=c.key, label="".join(span.text for span in c.label)) for c in step.choices],
            is_final=step.next_step == model.END and not step.choices,
        )

    def _select(self, interaction: OpenInteraction) -> Script | None:
        facts = self._facts(interaction, "")
        segments = facts.get("customer.segments", ())
        subject = Subject(
            channel=str(interaction.channel),
            queue=interaction.queue,
            tier=interaction.tier,
            language=interaction.language or self._fallback_language,
            segments=frozenset(segments) if isinstance(segments, tuple) else frozenset(),
            facts=facts,
        )
        return select(self._scripts, subject, self._fallback_language)

    def _facts(self, interaction: OpenInteraction, agent_name: str) -> Facts:
        customer = interaction.customer
        profile = customer.profile
        known: dict[str, FactValue] = {
            "customer.name": customer.name,
            "customer.tier": interaction.tier,
            "customer.language": customer.language,
            "agent.name": agent_name,
            "interaction.channel": str(interaction.channel),
            "interaction.queue": interaction.queue,
            "organisation.name": self._organisation,
        }
        for name in ("title", "family_name", "city"):
            if isinstance(profile.get(name), str):
                known[f"customer.{name}"] = profile[name]
        if isinstance(profile.get("since_year"), int):
            known["customer.since_year"] = profile["since_year"]
        for name in ("segments", "products"):
            if isinstance(profile.get(name), list):
                known[f"customer.{name}"] = tuple(str(value) for value in profile[name])
        return known

    def _translate(self, running: Running, run: ScriptRun, language: str) -> tuple[Script, ScriptRun]:
        """The same run in another language: its translations have the same steps, choices and fields."""
        script = next((s for s in self._scripts if s.id == running.script.id and s.language == language), None)
        if script is None:
            raise ScriptRefused("no_translation", language)
        return script, translate_run(run, script)


def restore_running(script: Script, stored: str) -> Running:
    return Running(script, run_from_dict(orjson.loads(stored)))


def _stored(running: Running) -> dict[str, Any]:
    return {
        "run": orjson.dumps(run_to_dict(running.run)).decode(),
        "language": running.run.language,
        "script": text_ref(running.script),
        "script_version": running.run.version,
    }


def _action(command: AdvanceScript, running: Running) -> Action:
    match command.action:
        case "back":
            return GoBack()
        case "acknowledge":
            return AcknowledgeStatement(command.must_say)
        case "choose":
            return TakeChoice(command.choice)
        case _:
            return GoOn()


def _why(script: Script, interaction: OpenInteraction) -> list[str]:
    """Which parts of the head met this interaction: codes that the screen has names for."""
    to = script.applies_to
    met = [(to.queues, interaction.queue), (to.tiers, interaction.tier), (to.channels, str(interaction.channel))]
    segments = [segment for segment in to.segments if segment in interaction.customer.profile.get("segments", [])]
    return [value for part, value in met if part] + segments


def _blocks(blocks: Sequence[model.Block]) -> list[BlockView]:
    shown: list[BlockView] = []
    for block in blocks:
        if isinstance(block, model.Paragraph):
            shown.append(BlockView(kind="paragraph", spans=_spans(block.spans)))
        else:
            shown.extend(BlockView(kind="bullet", spans=_spans(item)) for item in block.items)
    return shown


def _spans(spans: model.Spans) -> list[Span]:
    return [Span(text=span.text, style=_style(span)) for span in spans]


def _style(span: model.Span) -> Any:
    if span.fact:
        return "filled"
    if span.is_bold:
        return "strong"
    return "emphasis" if span.is_italic else "plain"


def _plain(blocks: Sequence[model.Block]) -> str:
    return "\n".join("".join(span.text for span in block.spans) for block in _blocks(blocks))
