"""Checks the head of a catalogue of proposals.

The rule of this file: each problem comes with the place of its key; a condition, with the column where it goes wrong.
"""

from collections.abc import Callable, Iterator, Sequence

from scripts_library.condition_tokens import ConditionError
from scripts_library.head_tables import HeadTable
from scripts_library.proposals import parse_rule
from scripts_library.script_parts import Place
from scripts_library.script_problems import quoted
from scripts_library.variables import VariableTypes

Find = Callable[[tuple[int | str, ...]], Place]  # of a key


def check_proposals(
    raw: HeadTable, text: Sequence[str], first_line: int, find: Find, types: VariableTypes | None
) -> Iterator[tuple[Place, str]]:
    """`text`: the lines of the head, of which the first has the number `first_line`. `types`: of the variables that
    rules may name; None: the rules are not read."""
    is_catalogue = raw.kind == "proposals"
    if is_catalogue != bool(raw.proposals):
        words = "needs at least one [proposals.name]" if is_catalogue else "has no [proposals]"
        yield find(("kind",)), f'A file of kind = "{raw.kind}" {words}.'
    strange = [name for name in ("fields", "outcomes", "scores", "derived", "actions", "when") if getattr(raw, name)]
    if is_catalogue and strange:
        yield find((strange[0],)), f"A catalogue of proposals takes no `{strange[0]}`."
    for name, one in raw.proposals.items():
        if one.valid_from and one.valid_until and one.valid_until < one.valid_from:
            place = find(("proposals", name, "valid_until"))
            yield place, f"Nobody can get {quoted(name)}: `valid_until` is before `valid_from`."
        try:
            if one.when and types is not None:
                parse_rule(one.when, types)
        except ConditionError as error:
            place = find(("proposals", name, "when"))
            begins = text[place.line - first_line].find(one.when)  # not where it has several lines
            column = begins + error.column if begins >= 0 else place.column
            yield Place(place.line, column), f"`when`, character {error.column}: {error}"
