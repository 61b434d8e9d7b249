"""The menu that a caller hears before they wait: its pages, and what becomes of each answer.

The rule of this file: the menu's state travels in the signed address of the next question, and never in memory. So
any process answers any step, also after a restart. Each choice is stored before the caller hears what follows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog
from aiohttp import web

from channels.channel import (
    AppointmentWished,
    CallArrived,
    ChosenTime,
    Hub,
    MenuAnswered,
    MenuPage,
    MenuState,
    MenuTurn,
    Route,
)
from channels.phone.intents import AskMenu, EndCall, GoOn, Intent, Say
from channels.phone.notices import parse_arrival
from channels.phone.rooms import MENU, Rooms
from channels.phone.voice_answers import VoiceAnswers, ask_again
from channels.phone.words import APOLOGY, announce, find_ear, find_voice, say_goodbye
from channels.twilio.webhook import BadForm, Form

NO_MENU = "-"  # in its place in the state of a caller who waits, and chooses a time
LONGEST_SPEECH = 200  # characters of what a caller said
MOST_PAGES = 50  # of one call; then a person
SECONDS = 6  # of silence after the words

log = structlog.get_logger()


class PhoneMenus:
    def __init__(self, answers: VoiceAnswers, rooms: Rooms, hub: Hub) -> None:
        self._answers, self._rooms, self._hub = answers, rooms, hub

    def routes(self) -> Sequence[Route]:
        return (Route("POST", MENU, self._on_answer, "provider"),)

    def ask(self, call_id: str, page: MenuPage) -> Sequence[Intent]:
        """Say the page, and ask for a key or a word. Who keeps silent is asked again, or hears goodbye after an
        answer."""
        url, language = self._rooms.menu_url(call_id, page.state), page.state.language
        words = tuple(Say(one.text, find_voice(one.language)) for one in page.words)
        if page.is_end:
            return (*words, EndCall())
        if page.is_moment:
            return (*words, GoOn(url))
        ask = AskMenu(words, url, find_ear(language) if page.speech else "", page.speech, SECONDS)
        return (ask, say_goodbye(language), EndCall()) if page.is_last else (ask, GoOn(url))

    async def _on_answer(self, request: web.Request) -> web.Response:
        state, tries = find_state(request.query), _read_tries(request.query)

        async def decide(form: Form) -> Sequence[Intent]:
            return await self._take(request.query, state, form)

        def ask_later(form: Form) -> Sequence[Intent]:
            if state is None:
                return APOLOGY
            keys, speech = read_answer(request.query, form)
            return ask_again(tries, self._rooms.menu_url(form.get("CallSid", ""), state, keys, speech, tries + 1))

        return await self._answers.answer(request, decide, instead=APOLOGY, again=ask_later)

    async def _take(self, query: Mapping[str, str], state: MenuState | None, form: Form) -> Sequence[Intent]:
        arrival = parse_arrival(form)
        if state is None or query.get("call") != arrival.call_id:
            log.warning("menu_address_not_ours", call_id=arrival.call_id)
            return APOLOGY
        keys, speech = read_answer(query, form)
        return await self._tell(arrival, state, await self._hub.answer_menu(state, keys, speech, arrival))

    async def choose_time(self, call_id: str, language: str, form: Form) -> Sequence[Intent]:
        """The first page of times for a caller who waits. They keep their place meanwhile."""
        arrival = parse_arrival(form)
        if arrival.call_id != call_id:
            raise BadForm("call is not the one that asks")
        state = MenuState(NO_MENU, language, 1, 0)
        return await self._tell(arrival, state, await self._hub.answer_menu(state, "", "", arrival))

    async def _tell(self, arrival: CallArrived, state: MenuState, turn: MenuTurn) -> Sequence[Intent]:
        """Store what the caller has chosen, and say what follows."""
        language = turn.page.state.language if turn.page is not None else turn.language
        if turn.chosen is not None and turn.page is not None:
            await self._hub.accept((build_wish(arrival, turn.chosen, language),))
            turn = await self._hub.answer_menu(turn.page.state, "", "", arrival)
        if state.menu == NO_MENU:
            return self.ask(arrival.call_id, turn.page) if turn.page else (self._rooms.join(arrival.call_id),)
        if turn.page is None:
            choice = build_choice(arrival, state, turn.option, turn.language)
            announcement = await self._hub.find_announcement(arrival, choice)
            if announcement is not None:
                choice = replace(choice, announced=announcement.message)
            await self._hub.accept((choice,))
            return (*announce(announcement), self._rooms.join(arrival.call_id))
        if turn.option:
            await self._hub.accept((build_choice(arrival, state, turn.option, turn.page.state.language),))
        return self.ask(arrival.call_id, turn.page)


def read_answer(query: Mapping[str, str], form: Form) -> tuple[str, str]:
    """(key, speech) of the form, or those that the address carries because the hub was late."""
    keys, speech = form.get("Digits", ""), form.get("SpeechResult", "")
    if not keys and not speech:
        keys, speech = query.get("d", ""), query.get("s", "")
    return keys[:1], speech[:LONGEST_SPEECH]


def build_choice(arrival: CallArrived, state: MenuState, option: str, language: str) -> MenuAnswered:
    key = f"{arrival.key.removesuffix(':inbound')}:menu:{state.number}:{option}"
    return MenuAnswered(key, arrival.call_id, state.menu, option, language)


def build_wish(arrival: CallArrived, chosen: ChosenTime, language: str) -> AppointmentWished:
    key = f"{arrival.key.removesuffix(':inbound')}:appointment:{chosen.wish_id}"
    at = chosen.at * 1_000_000
    number = arrival.from_address
    return AppointmentWished(key, arrival.call_id, chosen.wish_id, number, at, language, queue=chosen.queue)


def find_state(query: Mapping[str, str]) -> MenuState | None:
    """The state in an address of ours. None if it is none: a stranger's, or of another release."""
    try:
        menu, language = _read_word(query, "menu"), _read_word(query, "language")
        numbers = _read_number(query, "n", MOST_PAGES), _read_number(query, "m", 9)
        return MenuState(menu, language, *numbers, place=_read_place(query.get("at", "")))
    except BadForm as error:
        log.warning("menu_state_not_understood", problem=str(error))
        return None


def _read_word(query: Mapping[str, str], name: str) -> str:
    word = query.get(name, "")
    if not 0 < len(word) <= 63 or not all(one.isascii() and (one.isalnum() or one in "-_") for one in word):
        raise BadForm(f"{name} is missing or malformed")
    return word


def _read_place(text: str) -> str:
    """Letters, keys and numbers between dots, or nothing."""
    if len(text) > 80 or not all(one.isascii() and (one.isalnum() or one in "-.") for one in text):
        raise BadForm("at is malformed")
    return text


def _read_number(query: Mapping[str, str], name: str, most: int) -> int:
    text = query.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and int(text) <= most):
        raise BadForm(f"{name} is missing or malformed")
    return int(text)


def _read_tries(query: Mapping[str, str]) -> int:
    text = query.get("t", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) == 1 else 0
