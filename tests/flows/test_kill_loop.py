"""Nothing that was acknowledged is lost and nothing happens twice, however often the hub is killed."""

import asyncio
import os
import random
from pathlib import Path

import pytest

from tests.flows.accounts import read_file, read_server
from tests.flows.house import SeededServer, build_house, settings_with_sandbox_outside
from tests.flows.process_starter import ProcessStarter
from tests.flows.storm import Storm, StormOverEdges
from tests.flows.test_cluster_flow import shared

# The sandbox runs here; whoever of it speaks with a hub that dies leaves a connection that nobody can end
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed connection:ResourceWarning")
KILLS = int(os.environ.get("HUB_KILLS", "20"))
EDGE_KILLS = min(4 + KILLS // 20, 12)  # who dies again and again waits longer each time
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
        judge(Storm(house, SEED, read_file(house.data / "hub.db")), KILLS)
    finally:
        house.close()


@pytest.mark.promise("P1")
@pytest.mark.promise("P2")
@pytest.mark.promise("P3")
@pytest.mark.promise("P6")
@pytest.mark.promise("P7")
def test_what_was_promised_is_kept_through_the_death_of_any_process_of_a_hub_with_edges(
    process_starter: ProcessStarter, seeded_server: SeededServer, valkey_url: str, tmp_path: Path
) -> None:
    print(f"HUB_SEED={SEED}")
    settings = settings_with_sandbox_outside(**shared(seeded_server.url, valkey_url, tmp_path), server={"edges": 2})
    house = build_house(tmp_path, process_starter, seeded_server.data, settings)
    try:
        judge(StormOverEdges(house, SEED, read_server(seeded_server.url)), EDGE_KILLS)
    finally:
        house.close()


def judge(storm: Storm, kills: int) -> None:
    broken = asyncio.run(storm.run(kills))
    promised = {kind: len(words) for kind, words in storm.ledger.promised.items()}
    print(f"{storm.kills} kills, acknowledged: {promised}")
    assert storm.kills == kills
    assert sum(promised.values()) >= 20 * kills
    assert broken == []
