"""What the script runs of an open interaction say: what is owed, and whose screen showed it.

The rule of this file: it reads runs and changes none.
"""

import orjson

from hub.open_work.floor import OpenInteraction, Running
from hub.open_work.run_steps import read_visits
from scripts_library.proofs import ProofKind
from scripts_library.run import run_from_dict
from scripts_library.script_parts import Script
from scripts_library.statements import list_owed


def restore_running(script: Script, run: str, steps: str) -> Running:
    """`run` and `steps`: as they are stored."""
    return Running(script, run_from_dict(orjson.loads(run)), read_visits(steps))


def owes(interaction: OpenInteraction) -> bool:
    """Whether a required statement was shown and is still open: neither said nor left out with a reason."""
    return any(list_owed(running.run) for running in interaction.runs.values())


def find_last_reader(interaction: OpenInteraction) -> str:
    """The id of the agent whose screen showed a statement of this interaction last. Empty if no screen did."""
    proofs = (proof for running in interaction.runs.values() for proof in running.run.proofs)
    shown = [proof for proof in proofs if proof.kind is ProofKind.SHOWN]
    return max(shown, key=lambda proof: proof.at).by if shown else ""
