"""Nothing that was acknowledged is lost and nothing happens twice, however often the hub is killed."""

import asyncio
import os
import random
from pathlib import Path

import pytest

from tests.flows.house import build_house, settings_with_sandbox_outside
from tests.flows.process_starter import ProcessStarter
from tests.flows.storm import Storm

KILLS = int(os.environ.get("HUB_KILLS", "20"))
SEED = int(os.environ.get("HUB_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)


@pytest.mark.promise("P1")
@pytest.mark.promise("P2")
@pytest.mark.promise("P3")
@pytest.mark.promise("P6")
@pytest.mark.promise("P7")
def test_what_was_promised_is_kept_through_every_kill(
    process_starter: ProcessStarter, seeded: Path, tmp_path: Path
) -> None:
    print(f"HUB_SEED={SEED}")  # shown where it fails
    house = build_house(tmp_path, process_starter, seeded, settings_with_sandbox_outside(), command="run")
    try:
        storm = Storm(house, SEED)
        broken = asyncio.run(storm.run(KILLS))
        promised = {kind: len(words) for kind, words in storm.ledger.promised.items()}
        print(f"{storm.kills} kills, acknowledged: {promised}")
        assert storm.kills == KILLS
        assert sum(promised.values()) >= 20 * KILLS
        assert broken == []
    finally:
        house.close()
