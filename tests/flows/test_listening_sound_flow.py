"""Who hears whom while a supervisor listens in, by the spectrum of what reaches each telephone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.channels.telephone import Telephone, pick_up
from tests.flows.cast import Cast, OpenCast
from tests.flows.desk import Desk, find_held
from tests.flows.house import free_port
from tests.flows.line import Line
from tests.flows.test_sound_flow import softphone

CUSTOMER, AGENT, SUPERVISOR = 440.0, 1000.0, 880.0
ALL = (CUSTOMER, AGENT, SUPERVISOR)


@dataclass
class Call:
    cast: Cast
    held: str
    ada: Desk
    dot: Desk
    wall: Line
    customer: Telephone
    agent: Telephone
    supervisor: Telephone

    async def ask(self, kind: str, **fields: str) -> None:
        """The supervisor's command on the wallboard."""
        version = find_held(self.ada.screen, self.held)["version"]
        command = {"id": f"{kind}-{fields}", "kind": kind, "interaction_id": self.held, "version": version, **fields}
        answer = await self.wall.ask("command", command)
        assert answer == {"code": "", "field": ""}, answer

    async def hear(self, customer: set[float], agent: set[float], supervisor: set[float]) -> None:
        """Each telephone hears these tones and no others."""
        for telephone, tones in ((self.agent, agent), (self.customer, customer), (self.supervisor, supervisor)):
            await telephone.until_hears(*tones, among=ALL)


@asynccontextmanager
async def open_call(cast: Cast) -> AsyncIterator[Call]:
    """Ada talks to Pia, and Dot's wallboard is open. Each of the three says a tone of their own."""
    ada, dot = await cast.desk("ada"), await cast.desk("dot", is_available=False)
    await dot.do("set_state", state="unavailable", reason="meeting")
    wall = Line("/wallboard", ("board",), lambda event, data: None)
    await wall.connect(cast.house.url, Cookie=dot.cookie)
    async with softphone(cast, "ada", AGENT) as agent, softphone(cast, "dot", SUPERVISOR) as supervisor:
        call = await cast.customer("pia").call()
        async with pick_up(call["sound"], CUSTOMER) as customer:
            held = (await ada.accept())["id"]
            await agent.accept()
            await ada.talks(held)
            try:
                yield Call(cast, held, ada, dot, wall, customer, agent, supervisor)
            finally:
                await wall.close()


async def test_a_supervisor_is_heard_by_those_alone_whom_they_have_chosen(open_cast: OpenCast) -> None:
    cast = await open_cast(sandbox={"sound": True, "sound_port": free_port()})
    async with open_call(cast) as call:
        await call.ask("listen_in", way="monitor")
        await call.supervisor.accept()
        await call.hear(customer={AGENT}, agent={CUSTOMER}, supervisor={CUSTOMER, AGENT})
        await call.ask("listen_in", way="whisper")
        await call.hear(customer={AGENT}, agent={CUSTOMER, SUPERVISOR}, supervisor={CUSTOMER, AGENT})
        await call.ask("listen_in", way="barge")
        await call.hear(customer={AGENT, SUPERVISOR}, agent={CUSTOMER, SUPERVISOR}, supervisor={CUSTOMER, AGENT})
        await call.ask("take_over")
        await call.dot.until(lambda screen: [one["id"] for one in screen["interactions"]] == [call.held])
        await call.ada.until(lambda screen: not screen["interactions"])
        await call.agent.until_told("ended")
        await call.customer.until_hears(SUPERVISOR, among=ALL)
        await call.supervisor.until_hears(CUSTOMER, among=ALL)
