"""What the figures are to reach, on two cores; most as a multiple of the skeleton's in the same run.

The rule of this file: an aim that is a share of what the hub took before has that figure beside it, and where it was
measured.
"""

from tests.bench.figures import Aim

DECIDED = Aim(0.45, "at least")
SUSTAINED = Aim(120, "at least", "ours")
EDGES_GAIN = Aim(1.3, "at least", note="two edges: where it is missed, the remarks say whether the cores were full")
FULL_QUEUE = Aim(3, "at most")
FREED = Aim(200, "at most", "ours")
CHAT_P50 = Aim(2.5, "at most")
CHAT_P99 = Aim(2, "at most")
MEMORY = Aim(6_000, "at most", "ours")
MOUTH_TO_EAR = Aim(250, "at most", "ours")  # milliseconds; ITU-T G.114 calls up to 150 good and 400 the end
YEAR = Aim(40, "at most", "ours")
SEARCH = Aim(50, "at most", "ours", note="whatever part of the customer is typed")
SCRIPT_CHECK = Aim(100, "at most", "ours", note="a script of 200 steps with nine outcomes to prove")
SCRIPT_STEP = Aim(1, "at most", "ours", note="one step taken and filled in")
SCRIPT_CHOICE = Aim(1, "at most", "ours", note="among 1,000 scripts, for one interaction")
EDITOR_SMALL = Aim(50, "at most", "ours", note="from the key to the drawn flow, a script of 30 steps")
EDITOR_LARGE = Aim(300, "at most", "ours", note="the same with 200 steps")
EDITOR_TASK = Aim(
    50, "at most", "ours", note="the longest task of the page while somebody types; the layout has a worker"
)
IMPORT = Aim(60, "at most", "ours", note="100,000 rows: `python -m tests.bench import --imported 100000`")
IMPORT_PACE = Aim(2, "at most", note="a multiple of the same webhooks without an import")
TOLD_DELAY = Aim(1_000, "at most", "ours", note="from the commit of an activity to the segments that follow from it")
ADDRESS_LOOKUP = Aim(1, "at most", "ours")

# Commit 64217de with SQLite: CPU of the hub as a multiple of the skeleton's, or for a chat of the echo's. From
# `python -m tests.bench.compare 64217de b d`: two quiet cores, Python 3.11.7 without PGO.
CPU_MULTIPLE = {"20/s": 11.2, "50/s": 11.3, "100/s": 9.3, "saturation": 5.9}
CHAT_CPU_MULTIPLE = {"100/s": 4.2, "300/s": 4.2}


def cpu_aim(before: dict[str, float], database: str, name: str) -> Aim | None:
    """Half of the multiple that was measured before. None for what was not."""
    if name not in before or not database.startswith("SQLite"):
        return None
    return Aim(
        before[name] / 2, "at most", note=f"CPU at {name}: half of {before[name]:.1f}, the multiple of 64217de"
    )
