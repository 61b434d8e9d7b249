"""`scripts apply`, killed before each of its statements: either all files are in force or none is. Two processes that
then read what is published serve the same."""

import asyncio
from itertools import count
from pathlib import Path

import pytest
import tomli_w

from hub.policies.attributes import list_variable_types
from hub.scripts.published_scripts import PublishedScripts
from hub.scripts.script_runs import Scripts
from hub.storage import script_versions
from hub.storage.database import Database
from scripts_library.loader import own_text
from tests.flows.house import merge, repository_settings
from tests.flows.process_starter import ProcessStarter
from tests.hub.house import House, OpenDatabase
from tests.hub.scripts.test_published_scripts import publish, write

KILLED = "tests.hub.killed_commands"
FILES = ("offer", "other")


@pytest.fixture
def database(either_url: str) -> OpenDatabase:
    return lambda: Database.open(either_url, read_connections=1)


class Applying:
    """The command, with the second version of two scripts in its folder."""

    def __init__(self, process_starter: ProcessStarter, folder: Path, url: str) -> None:
        self._process_starter, self._folder = process_starter, folder
        (folder / "scripts").mkdir()
        for place, name in enumerate(FILES):
            text = write(2, name=name, priority=100 + place, words="The second words")
            (folder / "scripts" / f"{name}.en.md").write_text(text, encoding="utf-8")
        settings = merge(repository_settings(), {"server": {"data_folder": "data"}, "database": {"url": url}})
        (folder / "config.toml").write_text(tomli_w.dumps(settings), encoding="utf-8")

    async def run(self, killed_at: int) -> bool:
        """Up to its so many-th statement. True: it came to its end before."""
        output, config = self._folder / f"apply-{killed_at}.log", str(self._folder / "config.toml")
        arguments = ("scripts", "apply", str(self._folder / "scripts"), "--config", config)
        environ = {"HUB_KILLED_AT": str(killed_at)}
        pid = self._process_starter.start(KILLED, *arguments, output=output, environ=environ)
        ended = await asyncio.to_thread(self._process_starter.wait, pid, 60)
        assert ended in (-9, 0), output.read_text(encoding="utf-8")
        return ended == 0


class Process:
    """What a process serves: it reads what is published, now and whenever it looks again."""

    def __init__(self, house: House) -> None:
        policy = house.state.book.document
        self._scripts = Scripts((), policy, house.clock, fallback_language="en")
        self._published = PublishedScripts(house.db, self._scripts, list_variable_types(policy.all_attributes))

    async def serve(self) -> dict[str, tuple[int, bool]]:
        """By script, its version, and whether it has the second words."""
        await self._published.refresh()
        mine = {one.id: one for one in self._scripts.all if one.id in FILES}
        return {name: (one.version, "The second words" in own_text(one)) for name, one in mine.items()}


async def read_stored(house: House) -> dict[str, list[tuple[int, str]]]:
    async with house.db.read() as conn:
        rows = {name: await script_versions.list_of(conn, name) for name in FILES}
    return {name: [(one.version, one.state) for one in mine] for name, mine in rows.items()}


async def test_killed_in_the_midst_of_a_publish_one_version_is_in_force_everywhere(
    house: House, process_starter: ProcessStarter, tmp_path: Path, either_url: str
) -> None:
    for place, name in enumerate(FILES):
        await publish(house, write(1, name=name, priority=100 + place, words="The first words"), name)
    applying = Applying(process_starter, tmp_path, either_url)
    before, after = dict.fromkeys(FILES, (1, False)), dict.fromkeys(FILES, (2, True))
    living = Process(house)
    is_published = False
    for killed_at in count(1, 5 if "postgres" in either_url else 8):
        is_done = await applying.run(killed_at)
        served = [await one.serve() for one in (living, Process(house))]
        stored = await read_stored(house)
        assert served[0] == served[1], killed_at
        assert served[0] in ((after,) if is_published else (before, after)), killed_at
        is_published = served[0] == after
        whole = [(2, "published"), (1, "replaced")] if is_published else [(1, "published")]
        assert stored == dict.fromkeys(FILES, whole), killed_at
        if is_done:
            break
    assert is_published
    assert killed_at > 10, "the moments before it was published"
