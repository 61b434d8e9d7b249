"""The customers of the sample base, a slice at a time: who they are, what is known of them and what they did.

The rule of this file: the same seed, slice and day give the same customers, whatever was made before. Telephone
numbers and mailboxes reach nobody: numbers of the demo's range, then of a country code that is not assigned, and the
domain `mail.example`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final

from hub.administration.sample_base.habits import (
    CHANNELS,
    DAY,
    DAYS,
    HABITS,
    Habit,
    Happening,
    list_happenings,
)
from hub.administration.sample_base.names import (
    BANK,
    CITIES,
    COMMUNITIES,
    NOTES,
    POST,
    PREFERS,
    SIGNS,
    STREETS,
    Community,
    fold,
)

SLICE: Final = 500  # customers of one transaction
_DEMO_NUMBERS: Final = 5_000  # +46701745000 to +46701749999; the demo's named customers have +4670174 0...
_COMMUNITY_OF: Final = tuple(one for one in COMMUNITIES for _ in range(one.share))
_HABIT_OF: Final = tuple(one for one in HABITS for _ in range(one.share))
_FOLDED: Final = {word: fold(word) for one in COMMUNITIES if not one.is_chinese for word in (*one.given, *one.family)}
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """`values`: by attribute, as JSON has them. `addresses`: kind and address. `past`: changes of values: name, old,
    new, at."""

    id: str
    name: str
    tier: str
    language: str
    since: int
    values: dict[str, Any]
    addresses: list[tuple[str, str]]
    happened: list[Happening]
    past: list[tuple[str, Any, Any, int]] = field(default_factory=list)


def make_slice(seed: int, number: int, now: int, size: int = SLICE) -> list[SamplePerson]:
    """The customers from number * SLICE on, at most `size` of them."""
    random = Random(f"{seed}:{number}")  # noqa: S311  # invented people
    return [_make_person(number * SLICE + n, now, random) for n in range(min(size, SLICE))]


def name_customer(number: int) -> str:
    """The id of a customer, from 0."""
    return f"b{number:07}"


def happen(customer_id: str, stage: str, seed: int, now: int) -> list[Happening]:
    """What a customer with a name of their own did, who has this stage."""
    random = Random(f"{seed}:{customer_id}")  # noqa: S311  # as above
    habit = next((one for one in HABITS if one.stage == stage), HABITS[0])
    return list_happenings(habit, CHANNELS[int(random.random() * len(CHANNELS))], now, random)


def _make_person(number: int, now: int, random: Random) -> SamplePerson:
    pick = random.random
    community = _COMMUNITY_OF[int(pick() * len(_COMMUNITY_OF))]
    habit = _HABIT_OF[int(pick() * len(_HABIT_OF))]
    language = community.language
    name, family, mailbox = _name(community, pick(), pick())
    channel = CHANNELS[int(pick() * len(CHANNELS))]
    happened = list_happenings(habit, channel, now, random)
    days = _days_as_customer(habit, pick())
    since = now - days * DAY
    values = _list_values(habit, language, happened, now, since, random)
    values["family_name"] = family
    addresses = [("phone", _number(number))]
    if pick() < 0.85:
        addresses.append(("email", f"{mailbox}{number}@mail.example"))
    past: list[tuple[str, Any, Any, int]] = []
    if habit.stage in ("at_risk", "lapsed"):
        past.append(("stage", "established", habit.stage, now - int(20 + pick() * 150) * DAY))
    if pick() < 0.08:
        cities = CITIES[language]
        past.append(("city", cities[int(pick() * len(cities))], values["city"], now - int(pick() * DAYS) * DAY))
    return SamplePerson(name_customer(number), name, habit.tier, language, since, values, addresses, happened, past)


def _name(community: Community, first: float, second: float) -> tuple[str, str, str]:
    """The name as it is written, the family name, and the name as a mailbox has it."""
    given = community.given[int(first * len(community.given))]
    family = community.family[int(second * len(community.family))]
    if community.is_chinese:
        given, _, given_sound = given.partition("/")
        family, _, family_sound = family.partition("/")
        return family + given, family, f"{family_sound}.{given_sound}"
    whole = f"{family} {given}" if community.is_family_first else f"{given} {family}"
    return whole, family, f"{_FOLDED[given]}.{_FOLDED[family]}"


def _number(number: int) -> str:
    if number < _DEMO_NUMBERS:
        return f"+467017{45_000 + number}"
    return f"+999{number:09}"


def _days_as_customer(habit: Habit, random: float) -> int:
    if habit.stage in ("new", "prospect"):
        return int(5 + random * 170)
    return int(560 + random * random * 8_500)


def _list_values(
    habit: Habit, language: str, happened: Iterable[Happening], now: int, since: int, random: Random
) -> dict[str, Any]:
    pick = random.random
    bank, post = BANK[language], POST[language]
    relation = pick()  # half with both, a third with the bank alone
    year = now - 365 * DAY
    paid_ever = paid_now = 0
    for kind, _, at, amount in happened:
        if kind == "payment" and amount:
            paid_ever += amount
            paid_now += amount if at >= year else 0
    years = max((now - since) // (365 * DAY), 0)
    now_euros = paid_now // 10_000
    cities, streets = CITIES[language], STREETS[language]
    born = _EPOCH + timedelta(days=int(-9_000 + pick() * 22_000))
    products = _take(bank, pick(), pick()) if relation < 0.85 else []
    if relation > 0.33:
        products += _take(post, pick(), pick())
    prefers = PREFERS[language]
    values: dict[str, Any] = {
        "city": cities[int(pick() ** 1.5 * len(cities))],
        "products": products if habit.stage != "prospect" else [],
        "since_year": datetime.fromtimestamp(since / 1e6, UTC).year,
        "stage": habit.stage,
        "value_past": paid_ever // 10_000 + now_euros * min(years, 12) // 2,
        "value_now": now_euros,
        "value_potential": int(now_euros * (1.1 + 2.4 * pick())) + 50,
        "prefers": [prefers[int(pick() * len(prefers))]],
        "street": f"{streets[int(pick() * len(streets))]} {1 + int(pick() * 88)}",
        "postcode": f"{100 + int(pick() * 880)} {10 + int(pick() * 89)}",
        "paper_statements": pick() < 0.2,
    }
    if pick() < 0.8:
        values["birthday"] = born.isoformat()
    if pick() < 0.6:
        values["preferred_channel"] = ("phone", "sms", "email")[int(pick() * 3)]
    if pick() < 0.07:
        notes = NOTES[language]
        values["note"] = notes[int(pick() * len(notes))]
    if pick() < habit.sign:
        signs = SIGNS[language]
        values["early_sign"] = signs[int(pick() * len(signs))]
    return values


def _take(products: tuple[str, ...], how_many: float, which: float) -> list[str]:
    """The most common product and up to three others."""
    others = len(products) - 1
    places = [0] if how_many < 0.9 else []
    places += [1 + int(which * others * (n + 1)) % others for n in range(int(how_many * 3.4))]
    return [products[place] for place in dict.fromkeys(places)]


def only_known(values: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    """Of the values those whose attributes the policy has."""
    return {name: value for name, value in values.items() if name in names and value not in ("", [])}
