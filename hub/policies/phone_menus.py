"""The menus that callers hear: what each offers, what is wrong with them, and what a caller's choice means.

The rule of this file: pure. A menu is data, and every way in it ends with a person: the queue of the entry takes
each caller whom the menu does not understand. A caller id is only claimed, so no text of a menu depends on who calls.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from channels.wording import written
from hub.policies.agent_requirements import RequirementPolicy
from hub.policies.names import Id, LanguageTag, Names
from hub.toml_files.problems import Section, say_misplaced, say_unknown
from hub.toml_files.toml_lines import Key

NO_CALL_HOURS = "belongs to a queue without hours, so its times have no end: give the queue `hours`"
MOST_MISSES = 3  # inputs that the menu does not understand; then a person
Words = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=60)], ...], Field(min_length=1, max_length=20)]
_TO_PERSON = ("queue", "voicemail", "callback")


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuOption(Section):
    """One key of a menu. Exactly one of `queue`, `menu`, `answer`, `voicemail`, `callback`, `appointment` and
    `language` says where it leads."""

    key: Annotated[str, written(r"[0-9]", "one digit from 0 to 9")]
    names: Names  # for agents and on the picture
    says: Id  # the message that offers it: "For cards, press 1."
    speech: Mapping[LanguageTag, Words] = field(default_factory=dict)  # what callers may say instead
    queue: Id | Literal[""] = ""
    menu: Id | Literal[""] = ""
    answer: Id | Literal[""] = ""  # a message. Who hangs up after it has served themselves
    voicemail: Id | Literal[""] = ""  # a queue: the caller leaves a message and is called back
    callback: Id | Literal[""] = ""  # a queue: the caller keeps a place in it and is called back
    appointment: Id | Literal[""] = ""  # a queue: the caller chooses when it calls them
    message: Id | Literal[""] = ""  # of voicemail and callback: the words before the tone, or the line's end
    language: LanguageTag | Literal[""] = ""  # the same menu in this language, which offers it in its own words
    requirement: RequirementPolicy | None = None  # of the agent; missing: the entry's
    purpose: Id | Literal[""] = ""  # what the caller wants, as scripts name it; the latest chosen counts

    @property
    def actions(self) -> list[str]:
        return [name for name in (*_TO_PERSON, "appointment", "menu", "answer", "language") if getattr(self, name)]

    @property
    def target_queue(self) -> str:
        return self.queue or self.voicemail or self.callback


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuPolicy(Section):
    names: Names
    greeting: Id  # the message at the beginning
    hours: Id | Literal[""] = ""
    closed_greeting: Id | Literal[""] = ""  # the message outside these hours
    not_understood: Id  # the message before the options are repeated
    options: Annotated[tuple[MenuOption, ...], Field(min_length=1, max_length=10)]
    straight_through: tuple[Id, ...] = ()  # the tiers whose known customers hear no menu
    requires_language: bool = False  # True: an agent must speak the language that the caller chose

    def find_option(self, key: str) -> MenuOption | None:
        return next((option for option in self.options if option.key == key), None)

    def understand(self, keys: str, speech: str, language: str) -> MenuOption | None:
        """The option that the caller means. None if it is none of them, or if their words fit two."""
        if keys:
            return self.find_option(keys)
        said = f" {_plain(speech)} "
        meant = [one for one in self.options if any(_fits(said, words) for words in one.speech.get(language, ()))]
        return meant[0] if len(meant) == 1 else None

    def list_speech(self, language: str) -> list[str]:
        return [words for option in self.options for words in option.speech.get(language, ())]


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def _fits(said: str, words: str) -> bool:
    """Whether the words are said. Chinese has no spaces between words, so they may stand anywhere."""
    plain = _plain(words)
    return bool(plain) and (f" {plain} " in said if plain.isascii() else plain in said)


@dataclass(frozen=True, slots=True)
class MenuSurroundings:
    """What menus may name: messages, opening hours, tiers, languages, queues that take calls, queues that call back,
    and those of them that do so in certain hours."""

    messages: Sequence[str]
    hours: Sequence[str]
    tiers: Sequence[str]
    languages: Sequence[str]
    queues: Sequence[str]
    calling: Sequence[str]
    with_hours: Sequence[str]


def check_menus(menus: Mapping[str, MenuPolicy], around: MenuSurroundings) -> Iterator[tuple[Key, str]]:
    """Every problem, with its key below `menus`."""
    for name, menu in menus.items():
        for key, what in _check_menu(menu, menus, around):
            yield (name, *key), what
        if not _reaches_person(menus, name):
            yield (name, "options"), "lead to no person: add one with queue, voicemail or callback"


def _check_menu(
    menu: MenuPolicy, menus: Mapping[str, MenuPolicy], around: MenuSurroundings
) -> Iterator[tuple[Key, str]]:
    for part in ("greeting", "closed_greeting", "not_understood"):
        if (message := getattr(menu, part)) and message not in around.messages:
            yield (part,), say_unknown("a message", around.messages)
    if bool(menu.hours) != bool(menu.closed_greeting):
        yield ("closed_greeting",), say_misplaced("hours", bool(menu.closed_greeting))
    if menu.hours and menu.hours not in around.hours:
        yield ("hours",), say_unknown("opening hours", around.hours)
    for n, tier in enumerate(menu.straight_through):
        if tier not in around.tiers:
            yield ("straight_through", n), say_unknown("a tier", around.tiers)
    yield from _check_names(("names",), menu.names, around)
    heard: set[str] = set()
    said: set[tuple[str, str]] = set()
    for n, option in enumerate(menu.options):
        if option.key in heard:
            yield ("options", n, "key"), "repeats an earlier one: change it, or take this one away"
        heard.add(option.key)
        for key, what in _check_option(option, menus, around):
            yield ("options", n, *key), what
        for language, words in option.speech.items():
            for m, each in enumerate(words):
                if (language, _plain(each)) in said:
                    yield ("options", n, "speech", language, m), "is said for an earlier option too: change one"
                said.add((language, _plain(each)))


def _check_option(
    option: MenuOption, menus: Mapping[str, MenuPolicy], around: MenuSurroundings
) -> Iterator[tuple[Key, str]]:
    if len(option.actions) != 1:
        yield (
            (),
            "must lead to one thing: give it one of queue, menu, answer, voicemail, callback, appointment, language",
        )
    for part in ("says", "answer", "message"):
        if (message := getattr(option, part)) and message not in around.messages:
            yield (part,), say_unknown("a message", around.messages)
    if bool(option.message) != bool(option.voicemail or option.callback):
        yield ("message",), say_misplaced("voicemail or callback", bool(option.message))
    if option.menu and option.menu not in menus:
        yield ("menu",), say_unknown("a menu", menus)
    if option.language and option.language not in around.languages:
        yield ("language",), say_unknown("a language of the policy", around.languages)
    for action in (*_TO_PERSON, "appointment"):
        if (queue := getattr(option, action)) and queue not in around.queues:
            yield (action,), say_unknown("a queue for calls", around.queues)
        elif queue and action != "queue" and queue not in around.calling:
            yield (action,), "names a queue that calls nobody back: give it a callback table, or name another queue"
    if option.appointment in around.calling and option.appointment not in around.with_hours:
        yield ("appointment",), "names a queue without hours, so its times have no end: give the queue `hours`"
    if option.requirement is not None and not option.target_queue:
        yield ("requirement",), say_misplaced("queue, voicemail or callback", True)
    if option.purpose and not (option.target_queue or option.answer):
        yield ("purpose",), say_misplaced("queue, voicemail, callback or answer", True)
    for language in option.speech:
        if language not in around.languages:
            yield ("speech", language), say_unknown("a language of the policy", around.languages)
    yield from _check_names(("names",), option.names, around)


def _check_names(at: Key, names: Mapping[str, str], around: MenuSurroundings) -> Iterator[tuple[Key, str]]:
    if missing := [language for language in around.languages if language not in names]:
        yield at, f"has no name in {', '.join(missing)}: add one"


def _reached(menus: Mapping[str, MenuPolicy], begin: Sequence[str]) -> set[str]:
    """These menus, and all to which their options lead."""
    found: set[str] = set()
    waiting = [name for name in begin if name in menus]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [option.menu for option in menus[name].options if option.menu in menus]
    return found


def _reaches_person(menus: Mapping[str, MenuPolicy], name: str) -> bool:
    return any(option.target_queue for one in _reached(menus, [name]) for option in menus[one].options)
