"""Leaving costs what the leaver was in, and leaves nothing behind."""

import socketio

from hub.doors.socket_rooms import SocketRooms


def manager() -> SocketRooms:
    rooms = SocketRooms()
    rooms.set_server(socketio.AsyncServer(async_mode="aiohttp"))
    return rooms


async def test_who_disconnects_is_in_no_room_and_the_others_stay() -> None:
    rooms = manager()
    pia, gus = await rooms.connect("eio-pia", "/webchat"), await rooms.connect("eio-gus", "/webchat")
    for sid in (pia, gus):
        rooms.basic_enter_room(sid, "/webchat", "chat 一")
    rooms.pre_disconnect(pia, "/webchat")
    rooms.basic_disconnect(pia, "/webchat")
    assert [sid for sid, _ in rooms.get_participants("/webchat", "chat 一")] == [gus]
    assert not rooms.is_connected(pia, "/webchat")
    assert rooms.is_connected(gus, "/webchat")


async def test_when_all_have_gone_nothing_is_kept() -> None:
    rooms = manager()
    sids = [await rooms.connect(f"eio-{n}", "/desk") for n in range(3)]
    for sid in sids:
        rooms.basic_enter_room(sid, "/desk", "staff:ada")
        rooms.basic_leave_room(sid, "/desk", "staff:ada")
        rooms.pre_disconnect(sid, "/desk")
        rooms.basic_disconnect(sid, "/desk")
    assert rooms.rooms == {}
    assert rooms.pending_connect == rooms.pending_disconnect == {}
    assert not rooms._rooms_of


async def test_it_does_what_the_librarys_own_manager_does() -> None:
    ours, theirs = manager(), socketio.AsyncManager()
    theirs.set_server(socketio.AsyncServer(async_mode="aiohttp"))
    for rooms in (ours, theirs):
        rooms.server.eio.generate_id = iter("abcdef").__next__
        for n in range(4):
            sid = await rooms.connect(f"eio-{n}", "/webchat")
            rooms.basic_enter_room(sid, "/webchat", f"chat {n % 2}")
        rooms.pre_disconnect("b", "/webchat")
        rooms.basic_disconnect("b", "/webchat")
        rooms.basic_leave_room("c", "/webchat", "chat 0")
    assert ours.rooms == theirs.rooms
