"""A caller in a menu: what is heard, what is chosen, and where that leads."""

from dataclasses import replace

import pytest

from channels.channel import CallArrived, LegJoined, LegRole, MenuAnswered, MenuPage, MenuState, MenuTurn
from channels.phone.menu_pages import NO_MENU, build_choice, build_wish
from hub.policies.stored_versions import publish_policy
from hub.screens.menu_turns import MenuTurns
from hub.storage.documents import PolicyPublished
from routing.model import SECOND
from tests.hub.house import BOTH, House
from tests.hub.notices import GUS, PIA, SAM, STRANGER, call, customer_left, voicemail

MENU_NUMBER = "+46850005030"


class Caller:
    """Somebody who has called the number with the menu."""

    def __init__(self, house: House, arrival: CallArrived) -> None:
        self.house, self.arrival = house, arrival
        self.page: MenuPage | None = None

    async def arrive(self) -> "Caller":
        self.page = await self.house.host.open_menu(self.arrival)
        state = self.page.state if self.page else MenuState("", "", 0, 0)
        await self.house.take(replace(self.arrival, menu=state.menu, language=state.language))
        return self

    async def answer(self, keys: str = "", speech: str = "") -> MenuTurn:
        assert self.page is not None
        state = self.page.state
        turn = await self.house.host.answer_menu(state, keys, speech, self.arrival)
        if turn.chosen is not None and turn.page is not None:  # as the phone does it
            await self.house.take(build_wish(self.arrival, turn.chosen, turn.page.state.language))
            turn = await self.house.host.answer_menu(turn.page.state, "", "", self.arrival)
        if (turn.option or turn.page is None) and state.menu != NO_MENU:
            language = turn.page.state.language if turn.page else turn.language
            await self.house.take(build_choice(self.arrival, state, turn.option, language))
        self.page = turn.page
        return turn

    @property
    def heard(self) -> list[str]:
        assert self.page is not None
        return [one.text for one in self.page.words]


async def dial(house: House, sender: str = SAM, call_id: str = "CA1") -> Caller:
    return await Caller(house, call(call_id, sender, to_address=MENU_NUMBER)).arrive()


async def row_of(house: House, call_id: str = "CA1") -> dict[str, object]:
    return dict(await house.interaction(provider_ref=call_id))


@BOTH
async def test_a_choice_leads_to_its_queue_and_the_agent_reads_it(house: House) -> None:
    ada = await house.seat("ada")
    caller = await dial(house)
    assert caller.heard[0].startswith("Welcome to Nordpost Bank.")
    assert ada.offers == [], "nobody is offered who is still choosing"
    assert (await row_of(house))["call_state"] == "menu"
    turn = await caller.answer("1")
    assert (turn.page, turn.option) == (None, "1")
    row = await row_of(house)
    assert (row["queue"], row["call_state"]) == ("cards", "waiting")
    held = await house.accept("ada")
    (fact,) = [one for one in held["messages"] if one["fact"] == "menu_chosen"]
    assert fact["data"] == {"key": "1", "en": "Cards", "zh-CN": "银行卡"}
    await house.check_screens()
    await house.check_restored()


async def test_what_is_said_counts_like_a_key(house: House) -> None:
    caller = await dial(house)
    turn = await caller.answer(speech="I have lost my card.")
    assert turn.option == "1"
    assert (await row_of(house))["queue"] == "cards"


async def test_words_that_fit_two_choices_are_asked_again(house: House) -> None:
    caller = await dial(house)
    turn = await caller.answer(speech="a loan for my card")
    assert turn.page is not None and caller.heard[0] == "Sorry, that was none of the choices."


async def test_the_language_is_chosen_heard_wanted_of_the_agent_and_remembered_for_the_number(house: House) -> None:
    caller = await dial(house, STRANGER)
    assert "中文服务，请按9。" in caller.heard, "it is offered in its own words"
    await caller.answer("9")
    assert caller.heard[0].startswith("欢迎致电北邮银行")
    await caller.answer("1")
    row = await row_of(house)
    assert (row["language"], row["queue"]) == ("zh-CN", "cards")
    ada = await house.seat("ada")
    assert ada.offers == [], "ada speaks no Chinese"
    assert len((await house.seat("cleo")).offers) == 1
    again = await Caller(house, call("CA2", STRANGER, to_address=MENU_NUMBER)).arrive()
    assert again.heard[0].startswith("欢迎致电北邮银行")
    other = await Caller(house, call("CA3", "+46701749998", to_address=MENU_NUMBER)).arrive()
    assert other.heard[0].startswith("Welcome")


@pytest.mark.parametrize("answers", [["7", "7", "7"], ["", "", ""], ["7", "", "6"]])
async def test_three_inputs_that_are_not_understood_lead_to_a_person(house: House, answers: list[str]) -> None:
    caller = await dial(house)
    for keys in answers[:-1]:
        turn = await caller.answer(keys)
        assert turn.page is not None and caller.heard[0] == "Sorry, that was none of the choices."
    turn = await caller.answer(answers[-1])
    assert turn.page is None
    row = await row_of(house)
    assert (row["queue"], row["call_state"]) == ("service", "waiting")
    assert "menu_left" in await house.said(str(row["id"]), "fact")


async def test_an_input_that_is_understood_begins_the_count_anew(house: House) -> None:
    caller = await dial(house)
    for keys in ("7", "7", "2", "7", "7"):
        turn = await caller.answer(keys)
    assert turn.page is not None


@BOTH
async def test_who_hangs_up_after_an_answer_has_served_themselves(house: House) -> None:
    caller = await dial(house)
    await caller.answer("3")
    assert caller.heard[0].startswith("Our advisers are at work from Monday") and caller.page is not None
    assert caller.page.is_last
    await house.turn(20)
    await house.take(customer_left("CA1"))
    row = await row_of(house)
    assert (row["state"], row["closed_as"], row["call_state"]) == ("closed", "self_served", "over")
    assert house.floor.interactions == {}


@pytest.mark.parametrize(("seconds", "closed_as"), [(4, "short_abandoned"), (20, "abandoned")])
async def test_who_hangs_up_before_has_abandoned(house: House, seconds: int, closed_as: str) -> None:
    await dial(house)
    await house.turn(seconds)
    await house.take(customer_left("CA1"))
    assert (await row_of(house))["closed_as"] == closed_as


async def test_after_an_answer_a_caller_may_still_ask_for_a_person(house: House) -> None:
    caller = await dial(house)
    await caller.answer("3")
    await caller.answer("0")
    await house.take(customer_left("CA1"))
    assert (await row_of(house))["closed_as"] == "short_abandoned"


async def test_a_known_platinum_customer_hears_no_menu_and_is_told_nothing(house: House) -> None:
    caller = await dial(house, PIA)
    assert caller.page is None
    row = await row_of(house)
    assert (row["customer_id"], row["queue"], row["call_state"]) == ("pia", "service", "waiting")
    assert await house.said(str(row["id"]), "fact") == ["entered"]
    assert await house.requests("Speak") == []


async def test_nothing_that_is_heard_depends_on_who_is_claimed_to_call(house: House) -> None:
    gold, stranger = await dial(house, GUS, "CA1"), await dial(house, STRANGER, "CA2")
    assert gold.heard == stranger.heard
    assert not any("Gus" in words or "gold" in words.lower() for words in gold.heard)


async def test_the_greeting_goes_by_the_opening_hours(house: House) -> None:
    """It is a Sunday noon or a weekday's, as the house's clock has it: the night is closed on each day."""
    page = await house.host.open_menu(call("CA1", to_address=MENU_NUMBER))
    house.clock.at += 14 * 3600 * SECOND
    night = await house.host.open_menu(call("CA1", to_address=MENU_NUMBER))
    assert page is not None and night is not None
    assert "weekdays" in night.words[0].text


async def test_a_menu_leads_to_a_menu_and_to_a_message_with_a_call_back(house: House) -> None:
    caller = await dial(house)
    await caller.answer("2")
    assert caller.heard[0] == "Savings and loans."
    await caller.answer("2")
    row = await row_of(house)
    assert (row["queue"], row["call_state"]) == ("deposits", "voicemail")
    (words,) = await house.requests("Speak")
    assert words.then == "record"
    await house.take(voicemail("CA1"), customer_left("CA1"))
    row = await row_of(house)
    assert (row["state"], row["call_state"]) == ("waiting", "given_back")
    await house.check_restored()


@pytest.mark.promise("P2")
async def test_the_same_choice_delivered_twice_counts_once(house: House) -> None:
    caller = await dial(house)
    assert caller.page is not None
    chosen = build_choice(caller.arrival, caller.page.state, "1", "en")
    await house.take(chosen, chosen)
    await house.take(chosen)
    row = await row_of(house)
    assert (await house.said(str(row["id"]), "fact")).count("menu_chosen") == 1
    assert await house.host.open_menu(caller.arrival) is None, "a webhook that comes again leads into the room"


async def test_a_policy_that_changes_meanwhile_costs_nobody_their_call(house: House) -> None:
    caller = await dial(house)
    book = house.state.book.document
    entries = tuple(replace(entry, menu="") for entry in book.entries)
    version = await publish_policy(house.db, replace(book, menus={}, entries=entries), house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))
    turn = await caller.answer("1")
    assert turn.page is None
    row = await row_of(house)
    assert (row["queue"], row["call_state"]) == ("service", "waiting")


async def test_a_caller_who_is_in_the_room_though_their_choice_was_lost_waits_for_a_person(house: House) -> None:
    await dial(house)
    key = "phone:AC1:CA1:participant-join:CF1"
    await house.take(LegJoined(key, "CA1", "CA1", LegRole.CUSTOMER))
    assert (await row_of(house))["call_state"] == "waiting"


async def test_a_caller_in_a_menu_stands_in_nobodys_way(house: House) -> None:
    """Neither in the place that others are told, nor among those who wait."""
    await dial(house, GUS, "CA1")
    await house.take(call("CA2"))
    place = await house.host.find_place("CA2")
    assert place is not None and place.position == 1
    assert await house.host.find_place("CA1") is None


async def test_a_menu_survives_a_restart_of_the_hub(house: House) -> None:
    """The state is in the address; what was chosen so far is in the rows."""
    caller = await dial(house)
    await caller.answer("3")
    await house.check_restored()
    assert caller.page is not None
    # another process
    turn = await MenuTurns(house.db, house.clock).answer(caller.page.state, "1", "", caller.arrival)
    await house.take(build_choice(caller.arrival, caller.page.state, turn.option, turn.language))
    assert (await row_of(house))["queue"] == "cards"


async def test_a_choice_for_a_call_that_is_not_in_a_menu_is_nothing(house: House) -> None:
    await house.take(call("CA1"))
    before = await row_of(house)
    await house.take(MenuAnswered("phone:AC1:CA1:menu:1:1", "CA1", "main", "1", "en"))
    await house.take(MenuAnswered("phone:AC1:CA9:menu:1:1", "CA9", "main", "1", "en"))
    assert await row_of(house) == before
