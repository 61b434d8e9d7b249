"""The script for this customer: chosen when the offer is made, run while the interaction lasts.

The rule of this file: a run stays with the script text that it began with, whatever the library holds later. So each
text is stored by its hash. The library decides what the agent says; this file only asks it and steps through it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent_console.commands import AdvanceScript, SettleStatement
from agent_console.hand_over import CardAnswer, CardStatement
from agent_console.script_views import OwedStatementView, ScriptOptionView, ScriptView
from hub.call_lifecycle import CallState
from hub.clock import Clock
from hub.open_work.floor import OpenInteraction, Running
from hub.open_work.run_steps import begin_visits
from hub.policies.attributes import list_variable_types
from hub.policies.document import PolicyDocument
from hub.policies.masking import Sight
from hub.scripts.run_writes import RunWrites, change_run, view_state
from hub.scripts.script_subjects import SubjectFacts
from hub.scripts.script_trials import Trial, assign
from hub.scripts.script_variables import CustomerFacts, gather_variables, hide_variables
from hub.scripts.script_view import (
    ScriptReader,
    find_proposed,
    list_met,
    view_card_statements,
    view_owed,
    view_script,
)
from routing.model import SECOND, Micros
from scripts_library import script_parts
from scripts_library.branching import Known
from scripts_library.proofs import RecordingMoment
from scripts_library.run import (
    AcknowledgeStatement,
    Action,
    ConfirmAnswer,
    GoBack,
    RecordAnswer,
    RunError,
    RunErrorCode,
    ScriptRun,
    TakeChoice,
    TakeOnlyWay,
    advance,
    captured,
    is_expired,
    renew,
    start_run,
    translate_run,
)
from scripts_library.script_parts import Script
from scripts_library.selection import Reason, Subject, applies, explain, rank_scripts, select
from scripts_library.statements import acknowledge, mark_not_said, witness
from scripts_library.suggestions import list_replies
from scripts_library.variables import ANY_SEGMENT_TYPES, Variables, VariableTypes

CODES = {RunErrorCode.NOT_SAID: "must_be_acknowledged", RunErrorCode.FIELD_MISSING: "required"}


class ScriptRefused(Exception):
    """The step does not allow this; the run is unchanged. `code` and `field` go to the screen as they are."""

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(code)
        self.code, self.field = code, field


class Scripts:
    """The library as the hub uses it. `replace_all` puts reloaded scripts in. Scripts speak for the organisation and
    read the customers' attributes: `follow` hears of each policy that comes into force."""

    def __init__(
        self, scripts: Sequence[Script], policy: PolicyDocument, clock: Clock, *, fallback_language: str
    ) -> None:
        self._scripts, self._clock = tuple(scripts), clock
        self._trials: Mapping[str, Trial] = {}
        self._fallback_language = fallback_language
        self.follow(policy)

    def follow(self, policy: PolicyDocument) -> None:
        self._organisation, self._attributes = policy.organisation, policy.all_attributes
        self._masking = policy.masking
        self._facts = SubjectFacts(policy)

    def replace_all(self, scripts: Sequence[Script], trials: Mapping[str, Trial] | None = None) -> None:
        """`trials`: the comparisons that run, by the id of their script."""
        self._scripts, self._trials = tuple(scripts), trials or {}

    @property
    def types(self) -> VariableTypes:
        """Of the variables that a script may name that was published already."""
        return {**list_variable_types(self._attributes), **ANY_SEGMENT_TYPES}

    @property
    def all(self) -> tuple[Script, ...]:
        return self._scripts

    def find_title(self, interaction: OpenInteraction, reader: ScriptReader) -> str:
        """Of the script that this agent would have."""
        script = interaction.running.script if interaction.running else self._select(interaction, reader)
        return self._assign(script, interaction)[0].title if script else ""

    def begin(
        self, writes: RunWrites, interaction: OpenInteraction, reader: ScriptReader, now: Micros
    ) -> ScriptView | None:
        """Start a run, or go on with the run that another agent began. None if no script applies."""
        if interaction.running is None:
            script = self._select(interaction, reader)
            if script is None:
                return None
            _start(writes, interaction, *self._assign(script, interaction), self.know(interaction), now)
        else:
            running = _renew_expired(writes, interaction, interaction.running, self.know(interaction), now)
            _show(writes, interaction, running, now)
        return self.view(interaction, reader)

    def pick(
        self, writes: RunWrites, interaction: OpenInteraction, reader: ScriptReader, script_id: str, now: Micros
    ) -> ScriptView:
        """Change to another script. If the agent has left it before, it goes on where it stood. Raises
        ScriptRefused."""
        running = interaction.runs.get(script_id)
        if running is not None:
            interaction.script_id = script_id
            writes.touch(interaction)
            _show(writes, interaction, running, now)
        else:
            script = self._list_fitting(interaction, reader).get(script_id)
            if script is None:
                raise ScriptRefused("invalid", "script_id")
            _start(writes, interaction, *self._assign(script, interaction), self.know(interaction), now)
        return self._get_view(interaction, reader)

    def advance(
        self,
        writes: RunWrites,
        interaction: OpenInteraction,
        by: ScriptReader,
        command: AdvanceScript,
        now: Micros,
    ) -> ScriptView:
        """Raises ScriptRefused."""
        running = interaction.running
        if running is None:
            raise ScriptRefused("wrong_state")
        if (running.script.id, running.run.step_id or script_parts.END) != (command.script_id, command.step_id):
            raise ScriptRefused("stale")
        known = self.know(interaction)
        try:
            run = running.run
            for name, value in command.values.items():
                run = advance(run, running.script, RecordAnswer(name, value), known)
            script = running.script
            if command.action == "language":
                script, run = self._translate(running, run, command.language)
            elif command.action not in ("answer", "act", "reply"):
                run = advance(run, script, _action(command, running), known)
        except RunError as error:
            code = CODES.get(error.code, error.code.value)
            raise ScriptRefused(code, error.subjects[0] if error.subjects else "") from error
        agent_id, moment = interaction.agent_id or "", find_moment(interaction, now)
        run = replace(witness(run, script, running.run, now, agent_id, moment), stepped_at=now)
        change_run(writes, interaction, Running(script, run))
        return self._get_view(interaction, by)

    def settle(
        self,
        writes: RunWrites,
        interaction: OpenInteraction,
        by: ScriptReader,
        command: SettleStatement,
        now: Micros,
    ) -> ScriptView:
        """Record that a shown statement was said, or why it was left out. It may be of any script of the interaction.
        Raises ScriptRefused."""
        running, agent_id = interaction.runs.get(command.script_id), interaction.agent_id or ""
        if running is None:
            raise ScriptRefused("invalid", "script_id")
        moment = find_moment(interaction, now)
        try:
            if command.is_said:
                run = acknowledge(running.run, command.statement, now, agent_id, moment)
            elif command.reason is None or (
                command.reason is script_parts.NotSaid.OTHER and not command.note.strip()
            ):
                raise ScriptRefused("required", "reason" if command.reason is None else "note")
            else:
                note = command.note.strip()
                run = mark_not_said(running.run, command.statement, command.reason, note, now, agent_id, moment)
        except RunError as error:
            raise ScriptRefused(error.code.value, error.subjects[0]) from error
        change_run(writes, interaction, Running(running.script, run))
        return self._get_view(interaction, by)

    def list_owed(self, interaction: OpenInteraction, agent_name: str) -> list[OwedStatementView]:
        """Their words are stored and shown to others too, so they hold nothing that is hidden from anybody."""
        variables = self.show_variables(interaction, ScriptReader(agent_name))
        return [one for running in interaction.runs.values() for one in view_owed(running, variables)]

    def list_card_parts(self, interaction: OpenInteraction) -> tuple[list[CardAnswer], list[CardStatement]]:
        """What a hand-over card says of the scripts: the captured answers, and what became of each statement."""
        variables = self.show_variables(interaction, ScriptReader())
        runs = interaction.runs.values()
        answers = [one for running in runs for one in captured(running.run, running.script)]
        return (
            [CardAnswer(label=field.label, value=answer) for field, answer in answers],
            [one for running in runs for one in view_card_statements(running, variables)],
        )

    def view(self, interaction: OpenInteraction, reader: ScriptReader) -> ScriptView | None:
        running = interaction.running
        if running is None:
            return None
        languages = sorted(s.language for s in self._scripts if s.id == running.script.id)
        variables = self.show_variables(interaction, reader)
        owed = [one for each in interaction.runs.values() for one in view_owed(each, variables)]
        why = self._explain(running.script, interaction, reader, variables)
        shown = view_script(running, why, variables, languages, owed, self.know(interaction))
        return shown.model_copy(update={"disposition": find_proposed(list(interaction.runs.values()))})

    def _explain(
        self, script: Script, interaction: OpenInteraction, reader: ScriptReader, shown: Variables
    ) -> Sequence[Reason] | None:
        """Why the script fits, as far as the reader may see it; None: it does not fit."""
        if not applies(script, self._subject(interaction, script.language, reader)):
            return None
        return explain(script, self._subject(interaction, script.language, reader, shown))

    def _get_view(self, interaction: OpenInteraction, reader: ScriptReader) -> ScriptView:
        """As `view`. Raises ScriptRefused if no script runs."""
        view = self.view(interaction, reader)
        if view is None:
            raise ScriptRefused("wrong_state")
        return view

    def list_options(self, interaction: OpenInteraction, reader: ScriptReader) -> list[ScriptOptionView]:
        """The scripts that the agent may pick: the most fitting first, then begun ones that have stopped fitting."""
        variables = self.show_variables(interaction, ScriptReader())
        begun = {script_id: running.script for script_id, running in interaction.runs.items()}
        return [
            ScriptOptionView(
                id=script.id,
                title=script.title,
                language=script.language,
                applies=_list_applies(script, interaction, variables),
                is_begun=script.id in begun,
            )
            for script in (self._list_fitting(interaction, reader) | begun).values()
        ]

    def _list_fitting(self, interaction: OpenInteraction, reader: ScriptReader) -> dict[str, Script]:
        """All scripts that apply, by id, then those that would apply in another queue: the subject may turn out only
        in the conversation. They are in the language of the shown script, since the agent may have changed it."""
        language = interaction.running.run.language if interaction.running else interaction.language
        subject = self._subject(interaction, language, reader)
        fitting: dict[str, Script] = {}
        for queue in dict.fromkeys([subject.queue, *(q for s in self._scripts for q in s.applies_to.queues)]):
            for script in rank_scripts(self._scripts, replace(subject, queue=queue), self._fallback_language):
                fitting.setdefault(script.id, script)
        return fitting

    def _select(self, interaction: OpenInteraction, reader: ScriptReader) -> Script | None:
        subject = self._subject(interaction, interaction.language, reader)
        return select(self._scripts, subject, self._fallback_language)

    def _assign(self, script: Script, interaction: OpenInteraction) -> tuple[Script, str]:
        """The version that this customer gets where two are compared, and the comparison."""
        return assign(self._trials.get(script.id), script, interaction.customer.id or interaction.id)

    def _subject(
        self, interaction: OpenInteraction, language: str, reader: ScriptReader, variables: Variables | None = None
    ) -> Subject:
        """`variables`: those that the reader may see; None: all."""
        at = self._clock.now() + self._clock.ahead()
        language = language or self._fallback_language
        known = self._variables(interaction, "") if variables is None else variables
        return self._facts.build(interaction, language, known, reader.skills, at)

    def know(self, interaction: OpenInteraction) -> Known:
        """What the conditions of steps may ask: the values themselves, whoever reads the words."""
        replies = list_replies(running.run for running in interaction.runs.values())
        variables = {**self._variables(interaction, ""), **replies}
        return Known(variables, self._clock.now() + self._clock.ahead(), self._facts.zone)

    def _variables(self, interaction: OpenInteraction, agent_name: str) -> Variables:
        customer = interaction.customer
        known = customer.profile, customer.memberships, customer.holds
        facts = CustomerFacts(customer.name, interaction.tier, customer.language, *known)
        channel, queue = str(interaction.channel), interaction.queue
        purpose = interaction.purpose
        return gather_variables(facts, self._attributes, agent_name, channel, queue, self._organisation, purpose)

    def show_variables(self, interaction: OpenInteraction, reader: ScriptReader) -> Variables:
        """The variables as the words of a script show them. Its conditions ask for the values themselves."""
        sight = Sight(self._attributes, self._masking, reader.roles)
        return hide_variables(self._variables(interaction, reader.name), sight)

    def _translate(self, running: Running, run: ScriptRun, language: str) -> tuple[Script, ScriptRun]:
        """The same run in another language: its translations have the same steps, choices and fields."""
        trial = self._trials.get(running.script.id)
        every = (*self._scripts, *(trial.candidates.values() if trial is not None else ()))
        found = [s for s in every if s.id == running.script.id and s.language == language]
        same = (s for s in found if s.version == running.run.version)
        script = next(same, found[0] if found else None)
        if script is None:
            raise ScriptRefused("no_translation", language)
        return script, translate_run(run, script)


def find_moment(interaction: OpenInteraction, now: Micros) -> RecordingMoment | None:
    """The second of the call's recording at this instant. None if nothing is recorded or the call is over."""
    began_at = interaction.recording_began_at
    if began_at is None or interaction.call_state is CallState.OVER:
        return None
    return RecordingMoment(interaction.recording_ref, max(0, now - began_at) // SECOND)


def _start(
    writes: RunWrites, interaction: OpenInteraction, script: Script, comparison: str, known: Known, now: Micros
) -> None:
    begun = replace(start_run(script, known), stepped_at=now)
    run = witness(begun, script, None, now, interaction.agent_id or "", find_moment(interaction, now))
    running = interaction.runs[script.id] = Running(script, run, begin_visits(run, now))
    interaction.script_id = script.id
    writes.touch(interaction)
    writes.script_runs[(interaction.id, script.id)] = view_state(interaction, running, now, comparison)


def _renew_expired(
    writes: RunWrites, interaction: OpenInteraction, running: Running, known: Known, now: Micros
) -> Running:
    """Return the run, from its beginning if nobody has gone on with it for as long as its script allows."""
    if not is_expired(running.run, running.script, now):
        return running
    renewed = Running(running.script, replace(renew(running.run, running.script, known), stepped_at=now))
    change_run(writes, interaction, renewed)
    return renewed


def _show(writes: RunWrites, interaction: OpenInteraction, running: Running, now: Micros) -> None:
    """Note that the holder's screen shows this run of the interaction from this instant."""
    moment = find_moment(interaction, now)
    run = witness(running.run, running.script, None, now, interaction.agent_id or "", moment)
    if run is not running.run:
        change_run(writes, interaction, Running(running.script, run))


def _list_applies(script: Script, interaction: OpenInteraction, variables: Variables) -> list[str]:
    """The codes of what makes the script fit. A script of another queue names that queue."""
    queues = script.applies_to.queues
    return [*(() if interaction.queue in queues else queues), *list_met(script, interaction, variables)]


def _action(command: AdvanceScript, running: Running) -> Action:
    match command.action:
        case "back":
            return GoBack()
        case "acknowledge":
            return AcknowledgeStatement(command.must_say)
        case "keep":
            return ConfirmAnswer(command.name)
        case "choose":
            return TakeChoice(command.choice)
        case _:
            return TakeOnlyWay()
