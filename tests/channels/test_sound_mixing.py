"""What each line hears, frame by frame: no process, no websocket, no clock."""

import random
import wave
from array import array
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from channels.sandbox.sound.disturbances import LOST_SHARE
from channels.sandbox.sound.dual_recording import DualRecording
from channels.sandbox.sound.frames import RATE, SILENCE, SIZE, BadFrame, pack_frame, parse_frame
from channels.sandbox.sound.jitter import BURST_TICKS, LEAST, MOST, SPARE, JitterBuffer
from channels.sandbox.sound.mixer import LineState, Mixer
from channels.sandbox.sound.mulaw import LOUDEST, MOST_VOICES, decode, encode, measure_level, mix
from channels.sandbox.sound.tones import build_key, build_tune, read_tune
from tests.channels.tones_heard import LOUD, build_tone, find_loudness, hears

CUSTOMER, AGENT, THIRD, COACH = 440.0, 600.0, 1000.0, 880.0
ALL = (CUSTOMER, AGENT, THIRD, COACH)


class Room:
    """A room in which each line says a tone of its own."""

    def __init__(self) -> None:
        self.mixer = Mixer(random.Random(1).random)
        self.voices: dict[str, Iterator[bytes]] = {}
        self.number = 0

    def add(self, call: str, hertz: float = 0, **more: object) -> None:
        self.mixer.set_line(LineState(call=call, room="CF1", **more)).connect()
        self.voices[call] = build_tone(hertz) if hertz else cycle([SILENCE])

    def set(self, call: str, **more: object) -> None:
        self.mixer.set_line(LineState(call=call, room="CF1", **more))

    def run(self, ticks: int = 50) -> dict[str, list[bytes]]:
        heard: dict[str, list[bytes]] = {call: [] for call in self.voices}
        for _ in range(ticks):
            self.number += 1
            for call, voice in self.voices.items():
                self.mixer.lines[call].receive(self.number, next(voice), self.number * 0.02)
            for line, frame in self.mixer.tick(self.number * 0.02):
                heard[line.state.call].append(frame)
        return heard


def test_two_hear_each_other_and_not_themselves() -> None:
    room = Room()
    room.add("customer", CUSTOMER)
    room.add("agent", AGENT)
    heard = room.run()
    assert hears(heard["agent"], *ALL) == {CUSTOMER}
    assert hears(heard["customer"], *ALL) == {AGENT}


def test_three_hear_both_others() -> None:
    room = Room()
    room.add("customer", CUSTOMER)
    room.add("agent", AGENT)
    room.add("third", THIRD)
    heard = room.run()
    assert hears(heard["customer"], *ALL) == {AGENT, THIRD}
    assert hears(heard["agent"], *ALL) == {CUSTOMER, THIRD}
    assert hears(heard["third"], *ALL) == {CUSTOMER, AGENT}


def test_nobody_hears_who_is_muted_or_held() -> None:
    room = Room()
    room.add("customer", CUSTOMER)
    room.add("agent", AGENT, is_muted=True)
    room.add("third", THIRD)
    room.set("third", is_held=True)
    heard = room.run()
    assert hears(heard["customer"], *ALL) == set()
    assert hears(heard["agent"], *ALL) == {CUSTOMER}
    assert hears(heard["third"], *ALL) == set()


def test_who_is_held_hears_the_music_alone() -> None:
    room = Room()
    room.add("customer", CUSTOMER)
    room.add("agent", AGENT)
    room.set("customer", is_held=True, music="music")
    heard = room.run(len(build_tune()))
    assert heard["customer"] == list(build_tune())
    room.set("customer")
    assert hears(room.run()["customer"], *ALL) == {AGENT}


def test_a_coach_is_heard_by_the_coached_alone_and_hears_all() -> None:
    room = Room()
    room.add("customer", CUSTOMER)
    room.add("agent", AGENT)
    room.add("coach", COACH, coaches="agent")
    heard = room.run()
    assert hears(heard["agent"], *ALL) == {CUSTOMER, COACH}
    assert hears(heard["customer"], *ALL) == {AGENT}
    assert hears(heard["coach"], *ALL) == {CUSTOMER, AGENT}


def test_more_voices_than_the_table_can_add_do_not_stop_the_room() -> None:
    room = Room()
    for number in range(MOST_VOICES + 3):
        room.add(f"call {number}", 300 + 10 * number)
    assert len(room.run(10)["call 0"]) == 10


@pytest.mark.parametrize(("key", "tones"), [("1", {697, 1209}), ("5", {770, 1336}), ("#", {941, 1477})])
def test_a_key_is_its_two_tones(key: str, tones: set[float]) -> None:
    room = Room()
    room.add("customer", CUSTOMER)
    room.add("agent")
    room.run(10)
    room.mixer.lines["customer"].press(key)
    heard = room.run(6)["agent"]
    assert hears(heard, 697, 770, 852, 941, 1209, 1336, 1477) == tones


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(ValueError, match="no key 'x'"):
        build_key("x")


def test_a_recording_has_both_sides_and_a_pause_keeps_its_length(tmp_path: Path) -> None:
    room = Room()
    room.add("customer", CUSTOMER)
    room.add("agent", AGENT)
    recording = DualRecording(tmp_path / "call.wav", is_dual=True)
    room.mixer.lines["customer"].recordings["RE1"] = recording
    room.run()
    recording.is_paused = True
    room.run()
    recording.is_paused = False
    room.run()
    recording.close()
    with wave.open(str(tmp_path / "call.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, RATE, 3 * RATE)
        both = array("h", file.readframes(3 * RATE))
    said, heard = both[0::2], both[1::2]
    assert find_loudness(said[:RATE], CUSTOMER) > LOUD / 2
    assert find_loudness(heard[2 * RATE :], AGENT) > LOUD / 2
    assert not any(both[2 * RATE : 4 * RATE])
    assert find_loudness(said[:RATE], AGENT) < LOUD / 20


def test_disturbances_are_heard_as_such() -> None:
    room = Room()
    room.add("customer", CUSTOMER)
    room.add("agent", AGENT)
    customer, agent = room.mixer.lines["customer"], room.mixer.lines["agent"]
    for kind in ("unheard", "silence"):
        customer.disturbances.kinds = {kind}
        room.run(5)
        assert hears(room.run()["agent"], *ALL) == set()
    customer.disturbances.kinds = {"loss"}
    lost = agent.buffer.lost
    room.run(400)
    assert agent.buffer.lost == lost
    assert 0.2 < customer.buffer.lost / 400 < LOST_SHARE + 0.1
    customer.disturbances.kinds = {"one-way"}
    assert not customer.disturbances.lets_out()
    customer.disturbances.kinds = {"jitter"}
    room.run(400)
    assert customer.buffer.jitter > 0.01


def test_a_frame_survives_the_wire_and_nothing_else_passes() -> None:
    assert parse_frame(pack_frame(65_536 + 7, SILENCE)) == (7, SILENCE)
    assert len(pack_frame(0, SILENCE)) == SIZE
    for data in (b"", bytes(SIZE - 1), bytes(SIZE + 1), b"\x01" + bytes(SIZE - 1)):
        with pytest.raises(BadFrame):
            parse_frame(data)


def test_mu_law_is_as_exact_as_its_steps() -> None:
    assert all(abs(decode(encode([n]))[0] - n) <= (abs(n) + 132) / 32 for n in range(-LOUDEST, LOUDEST + 1, 13))
    assert decode(mix([encode([LOUDEST])] * 5)) == [LOUDEST]
    assert measure_level(encode([LOUDEST, -LOUDEST] * 80)) == 1
    assert measure_level(SILENCE) == 0


def test_frames_that_come_late_twice_or_reordered_are_heard_once_and_in_order() -> None:
    buffer = JitterBuffer()
    frames = {number: bytes([number]) * 160 for number in range(6)}
    for number in (0, 2, 1, 1, 3, 5, 4):
        buffer.put((65_533 + number) % 65_536, frames[number], 0)
    assert [buffer.take() for _ in range(3)] == [frames[0], frames[1], frames[2]]
    buffer.put(65_533 + 1, frames[1], 0)
    assert [buffer.take() for _ in range(4)] == [frames[3], frames[4], frames[5], None]
    assert buffer.lost == 0


def test_a_lost_frame_is_replaced_once() -> None:
    buffer = JitterBuffer()
    for number in (0, 1, 4, 5):
        buffer.put(number, bytes([number]) * 160, 0)
    assert [frame and frame[0] for frame in (buffer.take() for _ in range(6))] == [0, 1, 1, None, 4, 5]
    assert buffer.lost == 2


@pytest.mark.parametrize("missed", range(1, 11))
def test_nothing_is_lost_of_what_came_while_the_mixer_stood_still(missed: int) -> None:
    """All telephones speak on, and are read at once afterwards; the mixer makes up for up to 200 ms."""
    buffer, heard = JitterBuffer(), []
    for number in range(LEAST + 50):
        buffer.put(number, bytes([number]) * 160, number * 0.02)
        heard.append(buffer.take())
    last = LEAST + 50
    for number in range(last, last + missed):
        buffer.put(number, bytes([number]) * 160, (last + missed) * 0.02)
    heard += [buffer.take() for _ in range(missed)]
    numbers = [frame[0] for frame in heard if frame]
    assert numbers == list(range(len(numbers))) and len(numbers) == last + missed - LEAST + 1
    assert (buffer.lost, buffer.depth) == (0, LEAST - 1)


def test_a_burst_that_stays_in_hand_is_cut_after_a_moment() -> None:
    buffer = JitterBuffer()
    for number in range(MOST):
        buffer.put(number, SILENCE, 0)
    for number in range(MOST, MOST + 2 * BURST_TICKS):
        buffer.take()
        buffer.put(number, SILENCE, number * 0.02)
    assert buffer.depth <= LEAST + SPARE + 1


def test_the_delay_grows_on_an_unsteady_line_and_shrinks_on_a_steady_one() -> None:
    buffer, number, chance = JitterBuffer(), 0, random.Random(2)
    depths = []
    for tick in range(3000):
        arrived = chance.randrange(8) if tick < 600 and tick % 8 == 0 else 0
        if tick >= 600 or arrived or tick % 8:
            buffer.put(number, SILENCE, tick * 0.02)
            number += 1
        if tick < 600 and tick % 40 == 0:  # a pause on the way, and then all at once
            buffer.take(), buffer.take(), buffer.take()
        buffer.take()
        depths.append(buffer.depth)
    assert max(depths[:600]) > LEAST + 1
    assert max(depths) <= MOST + 5
    assert depths[-1] <= LEAST


def test_a_tune_is_read_from_a_file_of_the_right_form_alone(tmp_path: Path) -> None:
    path = tmp_path / "tune.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(array("h", decode(next(build_tone(440)) * 3)).tobytes())
    assert len(read_tune(path.read_bytes())) == 3
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(bytes(400))
    for wav in (b"", b"RIFF", path.read_bytes()):
        with pytest.raises(ValueError, match="it"):
            read_tune(wav)
