"""(scripts) A script of 200 steps read and checked, one step of a run, the choice among 1,000, and the editor's keys.

The rule of this file: the room `scripts_library` alone, without a hub; the editor is in `script_editor.py`. Each
figure is the median of many rounds.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import product

from scripts_library.applies_to import AppliesTo
from scripts_library.loader import LIBRARY, load_scripts
from scripts_library.rendering import render_current
from scripts_library.run import AcknowledgeStatement, TakeChoice, advance, start_run
from scripts_library.script_parsing import parse_script
from scripts_library.script_parts import Script
from scripts_library.selection import Subject, select
from scripts_library.variables import VARIABLES, VariableType
from tests.bench import script_editor
from tests.bench.aims import SCRIPT_CHECK, SCRIPT_CHOICE, SCRIPT_STEP
from tests.bench.running import Run
from tests.scripts_library.large_script import write_large_script

ROUNDS = 50
STEPS, SCRIPTS = 200, 1_000
CHANNELS, TIERS = ("phone", "sms", "email", "webchat"), ("platinum", "gold", "standard")
TYPES = {
    **VARIABLES,
    "customer.city": VariableType.TEXT,
    "customer.since_year": VariableType.NUMBER,
    "customer.segments": VariableType.LIST,
    "customer.title": VariableType.TEXT,
    "customer.family_name": VariableType.TEXT,
}


async def measure(run: Run) -> None:
    text = write_large_script(STEPS)
    script = parse_script(text, "a.en.md", TYPES)
    check = take(lambda: parse_script(text, "a.en.md", TYPES))
    run.report.add("scripts", f"a script of {STEPS} steps read and checked", check, "ms", aim=SCRIPT_CHECK)
    run.report.add("scripts", "one step of it taken and filled in", take(lambda: go(script)), "ms", aim=SCRIPT_STEP)
    scripts = list_scripts(load_scripts(LIBRARY, TYPES).scripts)
    subjects = [Subject(c, f"queue-{n}", t, "en") for c, t, n in product(CHANNELS, TIERS, range(0, 80, 20))]
    choice = take(lambda: [select(scripts, subject, "en") for subject in subjects]) / len(subjects)
    run.report.add("scripts", f"the choice among {SCRIPTS:,} scripts", choice, "ms", aim=SCRIPT_CHOICE)
    await script_editor.measure(run)


def take(work: Callable[[], object]) -> float:
    """Return the median of the milliseconds that the work takes."""
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds) * 1_000


def go(script: Script) -> object:
    run = advance(start_run(script), script, AcknowledgeStatement("s0.1"))
    return render_current(script, advance(run, script, TakeChoice("1")), {"customer.name": "Pia Lindqvist"})


def list_scripts(known: tuple[Script, ...]) -> list[Script]:
    """So many scripts, as a large organisation has them: each of some queue, most of some tier or channel."""
    made = []
    for n in range(SCRIPTS):
        like = known[n % len(known)]
        to = AppliesTo(
            queues=(f"queue-{n % 80}",) if n % 10 else (),
            tiers=(TIERS[n % 3],) if n % 4 else (),
            channels=(CHANNELS[n % 4],) if n % 5 else (),
        )
        made.append(replace(like, id=f"script-{n}", applies_to=to, source=f"{n}"))
    return made
