"""What is wrong with catalogues of proposals under a policy: rules that cannot be asked, and what nobody can get.

The rule of this file: a rule that cannot be asked is an error. What nobody can get is a warning, for it harms nobody.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date

from hub.policies.rule_claims import is_impossible
from scripts_library.condition_parsing import ANY_SEGMENT, parse_condition
from scripts_library.condition_tokens import ConditionError
from scripts_library.proposals import Proposal, is_over, list_rule_types
from scripts_library.script_parts import Script
from scripts_library.script_problems import ScriptProblem, Severity, quoted
from scripts_library.variables import VariableTypes


def check_catalogues(
    shared: Iterable[Script], types: VariableTypes, kinds: Collection[str], shown: Collection[str], today: date
) -> tuple[ScriptProblem, ...]:
    """`types`: as scripts name variables. `kinds`: of the activities that may be counted. `shown`: the catalogues
    that a script shows. `today`: a day of the organisation's calendar."""
    found: list[ScriptProblem] = []
    for script in shared:
        for one in script.proposals:
            found.extend(_check(script, one, types, kinds))
            if is_over(one, today):
                words = f"Nobody gets {quoted(one.id)} any more: its last day was {one.valid_until}."
                found.append(ScriptProblem(script.file, one.line, one.column, words, Severity.WARNING))
        if script.proposals and script.id not in shown:
            words = f"Nobody gets what is proposed here: no script has a line {{{{ proposals: {script.id} }}}}."
            found.append(ScriptProblem(script.file, 1, 1, words, Severity.WARNING))
    return tuple(sorted(found))


def _check(script: Script, one: Proposal, types: VariableTypes, kinds: Collection[str]) -> Iterator[ScriptProblem]:
    if not one.when:
        return
    try:
        condition = parse_condition(one.when, list_rule_types(types), kinds, ANY_SEGMENT)
    except ConditionError as error:
        words = f"The rule of {quoted(one.id)}, character {error.column}: {error}"
        yield ScriptProblem(script.file, one.line, one.column, words)
        return
    if is_impossible(condition):
        words = f"Nobody can get {quoted(one.id)}: two parts of its rule contradict each other."
        yield ScriptProblem(script.file, one.line, one.column, words, Severity.WARNING)
