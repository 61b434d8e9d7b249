"""The sandbox on its own: `python -m channels.sandbox --port 8090 --webhooks http://127.0.0.1:8080`.

The rule of this file: its one line on standard output, JSON, comes when everything listens; logs go elsewhere.

What is not an option is in a JSON file given with `--settings`, with the names of `SandboxSettings`.
"""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from channels.sandbox.sandbox import Sandbox
from channels.sandbox.settings import SandboxSettings
from channels.wording import say_error

DEFAULTS: dict[str, Any] = {
    "customers": [
        {"name": "Pia Lindström", "phone": "+46701740601", "email": "pia@customers.example", "language": "en"},
        {"name": "王大明", "phone": "+8613800138000", "email": "daming@customers.example", "language": "zh-CN"},
    ],
    "account_sid": "AC" + "5a" * 16,
    "auth_token": "sandbox",
    "hub_phone": "+46700000001",
    "hub_sms": "+46700000002",
    "hub_mail": "service@hub.example",
    "has_sound": True,
}


def build_settings(arguments: argparse.Namespace) -> SandboxSettings:
    """The settings: options over file over defaults. Raises ValidationError."""
    given = json.loads(arguments.settings.read_text()) if arguments.settings else {}
    options = {
        "hub_url": arguments.webhooks,
        "api_url": f"http://{arguments.host}:{arguments.port}",
        "sound_host": arguments.host,
    }
    return TypeAdapter(SandboxSettings).validate_python({**DEFAULTS, **given, **options})


async def serve(settings: SandboxSettings, host: str, port: int) -> None:
    """Return after SIGTERM or SIGINT."""
    sandbox = Sandbox(settings)
    app = web.Application()
    for route in sandbox.routes():
        app.router.add_route(route.method, route.path, route.handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    await sandbox.start()
    await web.TCPSite(runner, host, port).start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listening = {"url": f"http://{host}:{port}", "smtp_port": sandbox.smtp_port, "sound_url": sandbox.sound_url}
    sys.stdout.write(json.dumps(listening) + "\n")
    sys.stdout.flush()
    await stop.wait()
    await sandbox.stop()
    await runner.cleanup()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m channels.sandbox", description="A stand-in for the providers.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="where the REST API and the devices listen")
    parser.add_argument("--webhooks", required=True, help="the hub's public address")
    parser.add_argument("--settings", type=Path, help="a JSON file with the names of SandboxSettings")
    arguments = parser.parse_args()
    try:
        settings = build_settings(arguments)
    except ValidationError as error:
        for detail in error.errors():
            sys.stderr.write(f"{'.'.join(map(str, detail['loc']))}: {say_error(detail)}\n")
        return 2
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    asyncio.run(serve(settings, arguments.host, arguments.port))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
