"""What the settings let through the gate.

The rule of this file: it reads settings alone.
"""

from channels.phone.traits import PHONE
from channels.sms import SMS
from hub.sending.auto_reply_limits import AutoReplyRules
from hub.sending.may_send import SendRules
from hub.sending.quiet_hours import QuietHours
from hub.sending.spending import Limits
from hub.settings.config import Config
from hub.settings.process_settings import EmailSection, PhoneSection, SmsSection


def build_rules(config: Config) -> SendRules:
    """What the gate lets through."""
    phone, sms = config.channels.phone, config.channels.sms
    ours = frozenset((*(phone.numbers if phone else ()), *(sms.numbers if sms else ())))
    return SendRules(
        limits={PHONE.name: _limits(phone, ours), SMS.name: _limits(sms, ours)},
        has_softphones=phone is None or phone.has_softphones,
        calls_per_agent=phone.most_per_agent_per_day if phone else None,
        call_numbers=phone.numbers if phone else (),
        quiet_hours=QuietHours.read(phone.quiet_hours) if phone else None,
        auto_replies=_auto_replies(config.channels.email),
    )


def _auto_replies(section: EmailSection | None) -> AutoReplyRules:
    if section is None:
        return AutoReplyRules()
    return AutoReplyRules(
        per_address=section.auto_replies_per_address,
        per_domain=section.auto_replies_per_domain,
        in_all=section.auto_replies,
        subject=section.auto_reply_subject,
        own_mailboxes=frozenset(address.lower() for address in section.addresses),
    )


def _limits(section: PhoneSection | SmsSection | None, ours: frozenset[str]) -> Limits:
    if section is None:
        return Limits()
    return Limits(
        countries=frozenset(section.countries),
        ours=ours,
        most=section.most_per_hour,
        most_per_customer=section.most_per_customer_per_hour,
    )
