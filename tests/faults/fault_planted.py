"""The kill loop sees the faults that it is there for: each is planted in a hub, and caught within twenty kills."""

import asyncio
from pathlib import Path

import pytest

from tests.flows.accounts import read_file
from tests.flows.house import build_house, settings_with_sandbox_outside
from tests.flows.process_starter import ProcessStarter
from tests.flows.storm import Storm

SEED = 20_261_122


@pytest.mark.parametrize(
    ("planted", "breach"),
    [("hub_that_promises_too_early", "lost: "), ("hub_that_sends_again", "2 times at the provider: ")],
)
def test_a_planted_fault_is_caught_within_twenty_kills(
    process_starter: ProcessStarter, seeded: Path, tmp_path: Path, planted: str, breach: str
) -> None:
    module = f"tests.faults.{planted}"
    settings = settings_with_sandbox_outside()
    house = build_house(tmp_path, process_starter, seeded, settings, command="run", module=module)
    try:
        broken = asyncio.run(Storm(house, SEED, read_file(house.data / "hub.db")).run(20))
    finally:
        house.close()
    caught = [one for one in broken if one.startswith(breach)]
    print(f"{planted}: {len(caught)} breaches, e.g. {caught[:2]}")
    assert caught != []
