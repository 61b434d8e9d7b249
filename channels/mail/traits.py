"""What email says of itself.

The rule of this file: data.
"""

from typing import Final

from channels.traits import MAILBOX, Icon, Traits

EMAIL: Final = Traits(
    name="email",
    names={"en": "Email", "zh-CN": "邮件"},
    counted={"en": "{count, plural, one {# mail} other {# mails}}", "zh-CN": "{count, plural, other {# 封邮件}}"},
    address_kind=MAILBOX,
    icon=Icon.MAIL,
    is_mail=True,
    reply_seconds=(4 * 3_600, 24 * 3_600),
    points=50,
    offer_seconds=60,
)
