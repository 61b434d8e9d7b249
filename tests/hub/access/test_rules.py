"""One table says who may do what; what is not in it nobody may."""

from typing import get_args

from agent_console import commands
from agent_console.desk import DeskNamespace
from agent_console.views import StaffView
from agent_console.wallboard import WallboardNamespace
from hub.access.rules import RULES, may


def test_every_command_and_socket_event_has_a_rule() -> None:
    for union, screen in ((commands.Command, "desk"), (commands.BoardCommand, "wallboard")):
        members = get_args(get_args(union)[0])
        kinds = [get_args(member.model_fields["kind"].annotation)[0] for member in members]
        assert {f"{screen}.{kind}" for kind in kinds} <= RULES.keys()
    lifecycle = {"connect", "disconnect", "command"}
    for namespace, prefix in ((DeskNamespace, "desk"), (WallboardNamespace, "wallboard")):
        events = {name.removeprefix("on_") for name in vars(namespace) if name.startswith("on_")} - lifecycle
        assert {f"{prefix}.{event}" for event in events} <= RULES.keys()


def test_an_action_without_a_rule_is_refused_to_everyone() -> None:
    tomasz = StaffView(
        id="tomasz", name="Tomasz", roles=["agent", "supervisor", "author", "administrator"], language="en"
    )
    assert not may(tomasz, "launch.rocket")
    assert not may(None, "desk.open")
