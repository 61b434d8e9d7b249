"""What the web chat says of itself.

The rule of this file: data.
"""

from typing import Final

from channels.traits import Icon, Traits

WEBCHAT: Final = Traits(
    name="webchat",
    names={"en": "Web chat", "zh-CN": "网页聊天"},
    counted={"en": "{count, plural, one {# chat} other {# chats}}", "zh-CN": "{count, plural, other {# 个聊天}}"},
    address_kind="chat",
    icon=Icon.CHAT,
    is_live=True,
    stored_is_sent=True,
    reply_seconds=(60, 180),
    points=33,
    offer_seconds=30,
)
