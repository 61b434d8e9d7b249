"""The policy's document in and out of data: parsed with every problem, checked, and written as TOML.

The rule of this file: a document is whole or refused. `parse_policy` lists all that is wrong with it; `dump_policy`
and `policy_to_toml` lose nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import tomli_w

from channels.registry import list_calls, traits_of
from hub.clock import list_time_zones
from hub.policies.activity_kinds import COUNTED_BY_HUB, STANDARD_KINDS
from hub.policies.attributes import RESERVED, STANDARD
from hub.policies.customer_rules import RuleSurroundings, check_rules
from hub.policies.document import (
    CALLED_BACK,
    NO_TIME_ZONE,
    CallbackPolicy,
    DispositionPolicy,
    OverflowPolicy,
    PolicyDocument,
    QueuePolicy,
    ReasonPolicy,
    TierPolicy,
)
from hub.policies.phone_menus import NO_CALL_HOURS, MenuSurroundings, check_menus
from hub.policies.promised_calls import check_promised_calls
from hub.policies.rule_variables import list_rule_types
from hub.toml_files.problems import (
    ConfigErrors,
    Finder,
    adapter_of,
    find_repeated,
    say_misplaced,
    say_unknown,
    validate,
)
from hub.toml_files.toml_lines import Key
from routing import model


def parse_policy(data: Mapping[str, Any], finder: Finder | None = None, at: Key = ()) -> PolicyDocument:
    """The document that the data describe. Raises `ConfigErrors` with all problems. With the `finder` of a file, it
    must also keep what it promises; a stored policy is taken as it was."""
    is_written, finder = finder is not None, finder or Finder()
    document, problems = validate(PolicyDocument, data, finder, at)
    if document is not None:
        found = [*_check(document, is_written=is_written), *(check_promised_calls(document) if is_written else ())]
        problems = [finder.problem(at + key, what) for key, what in found]
    if document is None or problems:
        raise ConfigErrors(problems, "policy")
    return document


def dump_policy(document: PolicyDocument) -> dict[str, Any]:
    """Plain data, fit for JSON and TOML: `parse_policy(dump_policy(document)) == document`."""
    dumped: dict[str, Any] = adapter_of(PolicyDocument).dump_python(document, mode="json", exclude_defaults=True)
    return dumped


def policy_to_toml(document: PolicyDocument) -> str:
    """The policy part of `config.toml`, complete. The comments of a file are not part of the policy."""
    return tomli_w.dumps({"policy": dump_policy(document)})


def _check(document: PolicyDocument, *, is_written: bool) -> Iterator[tuple[Key, str]]:
    """The problems that no single value shows: a part names another part that does not exist."""
    tiers = [tier.id for tier in document.tiers]
    queues = {queue.id: queue for queue in document.queues}
    if document.time_zone not in list_time_zones():
        yield ("time_zone",), NO_TIME_ZONE
    if document.default_tier not in tiers:
        yield ("default_tier",), say_unknown("a tier", tiers)
    yield from find_repeated("tiers", "id", tiers)
    yield from find_repeated("tiers", "order", [tier.order for tier in document.tiers])
    yield from find_repeated("queues", "id", [queue.id for queue in document.queues])
    yield from find_repeated("dispositions", "code", [disposition.code for disposition in document.dispositions])
    yield from find_repeated("unavailable_reasons", "code", [reason.code for reason in document.unavailable_reasons])
    yield from _unnamed(document)
    for channel, by in document.capacity.interruptible_by.items():
        if channel in by:
            yield ("capacity", "interruptible_by", channel), "must not list itself: an agent would always have room"
    for n, queue in enumerate(document.queues):
        yield from _check_queue(("queues", n), queue)
        if queue.hours and queue.hours not in [hours.id for hours in document.hours]:
            yield ("queues", n, "hours"), say_unknown("opening hours", [hours.id for hours in document.hours])
        for m, rule in enumerate(queue.overflow):
            for key, what in _check_overflow(rule, queue, document):
                yield ("queues", n, "overflow", m, *key), what
        messages = [message.id for message in document.messages]
        if queue.machine_message and queue.machine_message not in messages:
            yield ("queues", n, "machine_message"), say_unknown("a message", messages)
        for direction, recording in queue.recording.items():
            if recording.announcement not in messages:
                yield ("queues", n, "recording", direction, "announcement"), say_unknown("a message", messages)
            if not queue.takes_calls:
                yield ("queues", n, "recording"), "works only for queues that take calls: take it away"
        if queue.callback is not None:
            for key, what in _check_callback(queue.callback, document):
                yield ("queues", n, "callback", *key), what
            if queue.callback.appointment_key and not queue.has_call_hours:
                yield ("queues", n, "callback", "appointment_key"), NO_CALL_HOURS
    for n, boost in enumerate(document.boosts):
        if (boost.when == "repeat") != bool(boost.within_seconds):
            yield ("boosts", n, "within_seconds"), say_misplaced('when = "repeat"', bool(boost.within_seconds))
        if (boost.when == "stage") != bool(boost.stage):
            yield ("boosts", n, "stage"), say_misplaced('when = "stage"', bool(boost.stage))
    yield from find_repeated("hours", "id", [hours.id for hours in document.hours])
    yield from find_repeated("messages", "id", [message.id for message in document.messages])
    for n, hours in enumerate(document.hours):
        for key, what in hours.check():
            yield ("hours", n, *key), what
        if hours.time_zone and hours.time_zone not in list_time_zones():
            yield ("hours", n, "time_zone"), NO_TIME_ZONE
    for n, disposition in enumerate(document.dispositions):
        for m, queue_id in enumerate(disposition.queues):
            if queue_id not in queues:
                yield ("dispositions", n, "queues", m), say_unknown("a queue", queues)
        if disposition.activity in COUNTED_BY_HUB:
            yield ("dispositions", n, "activity"), "must be another kind: the hub counts these itself"
        elif disposition.activity and disposition.activity not in document.all_activities:
            yield ("dispositions", n, "activity"), say_unknown("an activity", document.all_activities)
    for n, entry in enumerate(document.entries):
        if entry.queue not in queues:
            yield ("entries", n, "queue"), say_unknown("a queue", queues)
        elif entry.channel not in queues[entry.queue].channels:
            yield ("entries", n, "queue"), f"names a queue that does not take {entry.channel}: name one that does"
        if entry.menu and not traits_of(entry.channel).is_call:
            yield ("entries", n, "menu"), f"works only for {' and '.join(list_calls())}: take it away"
        elif entry.menu and entry.menu not in document.menus:
            yield ("entries", n, "menu"), say_unknown("a menu", document.menus)
    yield from find_repeated("entries", "address", [(entry.channel, entry.address) for entry in document.entries])
    for name, attribute in document.attributes.items():
        for key, what in attribute.check():
            yield ("attributes", name, *key), what
        if name in RESERVED:
            yield ("attributes", name), "is what every customer has already: use another name"
        if name in STANDARD and attribute.type != STANDARD[name].type:
            yield (
                ("attributes", name, "type"),
                f'must be "{STANDARD[name].type}": the hub reads this attribute itself',
            )
    for purpose, consent in document.consents.items():
        for key, what in consent.check(purpose):
            yield ("consents", purpose, *key), what
    for name, webhook in document.webhooks.items():
        for key, what in webhook.check(document.all_attributes):
            yield ("webhooks", name, *key), what
    for kind, activity in document.activities.items():
        if kind in STANDARD_KINDS and activity.has_amount != STANDARD_KINDS[kind].has_amount:
            known = str(STANDARD_KINDS[kind].has_amount).lower()
            yield ("activities", kind, "has_amount"), f"must be {known}: this kind belongs to the hub"
    around = RuleSurroundings(
        types=list_rule_types(document.all_attributes),
        activity_kinds=tuple(document.all_activities),
        tiers={tier.id: tier.order for tier in document.tiers},
        default_tier=document.default_tier,
    )
    rules = (document.tier_rules, document.stages, document.early_warnings)
    yield from check_rules(*rules, around, is_written=is_written)
    for key, what in check_menus(document.menus, _surround_menus(document)):
        yield ("menus", *key), what


def _surround_menus(document: PolicyDocument) -> MenuSurroundings:
    calls = [queue for queue in document.queues if queue.takes_calls]
    return MenuSurroundings(
        messages=[message.id for message in document.messages],
        hours=[hours.id for hours in document.hours],
        tiers=[tier.id for tier in document.tiers],
        languages=document.languages,
        queues=[queue.id for queue in calls],
        calling=[queue.id for queue in calls if queue.callback is not None],
        with_hours=[queue.id for queue in calls if queue.has_call_hours],
    )


def _check_queue(at: Key, queue: QueuePolicy) -> Iterator[tuple[Key, str]]:
    for channel in queue.channels:
        if channel not in queue.service_level:
            yield (*at, "service_level"), f"lacks {channel}, which this queue takes: add its target and seconds"
    for n, ring in enumerate(queue.rings):
        is_last = n == len(queue.rings) - 1
        if is_last and ring.duration_seconds is not None:
            yield (*at, "rings", n, "duration_seconds"), "stands in the last ring, which never ends: take it away"
        if not is_last and ring.duration_seconds is None:
            yield (*at, "rings", n), "needs duration_seconds, because another ring follows"


def _check_overflow(rule: OverflowPolicy, queue: QueuePolicy, document: PolicyDocument) -> Iterator[tuple[Key, str]]:
    targets = {one.id: one for one in document.queues if one.id != queue.id}
    channels = rule.channels or queue.channels
    if (rule.action == "queue") != bool(rule.queue):
        yield ("queue",), say_misplaced('action = "queue"', bool(rule.queue))
    elif rule.queue and rule.queue not in targets:
        yield ("queue",), f"must be one of the other queues: {', '.join(targets)}"
    elif rule.queue and not set(channels) <= set(targets[rule.queue].channels):
        yield ("queue",), f"names a queue that does not take {' and '.join(channels)}: name one that does"
    if rule.message and rule.message not in [message.id for message in document.messages]:
        yield ("message",), say_unknown("a message", [message.id for message in document.messages])
    if rule.action in ("auto_reply", *CALLED_BACK) and not rule.message:
        yield ("message",), f'is missing: action = "{rule.action}" needs one for the customer'
    if rule.action in CALLED_BACK and not all(traits_of(channel).is_call for channel in channels):
        yield ("channels",), f"must list only {' and '.join(list_calls())}: the hub calls back customers who called"
    if rule.action in CALLED_BACK and queue.callback is None:
        yield ("action",), "needs a callback table in this queue: add one, or choose another action"
    if (
        rule.message
        and (obeying := [channel for channel in channels if traits_of(channel).honours_stop])
        and rule.occasion in (model.Occasion.WAITED, model.Occasion.CLOSING)
    ):
        yield (
            ("channels",),
            f"must leave out {', '.join(obeying)}: the hub itself answers a text message only when it arrives",
        )
    if (rule.occasion is model.Occasion.WAITED) != bool(rule.after_seconds):
        yield ("after_seconds",), say_misplaced('occasion = "waited"', bool(rule.after_seconds))
    if (rule.occasion is model.Occasion.FULL) != bool(rule.limit):
        yield ("limit",), say_misplaced('occasion = "full"', bool(rule.limit))
    if rule.occasion in (model.Occasion.CLOSED, model.Occasion.CLOSING) and not queue.hours:
        yield ("occasion",), "needs opening hours: give this queue hours, or take the rule away"


def _check_callback(callback: CallbackPolicy, document: PolicyDocument) -> Iterator[tuple[Key, str]]:
    if callback.greeting not in [message.id for message in document.messages]:
        yield ("greeting",), say_unknown("a message", [message.id for message in document.messages])
    if bool(callback.key) != bool(callback.message):
        yield ("message",), say_misplaced("key", bool(callback.message))
    elif callback.message and callback.message not in [message.id for message in document.messages]:
        yield ("message",), say_unknown("a message", [message.id for message in document.messages])
    if callback.appointment_key and callback.appointment_key == callback.key:
        yield ("appointment_key",), "is the key for a callback too: give it another digit"
    hours = next((hours for hours in document.hours if hours.id == callback.hours), None)
    if callback.hours and hours is None:
        yield ("hours",), say_unknown("opening hours", [hours.id for hours in document.hours])
    elif hours is not None and not any(hours.week.values()):
        yield ("hours",), "are never open: add a span to their week, so that customers are called"


def _unnamed(document: PolicyDocument) -> Iterator[tuple[Key, str]]:
    named: Mapping[str, Iterable[TierPolicy | QueuePolicy | DispositionPolicy | ReasonPolicy]] = {
        "tiers": document.tiers,
        "queues": document.queues,
        "dispositions": document.dispositions,
        "unavailable_reasons": document.unavailable_reasons,
    }
    for n, message in enumerate(document.messages):
        missing = [language for language in document.languages if language not in message.texts]
        if missing:
            yield ("messages", n, "texts"), f"has no text in {', '.join(missing)}: add one"
    for table, things in named.items():
        for n, thing in enumerate(things):
            yield from _list_unnamed((table, n), thing.names, document)
    for name, attribute in document.attributes.items():
        yield from _list_unnamed(("attributes", name), attribute.names, document)
        for n, choice in enumerate(attribute.choices):
            yield from _list_unnamed(("attributes", name, "choices", n), choice.names, document)
    for kind, activity in document.activities.items():
        yield from _list_unnamed(("activities", kind), activity.names, document)
    for n, stage in enumerate(document.stages):
        yield from _list_unnamed(("stages", n), stage.names, document)
    for n, warning in enumerate(document.early_warnings):
        yield from _list_unnamed(("early_warnings", n), warning.names, document)


def _list_unnamed(at: Key, names: Mapping[str, str], document: PolicyDocument) -> Iterator[tuple[Key, str]]:
    missing = [language for language in document.languages if language not in names]
    if missing:
        yield (*at, "names"), f"has no name in {', '.join(missing)}: add one"
