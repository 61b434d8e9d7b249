"""How the customers of the sample base behave: what they do in 18 months, by habit.

The rule of this file: what somebody does follows from their habit and the random numbers that are given, and nothing
happens after `now`. Instants are microseconds, UTC; they fall into the day, from 7:00 to 19:00 UTC.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

DAY: Final = 86_400_000_000
DAYS: Final = 548  # 18 months
_MORNING: Final = 7 * 3_600_000_000
_OPEN: Final = 12 * 3_600_000_000

# One that happened: kind, label, at, amount in ten-thousandths
Happening = tuple[str, str, int, int | None]


@dataclass(frozen=True, slots=True)
class Habit:
    """`share`: of a hundred customers. Rates are a month's: payments, complaints, visits, contacts.

    `course`: a factor by how long ago, from 0 (today) to 1 (18 months ago), so that some rise and some lapse.
    """

    name: str
    share: int
    stage: str
    tier: str
    rates: tuple[float, float, float, float]
    course: Callable[[float], float]
    worth: int  # the usual amount of a payment
    sign: float = 0.0  # how often there is an early sign


def _steady(ago: float) -> float:
    return 1.0


def _rising(ago: float) -> float:
    return 1.8 * (1.0 - ago) ** 2


def _lapsing(ago: float) -> float:
    return 1.9 * ago * ago


def _gone(ago: float) -> float:
    return 1.6 if ago > 0.55 else 0.0


def _recent(ago: float) -> float:
    return 1.0 if ago < 0.3 else 0.0


HABITS: Final = (
    Habit("steady", 34, "established", "standard", (0.40, 0.01, 0.08, 0.08), _steady, 60),
    Habit("rising", 13, "established", "gold", (0.80, 0.01, 0.10, 0.15), _rising, 220),
    Habit(
        "festive", 10, "established", "standard", (0.35, 0.02, 0.15, 0.05), _steady, 45
    ),  # parcels before Christmas
    Habit("wealthy", 4, "established", "platinum", (0.90, 0.01, 0.15, 0.25), _steady, 1_900),
    Habit("lapsing", 12, "at_risk", "standard", (0.50, 0.05, 0.08, 0.12), _lapsing, 70, 0.4),
    Habit("angry", 4, "at_risk", "gold", (0.35, 0.30, 0.06, 0.40), _steady, 160, 0.7),
    Habit("lapsed", 9, "lapsed", "standard", (0.40, 0.02, 0.05, 0.06), _gone, 50),
    Habit("recent", 10, "new", "standard", (0.60, 0.02, 0.15, 0.25), _recent, 55),
    Habit("prospect", 4, "prospect", "standard", (0.0, 0.0, 0.05, 0.15), _recent, 0),
)

CHANNELS: Final = ("phone", "phone", "phone", "webchat", "webchat", "sms", "email")
_PLACES: Final = ("branch", "branch", "post_office", "parcel_shop")
_PAID_WITH: Final = ("card", "card", "transfer", "parcel", "fee")
_CAUSES: Final = ("parcel", "fee", "card", "waiting")
_MOST: Final = 2.4  # of course times season: what is above it is cut
_BY_MONTH: Final = (0.8, 0.8, 0.9, 1.0, 1.0, 0.9, 0.7, 0.8, 1.0, 1.1, 1.3, 1.7)  # a year of a bank and a post
_FESTIVE: Final = tuple(factor**3 for factor in _BY_MONTH)


def list_happenings(habit: Habit, channel: str, now: int, random: Random) -> list[Happening]:
    """What a customer of this habit has done, in no order. `channel`: the one that they like best."""
    today = now - now % DAY
    day, course, seasons = today / DAY, habit.course, _FESTIVE if habit.name == "festive" else _BY_MONTH
    found: list[Happening] = []
    pick, uniform = random.random, random.uniform
    months = DAYS / 30.4
    for which, rate in enumerate(habit.rates):
        tries = rate * months * _MOST
        for _ in range(int(tries * (0.7 + 0.6 * pick()) + pick())):
            ago = pick()
            month = int((day - ago * DAYS) % 365.25 / 30.44)
            if pick() * _MOST > course(ago) * seasons[month if month < 12 else 11]:
                continue
            at = today - int(ago * DAYS) * DAY + _MORNING + int(pick() * _OPEN)
            if at >= now:
                at -= DAY
            if which == 0:
                amount = int(habit.worth * uniform(0.3, 2.2) * 100) * 100
                found.append(("payment", _PAID_WITH[int(pick() * 5)], at, amount))
            elif which == 1:
                found.append(("complaint", _CAUSES[int(pick() * 4)], at, None))
            elif which == 2:
                found.append(("visit", _PLACES[int(pick() * 4)], at, None))
            else:
                found.append(("contact", channel if pick() < 0.6 else CHANNELS[int(pick() * 7)], at, None))
    return found
