"""Checks catalogues of proposals, each by itself.

The rule of this file: a catalogue has words for each proposal of its head, and words for nothing else.
"""

from scripts_library.script_parts import MustSay, Script, Step
from scripts_library.script_problems import ScriptProblem, quoted, suggest


def check_catalogue(script: Script) -> tuple[ScriptProblem, ...]:
    """Find what is wrong with a file of proposals, whose words stand in steps of other scripts."""
    found: list[ScriptProblem] = []
    known = [one.id for one in script.proposals]
    written = {step.id for step in script.steps}
    for one in script.proposals:
        if one.id not in written:
            words = f"The proposal {quoted(one.id)} has no words: write ## {one.id}: its name, and below what to say."
            found.append(ScriptProblem(script.file, one.line, one.column, words))
    for step in script.steps:
        proposal_id = step.id.partition("/")[0]
        if proposal_id not in known:
            words = f"The head declares no proposal {quoted(proposal_id)}.{suggest(proposal_id, known)}"
            found.append(ScriptProblem(script.file, step.line, 4, words))
        found.extend(ScriptProblem(script.file, step.line, 1, words) for words in _list_odd(step))
    return tuple(sorted(found))


def _list_odd(step: Step) -> list[str]:
    named = f"The words of {quoted(step.id)}"
    if step.ways:
        return [f"{named} stand in steps of other scripts: they have no way on."]
    if not step.parts:
        return [f"{named} are missing: write > and what the agent says."]
    if step.fields or any(isinstance(part, MustSay) for part in step.parts):
        return [f"{named} ask for nothing and hold no statement: put those into the script."]
    return []
