"""What the phone says of itself.

The rule of this file: data.
"""

from typing import Final

from channels.traits import NUMBER, Icon, Traits

PHONE: Final = Traits(
    name="phone",
    names={"en": "Phone", "zh-CN": "电话"},
    counted={"en": "{count, plural, one {# call} other {# calls}}", "zh-CN": "{count, plural, other {# 通电话}}"},
    address_kind=NUMBER,
    icon=Icon.PHONE,
    is_call=True,
    is_live=True,
    reply_seconds=(20, 60),
    points=100,
    offer_seconds=20,
)
