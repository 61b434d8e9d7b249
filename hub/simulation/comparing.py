"""Two runs on the same customers, side by side: another policy, another staffing, or a tier without its head start.

The rule of this file: a difference is the second run's figure minus the first's. Its interval compares the runs batch
by batch, so the chance that both share cancels: customers, arrivals, work and patience. A difference is called sure
only if zero lies outside its interval.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from hub.policies.routing_form import find_head_starts
from hub.simulation.running import Played
from hub.simulation.scenario_file import ReadScenario, read_policy, read_scenario, read_toml
from hub.toml_files.problems import ConfigErrors, Problem
from routing.intervals import Figure
from routing.measures import MeasuredLine
from routing.model import TierId


@dataclass(frozen=True, slots=True)
class Difference:
    """The second run minus the first. None if one of them has no such figure."""

    first: MeasuredLine
    second: MeasuredLine
    wait: Figure | None  # seconds
    in_time: Figure | None  # shares
    left: Figure | None
    work: Figure | None


@dataclass(frozen=True, slots=True)
class Comparison:
    first: Played
    second: Played
    differences: tuple[Difference, ...]
    without: TierId | None = None  # the tier that has the lowest tier's head start in the first run

    def by_tier(self) -> Iterator[Difference]:
        """Each channel over all queues, best tier first."""
        return (each for each in self.differences if each.first.queue is None and each.first.tier is not None)


def compare(first: Played, second: Played, without: str | None = None) -> Comparison:
    theirs = {(line.queue, line.channel, line.tier): line for line in second.lines}
    differences = []
    for line in first.lines:
        other = theirs[line.queue, line.channel, line.tier]
        differences.append(
            Difference(
                line,
                other,
                wait=other.wait.minus(line.wait),
                in_time=other.in_time.minus(line.in_time),
                left=other.left.minus(line.left),
                work=other.work.minus(line.work),
            )
        )
    return Comparison(first, second, tuple(differences), TierId(without) if without is not None else None)


def read_other(path: Path, scenario: Path, read: ReadScenario) -> ReadScenario:
    """`read` with the policy of the file at `path`. If that file has agents, also with its agents, shifts and
    `answering`; the policy may then be missing. Raises `ConfigErrors`."""
    data, _ = read_toml(path)
    policy = read_policy(path) if "policy" in data else read.policy
    if "agents" not in data and "policy" not in data:
        raise ConfigErrors([Problem("", "has nothing to compare: add a policy, or agents and shifts")], path.name)
    mine = read_scenario(scenario, policy)
    if "agents" not in data:
        return mine
    other = read_scenario(path, policy)
    file = replace(mine.file, agents=other.file.agents, shifts=other.file.shifts, answering=other.file.answering)
    return replace(mine, file=file, distributions={**other.distributions, **mine.distributions})


def drop_head_start(read: ReadScenario, tier_id: str) -> ReadScenario:
    """The same scenario, in which this tier has the head start of the lowest tier on every channel, whether it comes
    from the policy or from the channel's traits. Raises `ConfigErrors` if the tier does not exist, or if both tiers
    have the same head start already."""
    tiers = {tier.id: tier for tier in read.policy.tiers}
    lowest = min(read.policy.tiers, key=lambda tier: tier.order)
    if tier_id not in tiers:
        raise ConfigErrors([Problem("--without", f"must be one of {', '.join(tiers)}")], "command line")
    head_start = find_head_starts(lowest, read.policy)
    if find_head_starts(tiers[tier_id], read.policy) == head_start:
        raise ConfigErrors(
            [Problem("--without", f"{tier_id} has the head start of the lowest tier already: name another tier")],
            "command line",
        )
    lowered = replace(tiers[tier_id], head_start_seconds=head_start)
    policy = replace(read.policy, tiers=tuple(lowered if one.id == tier_id else one for one in read.policy.tiers))
    return replace(read, policy=policy)
