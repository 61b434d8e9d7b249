"""Connects each signal and each topic of the bus with its listeners.

The rule of this file: no other file connects one, so this file shows all that follows from a signal.
"""

from hub.access.living_sessions import ENDED
from hub.bus import LocalBus
from hub.wiring.listening import Shared
from hub.wiring.routing import Routing
from hub.wiring.screens import Screens
from hub.wiring.storage import Storage

ARRIVED = "arrived"  # a topic of the bus


def connect(shared: Shared, storage: Storage, routing: Routing, screens: Screens) -> None:
    signals, bus, dispatcher, periodic = shared.signals, shared.bus, routing.dispatcher, screens.periodic

    def wake_router() -> None:
        if dispatcher.is_routing.is_set():
            dispatcher.wake()
        elif not isinstance(bus, LocalBus):
            periodic.publish_soon(ARRIVED, shared.process)

    signals.arrived.connect(wake_router)
    signals.ready_to_send.connect(routing.loop.wake_senders)
    signals.stored.connect(routing.rule_worker.wake)
    signals.sessions_ended.connect(lambda: periodic.publish_soon(ENDED, ""))
    signals.board_opened.connect(periodic.tell_board)
    signals.desk_events.connect(screens.desk.tell_events)
    signals.agent_types.connect(periodic.tell_typing_to_customer)
    signals.customer_types.connect(periodic.tell_typing_to_agent)
    bus.subscribe(ENDED, lambda text: storage.living.wake())
    if not isinstance(bus, LocalBus):
        bus.subscribe(ARRIVED, lambda text: dispatcher.wake())
