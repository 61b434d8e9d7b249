"""The floor: the bare shape of an SMS webhook and of a chat message, and nothing of a product.

A webhook: aiohttp, signature check, one row under shared commits, one Socket.IO emit to the desk. A chat message (the
echo): one Socket.IO event over a WebSocket, one row under the same shared commits, one emit to one desk's socket, one
acknowledgement. The commit is SQLite's with synchronous=FULL in a thread, or PostgreSQL's over asyncpg.

Run by the bench: `skeleton.py PORT TOKEN DATABASE`, DATABASE being a file or a PostgreSQL address.
"""

import asyncio
import base64
import hashlib
import hmac
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import socketio
from aiohttp import web

PORT, TOKEN, DATABASE = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3]
URL = f"http://127.0.0.1:{PORT}/channels/sms/inbound"
Row = tuple[str, str]


class Json:
    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value).decode()

    loads = staticmethod(orjson.loads)


server = socketio.AsyncServer(async_mode="aiohttp", async_handlers=False, json=Json, transports=["websocket"])
waiting: list[tuple[Row, asyncio.Future[None]]] = []
arrived = asyncio.Event()
desks: list[str] = []
desk_of: dict[str, str] = {}  # a chat's socket -> the socket of the desk that its messages go to


@server.on("connect", namespace="/desk")
async def connect_desk(sid: str, environ: dict[str, object]) -> None:
    desks.append(sid)
    await server.enter_room(sid, "desk", namespace="/desk")


@server.on("connect", namespace="/webchat")
async def connect_chat(sid: str, environ: dict[str, object]) -> None:
    desk_of[sid] = desks[len(desk_of) % len(desks)]


@server.on("say", namespace="/webchat")
async def say(sid: str, said: dict[str, str]) -> dict[str, str]:
    await keep(said["id"], said["text"])
    await server.emit("message", {"text": said["text"]}, room=desk_of[sid], namespace="/desk")
    return {"id": said["id"]}


async def receive(request: web.Request) -> web.Response:
    form = await request.post()
    signed = URL + "".join(f"{key}{form[key]}" for key in sorted(form))
    digest = base64.b64encode(hmac.new(TOKEN, signed.encode(), hashlib.sha1).digest()).decode()
    if not hmac.compare_digest(digest, request.headers.get("X-Twilio-Signature", "")):
        return web.Response(status=403)
    await keep(str(form["MessageSid"]), str(form["Body"]))
    await server.emit("message", {"text": form["Body"]}, room="desk", namespace="/desk")
    return web.Response(text="<Response/>", content_type="text/xml")


async def keep(key: str, body: str) -> None:
    """Return when the row is on disk."""
    stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting.append(((key, body), stored))
    arrived.set()
    await stored


class Sqlite:
    async def open(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._db = sqlite3.connect(DATABASE, isolation_level=None, check_same_thread=False)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        self._db.execute("CREATE TABLE inbox (id INTEGER PRIMARY KEY, key TEXT UNIQUE, body TEXT)")

    async def store(self, rows: list[Row]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._store, rows)

    def _store(self, rows: list[Row]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany("INSERT OR IGNORE INTO inbox (key, body) VALUES (?, ?)", rows)
        self._db.execute("COMMIT")


class Postgres:
    async def open(self) -> None:
        import asyncpg

        self._db = await asyncpg.connect(DATABASE)
        await self._db.execute("CREATE TABLE inbox (id BIGSERIAL PRIMARY KEY, key TEXT UNIQUE, body TEXT)")

    async def store(self, rows: list[Row]) -> None:
        async with self._db.transaction():
            insert = "INSERT INTO inbox (key, body) VALUES ($1, $2) ON CONFLICT DO NOTHING"
            await self._db.executemany(insert, rows)


async def write(app: web.Application) -> None:
    db = Postgres() if DATABASE.startswith("postgresql:") else Sqlite()
    await db.open()
    while True:
        await arrived.wait()
        arrived.clear()
        batch, waiting[:] = waiting[:], []
        await db.store([row for row, _ in batch])
        for _, stored in batch:
            stored.set_result(None)


async def start(app: web.Application) -> None:
    app["writer"] = asyncio.create_task(write(app))


app = web.Application()
server.attach(app)
app.router.add_post("/channels/sms/inbound", receive)
app.router.add_get("/readyz", lambda request: asyncio.sleep(0, web.Response()))
app.on_startup.append(start)
web.run_app(app, host="127.0.0.1", port=PORT, print=None, access_log=None)
