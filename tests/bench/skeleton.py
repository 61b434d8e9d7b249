"""The floor: the bare shape of an SMS webhook, and nothing of a product.

aiohttp, signature check, one row under shared commits with synchronous=FULL, one Socket.IO emit. Run by bench_hub.
"""

import asyncio
import base64
import hashlib
import hmac
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor

import socketio
from aiohttp import web

PORT, TOKEN, DATABASE = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3]
URL = f"http://127.0.0.1:{PORT}/channels/sms/inbound"
server = socketio.AsyncServer(async_mode="aiohttp", async_handlers=False)
waiting: list[tuple[tuple[str, str], asyncio.Future[None]]] = []
arrived = asyncio.Event()
thread = ThreadPoolExecutor(1)


@server.on("connect", namespace="/desk")
async def connect(sid: str, environ: dict[str, object]) -> None:
    await server.enter_room(sid, "desk", namespace="/desk")


async def receive(request: web.Request) -> web.Response:
    form = await request.post()
    signed = URL + "".join(f"{key}{form[key]}" for key in sorted(form))
    digest = base64.b64encode(hmac.new(TOKEN, signed.encode(), hashlib.sha1).digest()).decode()
    if not hmac.compare_digest(digest, request.headers.get("X-Twilio-Signature", "")):
        return web.Response(status=403)
    stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting.append(((str(form["MessageSid"]), str(form["Body"])), stored))
    arrived.set()
    await stored
    await server.emit("message", {"text": form["Body"]}, room="desk", namespace="/desk")
    return web.Response(text="<Response/>", content_type="text/xml")


def store(db: sqlite3.Connection, rows: list[tuple[str, str]]) -> None:
    db.execute("BEGIN IMMEDIATE")
    db.executemany("INSERT OR IGNORE INTO inbox (key, body) VALUES (?, ?)", rows)
    db.execute("COMMIT")


async def write(app: web.Application) -> None:
    db = sqlite3.connect(DATABASE, isolation_level=None, check_same_thread=False)
    db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE inbox (id INTEGER PRIMARY KEY, key TEXT UNIQUE, body TEXT)")
    while True:
        await arrived.wait()
        arrived.clear()
        batch, waiting[:] = waiting[:], []
        await asyncio.get_running_loop().run_in_executor(thread, store, db, [row for row, _ in batch])
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
