"""Whether a password is easy to guess. Nothing leaves this machine.

The rule of this file: `zxcvbn` estimates the guesses, and the lowest of several estimates counts. It weighs the
password, and again the rest after the parts that cost a guesser nothing are removed: repetitions, and words that
everybody tries here (also the person's names). A year and marks around a word or two cost `ORNAMENTS` guesses. The
English lists of the library take pinyin for noise, so pinyin is weighed by its syllables.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final

from hub.access.expected_passwords import CHINESE, PHRASES, WORDS

WEIGHED: Final = 72  # characters that are weighed: the library takes no more
SAFE_GUESSES: Final = 10**10  # zxcvbn's score 4; score 3 accepts the names of seasons in other languages
# Guesses for a year, a number and marks where people put them: 150 years or the numbers to 9999, before or after
ORNAMENTS: Final = 10**4
MOST_ORNAMENTS: Final = 2
LONGEST_ORNAMENT: Final = 6
# Guesses for one syllable of pinyin. There are 400 syllables, but phrases use few of them in few orders. With this
# figure nine syllables are enough for a password.
SYLLABLE_GUESSES: Final = 16
FEWEST_SYLLABLES: Final = 3
SHORTEST_REPEAT: Final = 3  # characters: random text repeats only shorter runs

_SYLLABLE = re.compile(
    "(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    "(?:iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|ai|ei|ao|ou|an|en|er|ia|ie|iu|in|ua|uo|ui|un|ue|[aoeiuv])"
)
_LONGEST_SYLLABLE = 6
_RUNS = re.compile(r"[^\W\d_]+|\d+|[\W_]+")


def is_guessable(password: str, about: Iterable[str]) -> bool:
    """Whether a patient stranger can find the password: it takes fewer than `SAFE_GUESSES` guesses. `about`: the
    names of the person and of the organisation."""
    text = unicodedata.normalize("NFKC", password)
    text = re.sub(r"^(.+?)\1+$", r"\1", text, flags=re.DOTALL)  # a repeated text is as easy as one copy
    words = {*WORDS, *PHRASES, *CHINESE} | {
        word.casefold() for name in about for word in (name, *re.split(r"\W+", name)) if len(word) > 2
    }
    once = _drop_repeats(text)
    plain = re.sub(r"[\W_]+", "", once)
    rest = plain
    for word in sorted(words, key=len, reverse=True):
        rest = re.sub(re.escape(re.sub(r"[\W_]+", "", word)), "", rest, flags=re.IGNORECASE)
    if not rest:
        return True
    looked_at = {text, once} | ({rest} if rest != plain else set())
    if min(_weigh(each, words) for each in looked_at) < SAFE_GUESSES:
        return True
    return _weigh_words(once, words) < SAFE_GUESSES or _weigh_pinyin(rest, words) < SAFE_GUESSES


def _weigh(text: str, words: Iterable[str]) -> float:
    """The library's estimate of guesses."""
    from zxcvbn import zxcvbn  # imported here, because its word lists take long to load

    return float(zxcvbn(text[:WEIGHED], user_inputs=sorted(words))["guesses"]) if text else 1.0


def _drop_repeats(text: str) -> str:
    """The text with each word and number once: `Tulip7!Tulip` costs no more than `Tulip7!`."""
    runs = dict[str, str]()
    for number, run in enumerate(_RUNS.findall(text)):
        runs.setdefault(run.casefold() if len(run) >= SHORTEST_REPEAT else str(number), run)
    return "".join(runs.values())


def _weigh_words(text: str, words: Iterable[str]) -> float:
    """Guesses for the words and their ornaments, if the rest is only a year or marks. Else SAFE_GUESSES: no
    objection."""
    runs = _RUNS.findall(text)
    letters = [run for run in runs if run[0].isalpha()]
    beside = re.split(r"[^\W\d_]+", text)
    ornaments = [each for each in beside if each.strip()]
    is_ornamented = len(ornaments) <= MOST_ORNAMENTS and max(map(len, ornaments), default=0) <= LONGEST_ORNAMENT
    if not ornaments or not letters or not is_ornamented:
        return SAFE_GUESSES
    return _weigh("".join(letters), words) * ORNAMENTS


def _weigh_pinyin(text: str, words: Iterable[str]) -> float:
    letters = "".join(re.findall("[a-z]+", text.casefold()))
    rest = re.sub("[a-z]+", "", text.casefold())
    syllables = count_syllables(letters)
    if syllables < FEWEST_SYLLABLES:
        return SAFE_GUESSES
    return float(SYLLABLE_GUESSES**syllables) * _weigh(rest, words)


@cache
def _is_syllable(text: str) -> bool:
    return _SYLLABLE.fullmatch(text) is not None


def count_syllables(letters: str) -> int:
    """The smallest number of pinyin syllables that spell these letters; 0 if none do."""
    letters = letters[:WEIGHED]
    fewest: list[int | None] = [0]
    for end in range(1, len(letters) + 1):
        starts = range(max(0, end - _LONGEST_SYLLABLE), end)
        counts = [
            count + 1 for start in starts if (count := fewest[start]) is not None and _is_syllable(letters[start:end])
        ]
        fewest.append(min(counts, default=None))
    return fewest[-1] or 0
