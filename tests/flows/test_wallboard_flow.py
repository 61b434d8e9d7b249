"""The wallboard, live."""

import asyncio
from collections.abc import Callable
from typing import Any

from tests.flows.cast import Cast
from tests.flows.desk import SECONDS, sign_in
from tests.flows.line import Line, LineCut

Board = dict[str, Any]


class Wallboard:
    def __init__(self) -> None:
        self.board: Board = {}
        self._changed = asyncio.Event()
        self.line = Line("/wallboard", ("board",), self._hear)

    def _hear(self, event: str, board: Board) -> None:
        self.board = board
        self._changed.set()

    async def shows(self, holds: Callable[[Board], bool]) -> Board:
        async with asyncio.timeout(SECONDS):
            while not (self.board and holds(self.board)):
                self._changed.clear()
                await self._changed.wait()
        return self.board


def service(board: Board) -> dict[str, Any]:
    return next(dict(queue) for queue in board["queues"] if queue["queue"] == "service")


def tier(board: Board, name: str) -> dict[str, Any]:
    return next(dict(tier["line"]) for tier in service(board)["tiers"] if tier["tier"] == name)


async def test_it_shows_who_waits_who_works_and_the_service_level_as_they_change(cast: Cast) -> None:
    wall = Wallboard()
    await wall.line.connect(cast.house.url, Cookie=await sign_in(cast.house.url, "dot", cast.house.password))
    try:
        await wall.shows(lambda board: service(board)["line"]["waiting"] == 0)
        await cast.customer("pia").text("Hej")
        await cast.customer("sam").text("Hej")
        board = await wall.shows(lambda board: service(board)["line"]["waiting"] == 2)
        assert (tier(board, "platinum")["waiting"], tier(board, "standard")["waiting"]) == (1, 1)
        assert board["waiting_by_channel"]["sms"] == 2
        assert service(board)["line"]["oldest_at"] <= board["at"]
        ada = await cast.desk("ada")
        held = await ada.accept()
        assert held["tier"] == "platinum"
        board = await wall.shows(lambda board: tier(board, "platinum")["answered"] == 1)
        assert service(board)["line"]["share_in_time"] == 1.0
        assert service(board)["line"]["waiting"] == 1
        (line,) = [agent for agent in board["agents"] if agent["id"] == "ada"]
        assert (line["state"], line["doing"], line["holds"]["sms"]) == ("available", "busy", 1)
        await cast.customer("gus").call()
        await wall.shows(lambda board: board["waiting_by_channel"].get("phone") == 1)
        await cast.customer("gus").hang_up()
        board = await wall.shows(lambda board: not board["waiting_by_channel"]["phone"])
        assert board["short_abandoned"] + board["total"]["abandoned"] == 1  # short, unless the machine is very busy
    finally:
        await wall.line.close()


async def test_an_agent_may_not_look_at_it(cast: Cast) -> None:
    wall = Wallboard()
    cookie = await sign_in(cast.house.url, "fay", cast.house.password)
    for headers in ({"Cookie": cookie}, {}):
        try:
            await wall.line.connect(cast.house.url, **headers)
        except LineCut:
            continue
        raise AssertionError("somebody looked who may not")
