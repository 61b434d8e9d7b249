"""The kill loop sees an acknowledgement that comes before its commit."""

import asyncio
from pathlib import Path

from tests.flows.house import build_house, settings_with_world_outside
from tests.flows.nursery import Nursery
from tests.flows.storm import Storm

SEED = 20_261_122


def test_a_hub_that_promises_before_its_commit_is_caught_within_twenty_kills(
    nursery: Nursery, seeded: Path, tmp_path: Path
) -> None:
    house = build_house(
        tmp_path,
        nursery,
        seeded,
        settings_with_world_outside(),
        command="run",
        module="tests.faults.hub_that_promises_too_early",
    )
    try:
        broken = asyncio.run(Storm(house, SEED).run(20))
    finally:
        house.close()
    lost = [breach for breach in broken if breach.startswith("lost")]
    print(f"{len(lost)} of what was promised was lost, e.g. {lost[:3]}")
    assert lost != []
