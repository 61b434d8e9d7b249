"""What customers agree to is a variable of rules: SQL for the whole base, one customer asked, and a plain reading of
the ledger answer alike, on both databases."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from sqlalchemy import update

from hub.policies.consents import ConsentPolicy
from hub.policies.document import PolicyDocument
from hub.policies.in_force import PolicyBook
from hub.policies.rule_variables import list_rule_types
from hub.rules.evaluating import Evaluator, gather_wishes
from hub.rules.rule_set import Rule, RuleSet
from hub.segments.segment_definitions import find_rule_columns
from hub.storage import consents, customers
from hub.storage.consent_columns import find_newest
from hub.storage.consents import ConsentEntry
from hub.storage.customers import KnownAddress, StoredCustomer
from hub.storage.database import Connection, Database
from hub.storage.rule_sql import select_answers
from hub.storage.tables import customer
from scripts_library.activity_index import ActivityIndex
from scripts_library.condition_binding import bind
from scripts_library.condition_parsing import parse_condition
from scripts_library.conditions import Facts, evaluate
from tests.hub.house import BOTH, House
from tests.hub.notices import SAM
from tests.hub.rules.asking import settle
from tests.hub.rules.conftest import Build

DAY = 86_400_000_000
NOW = 20_000 * DAY
RUNS_OUT = {"marketing": ConsentPolicy(silence="needs_yes", runs_out_days=30)}
RULES = [
    "consent.marketing == true",
    "consent.marketing == false",
    "!(consent.marketing == true)",
    "has(consent.recording) && consent.marketing != true",
    'consent.service == true || customer.name == "p3"',
]
ROUNDS, PEOPLE = 12, 12


@dataclass
class Ledger:
    """Customers with two addresses each, some of whom are merged into the first."""

    random: Random
    round: int
    entries: list[ConsentEntry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.people = [f"r{self.round}p{n:02}" for n in range(PEOPLE)]
        self.merged = set(self.random.sample(self.people[1:], 2))
        for _ in range(60):
            owner = self.random.choice(self.people)
            source = self.random.choice(["agent", "import"])
            entry = ConsentEntry(
                kind="phone",
                address=self.name_address(owner, self.random.randrange(2)),
                purpose=self.random.choice(["marketing", "marketing", "recording", "service"]),
                act=self.random.choice(["given", "given", "withdrawn", "asked"]),
                source=source,
                by_id=self.random.choice(["m1", "m2"]) if source == "import" else "ada",
                channel=self.random.choice(["", "sms"]),
                at=NOW - self.random.choice([0, 1, 29, 30, 31, 300]) * DAY,
                recorded_at=NOW,
                customer_id=owner,
            )
            self.entries.append(entry)
            if source == "import" and self.random.random() < 0.3:
                self.entries.append(replace(entry, act="void"))

    def name_address(self, owner: str, number: int) -> str:
        return f"+46{self.round:03}{int(owner[-2:]):03}{number}0"

    async def store(self, connection: Connection) -> None:
        fresh = [StoredCustomer(one, f"p{int(one[-2:])}", "standard", "en", "{}", version=1) for one in self.people]
        await customers.add(connection, fresh, NOW)
        known = [
            KnownAddress(one, "phone", self.name_address(one, n), "proven") for one in self.people for n in (0, 1)
        ]
        await customers.add_addresses(connection, known)
        of_first = [self.people[0], sorted(self.merged)]
        for one in self.merged:
            await connection.execute(update(customer).where(customer.c.id == one).values(merged_into=of_first[0]))
        ids = '["' + '", "'.join(of_first[1]) + '"]'
        await connection.execute(update(customer).where(customer.c.id == of_first[0]).values(merged_ids=ids))
        for entry in self.entries:  # one by one, so that their order is theirs
            await consents.add(connection, [entry])

    def read(self, one: str) -> dict[str, bool]:
        """By the words of the README, without any SQL."""
        family = [one, *(self.merged if one == self.people[0] else ())]
        said: dict[str, list[bool]] = {}
        for purpose in ("marketing", "recording", "service"):
            for address in [self.name_address(each, n) for each in family for n in (0, 1)]:
                newest = None
                for place, entry in enumerate(self.entries):
                    if (entry.address, entry.purpose) != (address, purpose) or entry.act not in (
                        "given",
                        "withdrawn",
                    ):
                        continue
                    is_void = any(
                        (each.address, each.purpose, each.act, each.by_id) == (address, purpose, "void", entry.by_id)
                        for each in self.entries[place:]
                    )
                    newest = newest if is_void else entry
                if newest is None or (
                    newest.act == "given" and purpose == "marketing" and newest.at + 30 * DAY <= NOW
                ):
                    continue
                said.setdefault(purpose, []).append(newest.act == "given")
        return {f"consent.{purpose}": any(answers) for purpose, answers in said.items()}


async def answer_in_sql(db: Database, book: PolicyBook, ids: Sequence[str]) -> dict[str, list[bool | None]]:
    types = list_rule_types(book.attributes)
    bound = [bind(parse_condition(text, types), NOW, book.zone) for text in RULES]
    async with db.read() as connection:
        columns = await find_rule_columns(connection, book, NOW)
        rows = await connection.execute(select_answers(bound, columns, only=lambda id_: id_.in_(ids)))
        return {row[0]: [None if one is None else bool(one) for one in row[1:]] for row in rows}


async def ask_each(db: Database, book: PolicyBook, ids: Sequence[str]) -> dict[str, list[bool | None]]:
    types = list_rule_types(book.attributes)
    rules = [Rule(text, parse_condition(text, types)) for text in RULES]
    evaluator, found = Evaluator(RuleSet(rules, book.zone), book), {}
    async with db.read() as connection:
        for one in (await customers.find(connection, ids)).values():
            wishes = gather_wishes(one, await find_newest(connection, one.ids))
            asked = evaluator.ask(one, rules, ActivityIndex([]), NOW, wishes=wishes)
            found[one.id] = [asked.answers[text] for text in RULES]
    return found


@BOTH
async def test_predicate_and_sql_read_the_ledger_alike(db: Database, document: PolicyDocument) -> None:
    book = PolicyBook(1, replace(document, consents=RUNS_OUT))
    types = list_rule_types(book.attributes)
    bound = [bind(parse_condition(text, types), NOW, book.zone) for text in RULES]
    for number in range(ROUNDS):
        ledger = Ledger(Random(number), number)
        await db.write(ledger.store)
        standing = [one for one in ledger.people if one not in ledger.merged]
        expected = {
            one: [
                evaluate(rule, Facts({"customer.name": f"p{int(one[-2:])}", **ledger.read(one)}), types)
                for rule in bound
            ]
            for one in standing
        }
        assert await answer_in_sql(db, book, ledger.people) == expected, f"round {number}"
        assert await ask_each(db, book, standing) == expected, f"round {number}"


@BOTH
async def test_a_consent_asks_the_rules_anew_and_so_does_the_day_on_which_it_runs_out(
    house: House, build: Build
) -> None:
    worker, user = build(agrees="consent.marketing == true", said="has(consent.marketing)")
    await settle(worker)
    assert ("sam", {"agrees": None, "said": False}) in user.take()
    at = house.clock.now()
    yes = ConsentEntry(
        kind="phone", address=SAM, purpose="marketing", act="given", source="agent", at=at, recorded_at=at
    )
    await house.db.write(lambda connection: consents.add(connection, [replace(yes, customer_id="sam")]))
    await settle(worker)
    assert user.take() == [("sam", {"agrees": True, "said": True})]
    no = replace(yes, act="withdrawn", customer_id="sam")
    await house.db.write(lambda connection: consents.add(connection, [no]))
    await settle(worker)
    assert user.take() == [("sam", {"agrees": False, "said": True})]
    again = replace(yes, customer_id="sam", at=house.clock.now())
    await house.db.write(lambda connection: consents.add(connection, [again]))
    await settle(worker)
    assert user.take() == [("sam", {"agrees": True, "said": True})]
    house.clock.at += 730 * DAY
    await settle(worker)
    assert user.take()[-1] == ("sam", {"agrees": None, "said": False}), "the sample policy lets a yes run out"
