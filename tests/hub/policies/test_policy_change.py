"""A new version of the policy while the hub runs: it decides from here on, and every desk shows it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hub.policies.document import PolicyDocument, dump_policy, parse_policy
from hub.policies.publishing import apply_policy
from hub.policies.stored_versions import publish_policy
from hub.storage import tables
from hub.storage.documents import PolicyPublished
from hub.toml_files.problems import ConfigErrors
from scripts_library.loader import Library
from tests.hub.notices import GUS, PIA, SAM, STRANGER, mail, text
from tests.hub.scenes import hold_text
from tests.hub.stage import OpenDatabase, Stage, set_stage


async def publish(stage: Stage, **changes: object) -> int:
    """A policy that differs from the one in force; its version."""
    changed = replace(document(stage), **changes)
    version = await publish_policy(stage.db, changed, stage.clock.now(), "test")
    assert version is not None
    return version


async def test_every_desk_is_told_and_a_fresh_one_sees_the_same(stage: Stage) -> None:
    ada, ben = await stage.seat("ada"), await stage.open("ben")
    version = await publish(stage, organisation="Nordpost Bank 北邮银行")
    await stage.take(PolicyPublished(version))
    for screen in (ada, ben):
        assert screen.kinds()[-1] == "policy_changed"
        assert screen.shown["policy"]["organisation"] == "Nordpost Bank 北邮银行"
        assert screen.shown["policy"]["version"] == version == 2


async def test_scripts_speak_for_the_organisation_by_its_new_name(stage: Stage) -> None:
    """Those that are under way, and those that begin."""
    held = await hold_text(stage)
    assert "Nordpost Bank" in json.dumps(held["script"])
    version = await publish(stage, organisation="北邮银行")
    await stage.take(PolicyPublished(version))
    ada = stage.screens["ada"]
    for script in (ada.find(held["id"])["script"], (await stage.open("ada")).find(held["id"])["script"]):
        said = json.dumps(script, ensure_ascii=False)
        assert "北邮银行" in said and "Nordpost Bank" not in said


async def test_the_router_decides_by_it_at_once(stage: Stage) -> None:
    """Standard before platinum, for those who come from here on; who waits keeps the head start they came with."""
    await stage.take(text("Ett", SAM), text("Två", PIA))
    starts = {tier.id: tier.head_start_seconds for tier in document(stage).tiers}
    turned = {"platinum": starts["standard"], "gold": starts["gold"], "standard": starts["platinum"]}
    tiers = tuple(replace(tier, head_start_seconds=turned[tier.id]) for tier in document(stage).tiers)
    await stage.take(PolicyPublished(await publish(stage, tiers=tiers)))
    await stage.take(text("Tre", STRANGER), text("Fyra", GUS))
    ada = await stage.seat("ada")
    offered = [stage.floor.interactions[offer["interaction_id"]].subject for offer in ada.offers]
    assert offered == ["Två", "Tre", "Fyra", "Ett"]


async def test_what_is_held_stays_and_ends_by_the_new_policy(stage: Stage) -> None:
    held = await hold_text(stage)
    timing = replace(document(stage).timing, wrap_up_seconds=30)
    dispositions = tuple(d for d in document(stage).dispositions if d.code != "solved")
    await stage.take(PolicyPublished(await publish(stage, timing=timing, dispositions=dispositions)))
    assert stage.screens["ada"].find(held["id"])["state"] == "active"
    await stage.about("ada", held["id"], "end_interaction")
    assert (await stage.about("ada", held["id"], "complete_wrap_up", disposition="solved")).code == "invalid"
    await stage.turn(31)
    assert stage.screens["ada"].held == []


async def test_a_mailbox_enters_where_the_new_policy_says(stage: Stage) -> None:
    entries = tuple(entry for entry in document(stage).entries if entry.address != "cards@nordpost.example")
    await stage.take(PolicyPublished(await publish(stage, entries=entries)))
    await stage.take(mail("Kort", to_address="cards@nordpost.example"))
    assert (await stage.interaction(customer_id="sam"))["queue"] == "service"


async def test_the_same_version_told_twice_changes_nothing_the_second_time(stage: Stage) -> None:
    ada = await stage.open("ada")
    version = await publish(stage, organisation="Nordpost")
    await stage.take(PolicyPublished(version))
    await stage.take(PolicyPublished(version))
    assert ada.kinds().count("policy_changed") == 1


async def test_a_policy_that_came_while_nobody_routed_is_in_force_at_the_start(
    database: OpenDatabase, tmp_path: Path, library: Library
) -> None:
    async with set_stage(await database(), tmp_path, library.scripts) as stage:
        ada = await stage.open("ada")
        version = await publish(stage, organisation="Nordpost")
    async with set_stage(await database(), tmp_path, library.scripts) as again:
        assert again.state.book.version == version
        answer = await again.console.resume(await again.staff("ada"), ada.number)
        assert [numbered.event.kind for numbered in answer.events or ()] == ["policy_changed"]
        await again.check_restored()


def test_a_policy_that_the_router_would_refuse_is_not_written_down(stage: Stage) -> None:
    data = dump_policy(document(stage))
    data["capacity"]["interruptible_by"]["email"] = ["phone", "email"]
    with pytest.raises(ConfigErrors, match="cannot interrupt itself"):
        parse_policy(data)


def document(stage: Stage) -> PolicyDocument:
    return stage.state.book.document


async def test_what_is_applied_beside_a_running_hub_is_stored_together_with_the_word_of_it(stage: Stage) -> None:
    changed = replace(document(stage), organisation="Nordpost Bank 北邮银行")
    assert await apply_policy(stage.db, changed, stage.clock.now(), "hub apply") == 2
    (row,) = await stage.rows(tables.inbox, tables.inbox.c.kind == "PolicyPublished")
    assert row["key"] == "policy:2"
    await stage.take()
    await stage.take(text("Hej"))  # what came before it is decided
    assert (stage.state.book.version, stage.state.book.document.organisation) == (2, changed.organisation)
    assert await apply_policy(stage.db, changed, stage.clock.now(), "hub apply") is None
