"""A new version of the policy while the hub runs: it decides from here on, and every desk shows it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hub.policies.document import PolicyDocument
from hub.policies.document_text import dump_policy, parse_policy
from hub.policies.publishing import apply_policy
from hub.policies.stored_versions import publish_policy
from hub.storage import tables
from hub.storage.documents import PolicyPublished
from hub.toml_files.problems import ConfigErrors
from scripts_library.loader import Library
from tests.hub.flows import hold_text
from tests.hub.house import House, OpenDatabase, open_house
from tests.hub.notices import GUS, PIA, SAM, STRANGER, mail, text


async def publish(house: House, **changes: object) -> int:
    """A policy that differs from the one in force; its version."""
    changed = replace(document(house), **changes)
    version = await publish_policy(house.db, changed, house.clock.now(), "test")
    assert version is not None
    return version


async def test_every_desk_is_told_and_a_fresh_one_sees_the_same(house: House) -> None:
    ada, ben = await house.seat("ada"), await house.open("ben")
    version = await publish(house, organisation="Nordpost Bank 北邮银行")
    await house.take(PolicyPublished(version))
    for screen in (ada, ben):
        assert screen.kinds()[-1] == "policy_changed"
        assert screen.shown["policy"]["organisation"] == "Nordpost Bank 北邮银行"
        assert screen.shown["policy"]["version"] == version == 2


async def test_scripts_speak_for_the_organisation_by_its_new_name(house: House) -> None:
    """Those that are under way, and those that begin."""
    held = await hold_text(house)
    assert "Nordpost Bank" in json.dumps(held["script"])
    version = await publish(house, organisation="北邮银行")
    await house.take(PolicyPublished(version))
    ada = house.screens["ada"]
    for script in (ada.find(held["id"])["script"], (await house.open("ada")).find(held["id"])["script"]):
        said = json.dumps(script, ensure_ascii=False)
        assert "北邮银行" in said and "Nordpost Bank" not in said


async def test_the_router_decides_by_it_at_once(house: House) -> None:
    """Standard before platinum, for those who come from here on; who waits keeps the head start they came with."""
    await house.take(text("Ett", SAM), text("Två", PIA))
    starts = {tier.id: tier.head_start_seconds for tier in document(house).tiers}
    turned = {"platinum": starts["standard"], "gold": starts["gold"], "standard": starts["platinum"]}
    tiers = tuple(replace(tier, head_start_seconds=turned[tier.id]) for tier in document(house).tiers)
    await house.take(PolicyPublished(await publish(house, tiers=tiers)))
    await house.take(text("Tre", STRANGER), text("Fyra", GUS))
    ada = await house.seat("ada")
    offered = [house.floor.interactions[offer["interaction_id"]].subject for offer in ada.offers]
    assert offered == ["Två", "Tre", "Fyra", "Ett"]


async def test_what_is_held_stays_and_ends_by_the_new_policy(house: House) -> None:
    held = await hold_text(house)
    timing = replace(document(house).timing, wrap_up_seconds=30)
    dispositions = tuple(d for d in document(house).dispositions if d.code != "solved")
    await house.take(PolicyPublished(await publish(house, timing=timing, dispositions=dispositions)))
    assert house.screens["ada"].find(held["id"])["state"] == "active"
    await house.about("ada", held["id"], "end_interaction")
    assert (await house.about("ada", held["id"], "complete_wrap_up", disposition="solved")).code == "invalid"
    await house.turn(31)
    assert house.screens["ada"].held == []


async def test_a_mailbox_enters_where_the_new_policy_says(house: House) -> None:
    entries = tuple(entry for entry in document(house).entries if entry.address != "cards@nordpost.example")
    await house.take(PolicyPublished(await publish(house, entries=entries)))
    await house.take(mail("Kort", to_address="cards@nordpost.example"))
    assert (await house.interaction(customer_id="sam"))["queue"] == "service"


async def test_the_same_version_told_twice_changes_nothing_the_second_time(house: House) -> None:
    ada = await house.open("ada")
    version = await publish(house, organisation="Nordpost")
    await house.take(PolicyPublished(version))
    await house.take(PolicyPublished(version))
    assert ada.kinds().count("policy_changed") == 1


async def test_a_policy_that_came_while_nobody_routed_is_in_force_at_the_start(
    database: OpenDatabase, tmp_path: Path, library: Library
) -> None:
    async with open_house(await database(), tmp_path, library.scripts) as house:
        ada = await house.open("ada")
        version = await publish(house, organisation="Nordpost")
    async with open_house(await database(), tmp_path, library.scripts) as again:
        assert again.state.book.version == version
        answer = await again.console.resume(await again.staff("ada"), ada.number)
        assert [numbered.event.kind for numbered in answer.events or ()] == ["policy_changed"]
        await again.check_restored()


def test_a_policy_that_the_router_would_refuse_is_not_written_down(house: House) -> None:
    data = dump_policy(document(house))
    data["capacity"]["interruptible_by"]["email"] = ["phone", "email"]
    with pytest.raises(ConfigErrors, match="must not list itself"):
        parse_policy(data)


def document(house: House) -> PolicyDocument:
    return house.state.book.document


async def test_what_is_applied_beside_a_running_hub_is_stored_together_with_the_word_of_it(house: House) -> None:
    changed = replace(document(house), organisation="Nordpost Bank 北邮银行")
    assert await apply_policy(house.db, changed, house.clock.now(), "hub apply") == 2
    (row,) = await house.rows(tables.inbox, tables.inbox.c.kind == "PolicyPublished")
    assert row["key"] == "policy:2"
    await house.take()
    await house.take(text("Hej"))  # what came before it is decided
    assert (house.state.book.version, house.state.book.document.organisation) == (2, changed.organisation)
    assert await apply_policy(house.db, changed, house.clock.now(), "hub apply") is None
