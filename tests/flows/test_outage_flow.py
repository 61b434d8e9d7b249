"""Redis is away, the database is away: nothing is lost, and it heals by itself."""

import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiosmtplib
import pytest

from tests.flows.cable import Cable
from tests.flows.cast import Cast
from tests.flows.customers import eventually, hand_in_mail
from tests.flows.desk import BUSY_SECONDS
from tests.flows.house import SeededServer, build_house, settings_with_sandbox_inside
from tests.flows.process_starter import ProcessStarter
from tests.flows.test_cluster_flow import open_cluster

LATE_SECONDS = 2.0 + BUSY_SECONDS
HELLO = "hello@nordpost.example"


@pytest.fixture
async def database(seeded_server: SeededServer) -> AsyncIterator[tuple[Cable, SeededServer]]:
    """The way to PostgreSQL, and its near end."""
    real = seeded_server.url.rpartition("host=")[2]
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # the path of a socket is short
    name = ".s.PGSQL.5432"
    cable = Cable.to_socket(Path(real) / name, folder / name)
    await cable.mend()
    yield cable, replace(seeded_server, url=seeded_server.url.replace(real, str(folder)))
    await cable.cut()
    shutil.rmtree(folder)


@pytest.mark.promise("P9")
async def test_without_redis_nothing_is_lost_and_all_is_two_seconds_late_at_most(
    process_starter: ProcessStarter, seeded_server: SeededServer, bus: tuple[Cable, str], tmp_path: Path
) -> None:
    cable, bus_url = bus
    async with open_cluster(process_starter, seeded_server, bus_url, tmp_path) as cluster:
        ada = await cluster.desk("ada", cluster.two)
        sam = cluster.cast.customer("sam")
        await sam.text("Med Redis")
        await ada.wrap_up((await ada.accept())["id"])
        widget = await cluster.cast.widget(cluster.two.url)
        await widget.say("Chatt")
        chat = await ada.accept()
        await cable.cut()
        await ada.reply(chat["id"], "Svar")
        began = time.monotonic()
        await widget.sees("Svar")
        assert time.monotonic() - began < LATE_SECONDS
        began = time.monotonic()
        await sam.text("Utan Redis 没有")
        offer = await ada.is_offered()
        assert time.monotonic() - began < LATE_SECONDS
        began = time.monotonic()
        await ada.do("accept_offer", offer_id=offer["id"])
        held = await ada.holds(offer["interaction_id"])
        assert time.monotonic() - began < 2 * LATE_SECONDS  # the command's answer, then its event
        await ada.reply(held["id"], "Ändå")
        await ada.sees(held["id"], "Ändå", delivery="delivered")
        await sam.gets_text("Ändå")
        assert await ada.is_what_a_fresh_one_shows()
        await cable.mend()
        await ada.wrap_up(held["id"])


@pytest.mark.promise("P9")
async def test_without_the_database_work_is_refused_callers_hear_an_apology_and_it_heals(
    process_starter: ProcessStarter, database: tuple[Cable, SeededServer], tmp_path: Path
) -> None:
    cable, near = database
    settings = settings_with_sandbox_inside(database={"url": near.url})
    house = build_house(tmp_path, process_starter, near.data, settings)
    try:
        await house.start()
        async with Cast(house) as cast:
            ada, provider = await cast.desk("ada"), cast.provider
            form = provider.sms("+46701740301", "Till slut")
            mail = b"From: a@mail.example\r\nSubject: x\r\n\r\nHej"
            await cable.cut()
            assert await provider.post("/channels/sms/inbound", form) == 503
            with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
                await hand_in_mail(house.mail_port, mail, HELLO, "a@mail.example")
            assert refused.value.code == 451
            call = {
                "AccountSid": provider.account,
                "CallSid": "CA" + "1" * 32,
                "From": "+46701740301",
                "To": provider.phone_number,
            }
            async with cast.session.post(
                house.url + "/channels/phone/inbound",
                data=call,
                headers=provider.sign("/channels/phone/inbound", call),
            ) as answer:
                said = await answer.text()
            assert (answer.status, "<Say" in said, "抱歉" in said) == (200, True, True)
            assert (await ada.ask("set_state", state="available"))["code"] == "unavailable"

            async def is_unready() -> bool:
                async with cast.session.get(house.url + "/readyz") as answer:
                    return answer.status == 503

            await eventually(is_unready)  # what it says is at most two seconds old
            async with cast.session.get(house.url + "/healthz") as answer:
                assert answer.status == 200
            await cable.mend()
            began = time.monotonic()

            async def is_taken() -> bool:
                return await provider.post("/channels/sms/inbound", form) == 200

            await eventually(is_taken)
            held = await ada.accept()
            assert time.monotonic() - began < 5 + BUSY_SECONDS
            assert held["subject"] == "Till slut"
            await hand_in_mail(house.mail_port, mail, HELLO, "a@mail.example")
            await ada.is_offered()
    finally:
        house.close()
