"""What a caller hears next in a menu, from the policy in force and the state that the caller's address carries.

The rule of this file: it reads storage and changes nothing, so any process gives the same page. A caller id is only
claimed: the words are the same for everybody, and a customer of a tier that hears no menu is told nothing of it.
"""

from collections.abc import Sequence
from dataclasses import replace

from channels.answers import Announcement, MenuPage, MenuState, MenuTurn, MenuWords
from channels.channel import CallArrived, MenuAnswered
from hub.batch.new_interaction import address_key, channel_of
from hub.call_lifecycle import IN_MENU
from hub.clock import Clock
from hub.policies.in_force import PolicyBook
from hub.policies.phone_menus import MOST_MISSES, MenuOption, MenuPolicy
from hub.policies.stored_versions import load_book
from hub.screens.time_menus import WAITING_LINE, TimeMenus, begin
from hub.storage import calls_and_chats, customers
from hub.storage.database import Connection, Database
from routing.hours import is_open

MOST_PAGES = 40  # that a caller hears; then a person


class MenuTurns:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def open(self, arrival: CallArrived) -> MenuPage | None:
        """The first page. None if the caller goes straight into the room."""
        channel = channel_of(arrival.key)
        async with self._db.read() as conn:
            book = await load_book(conn)
            if book is None or not book.document.menus:
                return None
            entry = book.get_entry(channel, arrival.to_address)
            menu = book.document.menus.get(entry.menu)
            if menu is None:
                return None
            key = address_key(channel, arrival.from_address)
            owner = (await customers.find_owners(conn, [key])).get(key)
            chosen = await customers.find_address_language(conn, *key)
            stored = await calls_and_chats.find_stored_place(conn, arrival.call_id)
        if stored is not None and stored.call_state not in IN_MENU:
            return None  # it has left the menu: this webhook comes again
        if owner is not None and book.find_moved_tier(owner.customer.tier) in menu.straight_through:
            return None
        known = chosen or (owner.customer.language if owner is not None else "")
        language = next(
            one for one in (known, entry.language, book.document.languages[0]) if one in book.document.languages
        )
        state = MenuState(entry.menu, language, 1, 0)
        return self._build(book, menu, state, (self._greeting(book, menu),))

    async def find_announcement(self, arrival: CallArrived, choice: MenuAnswered | None) -> Announcement | None:
        """The words on the recording of this call, in the caller's language. None if it is not recorded in the queue
        that they enter: by their choice in a menu, else by the number that they called."""
        channel = channel_of(arrival.key)
        async with self._db.read() as conn:
            book = await load_book(conn)
            if book is None or not any(queue.recording for queue in book.document.queues):
                return None
            entry = book.get_entry(channel, arrival.to_address)
            menu = book.document.menus.get(choice.menu) if choice is not None else None
            option = menu.find_option(choice.option) if menu is not None and choice is not None else None
            recording = book.find_recording(option.queue if option is not None else entry.queue, "in")
            if recording is None:
                return None
            language = choice.language if choice is not None else await self._find_language(conn, book, arrival)
        text = book.find_text(recording.announcement, language)
        return Announcement(recording.announcement, MenuWords(text, language)) if text else None

    async def _find_language(self, conn: Connection, book: PolicyBook, arrival: CallArrived) -> str:
        """The language of a caller: theirs if it is known, else that of the number that they called."""
        channel = channel_of(arrival.key)
        key = address_key(channel, arrival.from_address)
        owner = (await customers.find_owners(conn, [key])).get(key)
        known = await customers.find_address_language(conn, *key)
        wanted = (
            known,
            owner.customer.language if owner else "",
            book.get_entry(channel, arrival.to_address).language,
        )
        return next((one for one in wanted if one in book.document.languages), book.document.languages[0])

    async def answer(self, state: MenuState, keys: str, speech: str, arrival: CallArrived) -> MenuTurn:
        """What becomes of the caller's answer. Both empty: they were silent."""
        async with self._db.read() as conn:
            book = await load_book(conn)
            if book is None or state.number >= MOST_PAGES:
                return MenuTurn(None, "", state.language)
            languages = book.document.languages
            language = state.language if state.language in languages else languages[0]
            times = TimeMenus(conn, book, arrival, self._clock.now())
            if state.place:
                return await times.answer(replace(state, language=language), keys)
            if state.menu == WAITING_LINE:
                return await times.show(begin(state, WAITING_LINE, self._clock.now()))
            menu = book.document.menus.get(state.menu)
            if menu is None:
                return MenuTurn(None, "", state.language)
            option = menu.understand(keys, speech, language)
            number = state.number + 1
            if option is not None and option.appointment:
                following = begin(MenuState(state.menu, language, number, 0), option.key, self._clock.now())
                return replace(await times.show(following), option=option.key)
        if option is None:
            if state.misses + 1 >= MOST_MISSES:
                return MenuTurn(None, "", language)
            again = MenuState(state.menu, language, number, state.misses + 1)
            return MenuTurn(self._build(book, menu, again, (menu.not_understood,)), "", language)
        return self._follow(book, menu, option, MenuState(state.menu, language, number, 0))

    def _follow(self, book: PolicyBook, menu: MenuPolicy, option: MenuOption, state: MenuState) -> MenuTurn:
        menus = book.document.menus
        if option.language:
            state = MenuState(state.menu, option.language, state.number, 0)
            page = self._build(book, menu, state, (self._greeting(book, menu),))
        elif option.menu in menus:
            following = menus[option.menu]
            state = MenuState(option.menu, state.language, state.number, 0)
            page = self._build(book, following, state, (self._greeting(book, following),))
        elif option.answer:
            page = self._build(book, menu, state, (option.answer,), is_last=True)
        else:
            return MenuTurn(None, option.key, state.language)
        return MenuTurn(page, option.key, state.language)

    def _greeting(self, book: PolicyBook, menu: MenuPolicy) -> str:
        hours = next((one for one in book.document.hours if one.id == menu.hours), None)
        if hours is None:
            return menu.greeting
        in_hub_time = hours.build(book.document.time_zone, book.wall_ahead)
        return menu.greeting if is_open(in_hub_time, self._clock.now()) else menu.closed_greeting

    def _build(
        self,
        book: PolicyBook,
        menu: MenuPolicy,
        state: MenuState,
        first: Sequence[str],
        *,
        is_last: bool = False,
    ) -> MenuPage:
        said = [(message, state.language) for message in first]
        offered = [option for option in menu.options if option.language != state.language]
        said += [(option.says, option.language or state.language) for option in offered]
        words = [MenuWords(book.find_text(message, language), language) for message, language in said]
        speech = tuple(menu.list_speech(state.language))
        return MenuPage(tuple(one for one in words if one.text), state, speech, is_last)
