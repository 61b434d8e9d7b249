"""A hub that is killed while it takes in the sound of a recording, after the step that a file beside its settings
names.

The rule of this file: each time the file is written the hub dies once, as by SIGKILL, and the file is gone.
"""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hub.storage.media
from channels.channel import Notice, RecordingFetched
from channels.phone.recording_requests import RecordingRequests
from hub.__main__ import main as run_hub
from hub.screens.channel_host import ChannelHost

FILE = "killed_at"
STEPS = ("its file is stored", "its row is stored", "it is reported", "it is deleted at the provider")


def die_after(step: str) -> None:
    file = Path(sys.argv[-1]).with_name(FILE)
    if file.exists() and file.read_text() == step:
        file.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    replace_all, accept, delete = hub.storage.media._replace_all, ChannelHost.accept, RecordingRequests.delete

    async def replace_all_or_die(*given: Any) -> Any:
        die_after("its file is stored")
        return await replace_all(*given)

    async def accept_or_die(host: ChannelHost, notices: Sequence[Notice]) -> None:
        if any(isinstance(one, RecordingFetched) for one in notices):
            die_after("its row is stored")
        await accept(host, notices)

    async def delete_or_die(requests: RecordingRequests, request: Any) -> Any:
        die_after("it is reported")
        receipt = await delete(requests, request)
        die_after("it is deleted at the provider")
        return receipt

    hub.storage.media._replace_all = replace_all_or_die
    ChannelHost.accept = accept_or_die
    RecordingRequests.delete = delete_or_die
    run_hub()
