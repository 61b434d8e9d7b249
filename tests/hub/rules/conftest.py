"""Workers that ask rules about the house's customers, for a part that notes what it is told."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hub.policies.document import PolicyDocument
from hub.policies.in_force import PolicyBook
from hub.policies.rule_variables import list_rule_types
from hub.policies.stored_versions import get_newest_book
from hub.rules.evaluating import Asked, Decision
from hub.rules.rule_set import Rule
from hub.rules.rule_worker import RuleWorker
from hub.storage.database import Connection, Database
from scripts_library.condition_parsing import parse_condition
from tests.hub.house import House, OpenDatabase
from tests.hub.rules.bureau import Bureau, open_bureau
from tests.seeded import copy_database


@dataclass
class NotingUser:
    """`told`: (customer, answers) of each decision that was stored, in order."""

    texts: dict[str, str]
    version: int = 1
    asked: list[tuple[str, dict[str, bool | None]]] = field(default_factory=list)
    told: list[tuple[str, dict[str, bool | None]]] = field(default_factory=list)

    async def find_version(self, connection: Connection) -> object:
        return self.version

    async def read_rules(self, connection: Connection, book: PolicyBook) -> Sequence[Rule]:
        types, kinds = list_rule_types(book.attributes), book.document.all_activities
        return [Rule(key, parse_condition(text, types, kinds)) for key, text in self.texts.items()]

    async def load(self, connection: Connection, ids: Collection[str], now: int) -> Any:
        return None

    def decide(self, asked: Asked, known: Any, now: int) -> Decision | None:
        self.asked.append((asked.customer.id, dict(asked.answers)))
        return Decision(asked.customer.id, dict(asked.answers))

    async def store(self, connection: Connection, decisions: Sequence[Decision], now: int) -> None:
        self.told += [(one.customer_id, one.what) for one in decisions]

    def take(self) -> list[tuple[str, dict[str, bool | None]]]:
        told, self.told = self.told, []
        return told


Build = Callable[..., tuple[RuleWorker, NotingUser]]


@pytest.fixture
def build(house: House) -> Build:
    """A worker whose one part has these rules, by id."""

    def build(**texts: str) -> tuple[RuleWorker, NotingUser]:
        user = NotingUser(texts)
        return RuleWorker(house.db, house.clock, [user]), user

    return build


@pytest.fixture
async def db(
    request: pytest.FixtureRequest, database: OpenDatabase, tmp_path: Path, seeded_file: Path
) -> AsyncIterator[Database]:
    """As `tests.hub.house.BOTH` says. SQLite has a file of its own, and a thread for slow reads."""
    of_test = getattr(request.node, "callspec", None)
    if of_test is not None and of_test.params.get("database") == "postgres":
        db = await database()
    else:
        copy_database(seeded_file, tmp_path / "house.db")
        db = await Database.open(f"sqlite:///{tmp_path / 'house.db'}")
    yield db
    await db.close()


@pytest.fixture
async def document(db: Database) -> PolicyDocument:
    async with db.read() as conn:
        return (await get_newest_book(conn)).document


@pytest.fixture
async def bureau(seeded_file: Path, tmp_path: Path) -> AsyncIterator[Bureau]:
    copy_database(seeded_file, tmp_path / "hub.db")
    db = await Database.open(f"sqlite:///{tmp_path / 'hub.db'}")
    try:
        yield open_bureau(db)
    finally:
        await db.close()
