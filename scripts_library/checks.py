"""Checks scripts that could be read: each script by itself, against its translations, and against the policy.

The rule of this file: a problem is an error if it would leave an agent stuck in the middle of an interaction, or if
the script cannot mean what it says. Any other problem is a warning, and the script is used as it is.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from scripts_library.branch_checks import check_branches, find_circles
from scripts_library.outcomes import check_outcomes
from scripts_library.script_parts import (
    END,
    ActionKind,
    Do,
    FieldType,
    KeptIn,
    Place,
    Propose,
    Script,
    ShowScore,
    Step,
)
from scripts_library.script_problems import ScriptProblem, Severity, quoted, suggest
from scripts_library.unknown_answers import find_undecided
from scripts_library.ways import find_ending, find_reachable, find_surely_ending


def check_script(script: Script) -> tuple[ScriptProblem, ...]:
    """Find everything that is wrong with a script: what `check_stuck` finds, steps that cannot be reached, choices
    that say the same, ways that no condition leaves open, ways to an outcome that miss its statements; and warnings
    (fields that no step asks for, scores that nothing uses, outcomes that no way has)."""
    reachable, sure = find_reachable(script), find_surely_ending(script)
    problems = [*check_stuck(script), *check_outcomes(script), *check_branches(script)]
    if not problems:
        words = f"may have no way to the {END} for some customers: give its loop a way out without such a condition."
        unsure = [step for step in script.steps if step.id not in sure]
        problems += [ScriptProblem(script.file, one.line, 1, f"Step {quoted(one.id)} {words}") for one in unsure]
    for step in script.steps:
        if step.id not in reachable:
            words = f"Step {quoted(step.id)} is never reached: no way leads to it. Lead one to it, or take it out."
            problems.append(ScriptProblem(script.file, step.line, 1, words))
    asked = {field.name for step in script.steps for field in step.fields}
    for field in script.fields:
        if field.name not in asked:
            text = f"The field {quoted(field.name)} is never asked: write {{{{ field: {field.name} }}}} in a step."
            problems.append(ScriptProblem(script.file, *field.at, text, Severity.WARNING))
    return tuple(sorted(problems))


def check_questions(script: Script) -> tuple[ScriptProblem, ...]:
    """Find what is wrong with a file of questions, whose steps stand in steps of other scripts."""
    words = "is a question, which stands in steps of other scripts: it has no way on."
    return tuple(
        ScriptProblem(script.file, way.at.line, 1, f"Step {quoted(step.id)} {words}")
        for step in script.steps
        for way in step.ways
    )


def check_stuck(script: Script) -> tuple[ScriptProblem, ...]:
    """Find what leaves an agent stuck: unknown targets, dead ends, loops without a way out, circles of steps that
    nobody sees. Another loop with a way out is no problem."""
    problems = [*find_circles(script)]
    step_ids = {step.id for step in script.steps}
    ending = find_ending(script)

    def complain(step: Step, at: Place, text: str) -> None:
        problems.append(ScriptProblem(script.file, *at, f"Step {quoted(step.id)} {text}"))

    for step in script.steps:
        unknown = {way.target: way.at for way in step.ways if way.target not in step_ids | {END}}
        for target, at in unknown.items():
            words = f"leads to {quoted(target)}, which does not exist.{suggest(target, [*step_ids, END])}"
            complain(step, at, words)
        if not step.ways:
            words = f"leads nowhere: give it choices, or -> and a step, or -> {END}."
            complain(step, Place(step.line), words)
        elif step.id not in ending and not unknown:
            complain(step, Place(step.line), f"has no way to the {END}: give its loop a way out.")
    return tuple(sorted(problems))


def check_translations(scripts: Collection[Script]) -> tuple[ScriptProblem, ...]:
    """Warn of scripts that are missing in a language of the library, and of translations that differ in more than
    words. Each translation is compared with that in the language whose code comes first."""
    languages = sorted({script.language for script in scripts})
    problems = []
    for script_id in sorted({script.id for script in scripts}):
        same = sorted((script for script in scripts if script.id == script_id), key=lambda script: script.language)
        first = same[0]
        for language in languages:
            if all(script.language != language for script in same):
                problems.append(_warn(first, 1, f"{quoted(script_id)} is missing in {language}."))
        for other in same[1:]:
            problems.extend(_compare(first, other))
    return tuple(sorted(problems))


def check_kept(
    scripts: Iterable[Script], kinds: Mapping[str, FieldType | None], choices: Mapping[str, Collection[str]]
) -> tuple[ScriptProblem, ...]:
    """Warn of answers for the profile that cannot be kept there. `kinds`: by attribute, the type of a field that fits
    it; `choices`: of those that have some."""
    problems = []
    for script in scripts:
        for field in script.fields:
            if field.kept_in is not KeptIn.PROFILE:
                continue
            name, fits = quoted(field.name), kinds.get(field.name)
            strange = [one.value for one in field.options if one.value not in choices.get(field.name, ())]
            if field.name not in kinds:
                words = f"There is no attribute {name}, so no answer to this field is kept: add it to the policy."
                problems.append(_warn(script, field.at.line, words))
            elif field.type is not fits:
                words = f"{name} is an attribute of another type, so no answer is kept: the field must be {fits}."
                problems.append(_warn(script, field.at.line, words))
            elif strange:
                words = f"The attribute {name} has no choice {quoted(strange[0])}, so this answer is not kept."
                problems.append(_warn(script, field.at.line, words))
    return tuple(sorted(problems))


def check_actions(scripts: Iterable[Script], tiers: Collection[str]) -> tuple[ScriptProblem, ...]:
    """Find actions that name a tier which the policy does not have."""
    return tuple(
        ScriptProblem(
            script.file,
            *action.at,
            f"The action `{action.name}`: there is no tier {quoted(action.value)}.{suggest(action.value, tiers)}",
        )
        for script in scripts
        for action in script.actions
        if action.kind is ActionKind.TIER and action.value not in tiers
    )


def check_unknowns(scripts: Iterable[Script]) -> tuple[ScriptProblem, ...]:
    """Warn of each `when` that is unknown, and does not hold, where a reader may think that it holds."""
    problems = []
    for script in scripts:
        if script.when is not None and (names := find_undecided(script.when)):
            known = " and ".join(quoted(name) for name in names)
            words = (
                f"`when` does not hold for customers of whom {known} is not known, though it says what must not be"
                " true. If they are meant too, add `!has(...) ||`."
            )
            problems.append(_warn(script, 1, words))
    return tuple(sorted(problems))


def _compare(first: Script, other: Script) -> Iterable[ScriptProblem]:
    parts = {
        "version": (first.version, other.version),
        "applies_to": (first.applies_to, other.applies_to),
        "priority": (first.priority, other.priority),
        "when": (first.when, other.when),
        "expires_hours": (first.expires_hours, other.expires_hours),
        "continue_hours": (first.continue_hours, other.continue_hours),
        "fields": (_shape_of_fields(first), _shape_of_fields(other)),
        "derived": (_shape_of_derived(first), _shape_of_derived(other)),
        "proposals": (first.proposals, other.proposals),
        "actions": (_shape_of_actions(first), _shape_of_actions(other)),
        "scores": (_shape_of_scores(first), _shape_of_scores(other)),
        "outcomes": (_shape_of_outcomes(first), _shape_of_outcomes(other)),
        "pause_recording": (_list_pauses(first), _list_pauses(other)),
        "steps": ([step.id for step in first.steps], [step.id for step in other.steps]),
    }
    for name, (here, there) in parts.items():
        if here != there:
            yield _warn(other, 1, f"`{name}` is not the same as in {first.file}.")
    for step in other.steps:
        twin = first.find_step(step.id)
        if twin is not None and _shape_of_step(step) != _shape_of_step(twin):
            words = "has other choices, fields or statements than"
            yield _warn(other, step.line, f"Step {quoted(step.id)} {words} in {first.file}.")


def _list_pauses(script: Script) -> list[str]:
    return [step.id for step in script.steps if step.pauses_recording]


def _shape_of_fields(script: Script) -> object:
    """Return everything of the fields except their labels and their order."""
    return {
        (
            field.name,
            field.type,
            field.is_required,
            field.kept_in,
            field.purpose,
            field.write_back,
            field.options_from,
            frozenset(option.value for option in field.options),
        )
        for field in script.fields
    }


def _shape_of_outcomes(script: Script) -> object:
    return {(outcome.id, frozenset(outcome.after)) for outcome in script.outcomes}


def _shape_of_derived(script: Script) -> object:
    return [(one.name, [when and when.condition for _, when in one.cases]) for one in script.derived]


def _shape_of_actions(script: Script) -> object:
    return {replace(action, label="", words=(), subject=(), why="") for action in script.actions}


def _shape_of_scores(script: Script) -> object:
    return {score.name: score.points for score in script.scores}


def _shape_of_step(step: Step) -> object:
    """Return everything of the step except its words and how it divides prompts and guidance."""
    ways = {(way.key, way.target, way.outcome, way.when.condition if way.when else None) for way in step.ways}
    shown = [part.score.name for part in step.parts if isinstance(part, ShowScore)]
    shown += [part.action.name for part in step.parts if isinstance(part, Do)]
    shown += [f"{part.catalogue}, {part.most}" for part in step.parts if isinstance(part, Propose)]
    return ways, [field.name for field in step.fields], shown, len(step.statements)


def check_names(
    scripts: Iterable[Script],
    channels: Collection[str],
    queues: Collection[str],
    tiers: Collection[str],
    stages: Collection[str] = (),
    purposes: Collection[str] = (),
) -> tuple[ScriptProblem, ...]:
    """Warn of names in `applies_to` that the policy does not have: with them, the script never applies."""
    problems = []
    for script in scripts:
        to = script.applies_to
        for what, used, known in (
            ("channel", to.channels, channels),
            ("queue", to.queues, queues),
            ("tier", to.tiers, tiers),
            ("stage", to.stages, stages),
            ("purpose", to.purposes, purposes),
        ):
            for name in used:
                if name not in known:
                    problems.append(_warn(script, 1, f"There is no {what} {quoted(name)}.{suggest(name, known)}"))
    return tuple(sorted(problems))


def _warn(script: Script, line: int, text: str) -> ScriptProblem:
    return ScriptProblem(script.file, line, 1, text, Severity.WARNING)
