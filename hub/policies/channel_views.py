"""The channels, as the screens see them.

The rule of this file: it copies the traits and adds nothing.
"""

from agent_console.views import ChannelView
from channels.registry import REGISTRY
from channels.traits import Traits
from routing.model import ChannelName


def view_channels() -> list[ChannelView]:
    return [_view(traits) for traits in REGISTRY.values()]


def _view(traits: Traits) -> ChannelView:
    return ChannelView(
        name=ChannelName(traits.name),
        names=dict(traits.names),
        counted=dict(traits.counted),
        icon=str(traits.icon),
        is_call=traits.is_call,
        is_live=traits.is_live,
        is_mail=traits.is_mail,
        stored_is_sent=traits.stored_is_sent,
        texts_cost_money=traits.texts_cost_money,
        soon_seconds=traits.reply_seconds[0],
        late_seconds=traits.reply_seconds[1],
    )
