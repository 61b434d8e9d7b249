"""Calls that are in a menu: each choice, the way into the order, and the end.

The rule of this file: a call in a menu is open and waits for nobody. It enters the order when its caller has chosen a
queue, was not understood, or is in the room already because a choice was lost. A policy that has changed meanwhile
costs nobody their call: where it has no such option or queue, the entry's queue takes the caller.
"""

from channels.channel import MenuAnswered
from hub.batch.batch import Batch
from hub.batch.call_recordings import announce
from hub.batch.new_interaction import address_key, close_unqueued, enqueue, find_abandoned
from hub.call_lifecycle import IN_MENU, CallState, CallStep, move_call
from hub.calls import callbacks
from hub.open_work.floor import OpenInteraction
from hub.policies.phone_menus import MenuOption, MenuPolicy
from routing.model import ClosedAs, Requirement


def take_menu_answer(batch: Batch, notice: MenuAnswered) -> None:
    """A caller has chosen, or goes to a person because the menu did not understand them."""
    interaction = batch.floor.find_by_provider_ref(notice.call_id)
    if interaction is None or interaction.call_state not in IN_MENU:
        return
    _set_language(batch, interaction, notice.language)
    interaction.announced = notice.announced
    menu = batch.book.document.menus.get(notice.menu)
    option = menu.find_option(notice.option) if menu is not None and notice.option else None
    if menu is None or option is None:
        batch.add_fact(interaction, "menu_left")
        let_wait(batch, interaction)
        return
    batch.add_fact(interaction, "menu_chosen", {"key": option.key, **option.names})
    interaction.purpose = option.purpose or interaction.purpose
    batch.writes.touch(interaction)
    if option.language:
        key = address_key(interaction.channel, interaction.address)
        batch.writes.address_languages[key] = interaction.language
    elif option.answer:
        if not move_call(interaction, CallStep.SERVED, batch.now):
            return
    elif option.target_queue:
        let_wait(batch, interaction, menu, option)


def let_wait(
    batch: Batch, interaction: OpenInteraction, menu: MenuPolicy | None = None, option: MenuOption | None = None
) -> None:
    """Bring the call into the order: into the option's queue, else into the entry's."""
    if not move_call(interaction, CallStep.ARRIVED, batch.now):
        return
    entry = batch.book.get_entry(interaction.channel, interaction.our_address)
    queue = option.target_queue if option is not None else entry.queue
    is_to_be_called = option is not None and not option.queue
    interaction.queue = queue if batch.book.takes(queue, interaction.channel, is_to_be_called) else entry.queue
    interaction.entered_at = interaction.state_at = batch.now  # the time in the menu was no wait for an agent
    wanted = option.requirement if option is not None and option.requirement is not None else entry.requirement
    callback = callbacks.find_waiting(batch, interaction.customer.id, interaction.channel)
    enqueue(batch, interaction, callback, _with_language(wanted.build(), interaction, menu))
    if option is not None and option.message and interaction.queue == queue:
        callbacks.give_back_by_choice(batch, interaction, option.message, takes_message=bool(option.voicemail))
    else:
        announce(batch, interaction)


def end_in_menu(batch: Batch, interaction: OpenInteraction) -> None:
    """The caller hangs up in the menu: after an answer they have served themselves."""
    has_answer = interaction.call_state is CallState.SERVED
    if not move_call(interaction, CallStep.ENDED, batch.now):
        return
    interaction.is_customer_gone = True
    batch.writes.touch(interaction)
    batch.add_fact(interaction, "customer_left")
    abandoned = find_abandoned(batch.now - interaction.entered_at)
    close_unqueued(batch, interaction, ClosedAs.SELF_SERVED if has_answer else abandoned)


def _set_language(batch: Batch, interaction: OpenInteraction, language: str) -> None:
    if language in batch.book.document.languages:
        interaction.language = language
        batch.writes.touch(interaction)


def _with_language(wanted: Requirement, interaction: OpenInteraction, menu: MenuPolicy | None) -> Requirement:
    if menu is None or not menu.requires_language:
        return wanted
    return Requirement(wanted.skills, (interaction.language,), wanted.teams, wanted.agents)
