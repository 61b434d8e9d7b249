"""A message that is recorded ends after the silence that the document of its `<Record>` says."""

from itertools import repeat

import pytest

from channels.sandbox.sound.frames import SAMPLES
from tests.channels.test_sandbox_sound import CUSTOMER, SoundHouse, sound  # noqa: F401 - a fixture

HISS = b"\xfe" * SAMPLES  # the least that is no silence: an open microphone in a quiet room


@pytest.mark.parametrize("is_spoken", [True, False])
async def test_a_message_ends_after_the_silence_that_its_document_says(
    sound: SoundHouse,  # noqa: F811 - the fixture
    is_spoken: bool,
) -> None:
    """Whoever types has longer; at an open microphone, silence is silence."""
    customer = await sound.call(CUSTOMER if is_spoken else 0)
    if not is_spoken:
        customer.voice = repeat(HISS)
    document = '<Response><Record maxLength="600" timeout="4" finishOnKey="#"/><Hangup/></Response>'
    await sound.rest(f"/Calls/{sound.call_id}.json", Twiml=document)
    recordings = sound.house.sandbox._calls.recordings
    await sound.until(lambda: recordings.by_sid)
    recording = next(iter(recordings.by_sid.values()))
    await customer.until_told("report", customer.count("report") + 2)
    if is_spoken:  # who speaks on is not cut off
        sound.house.time.advance(3)
        assert recording.status == "in-progress"
    customer.voice = repeat(HISS)
    await customer.until_told("report", customer.count("report") + 2)
    for _ in range(6):
        sound.house.time.advance(1)
        await customer.until_more(10)
    await sound.until(lambda: recording.status == ("completed" if is_spoken else "absent"))
