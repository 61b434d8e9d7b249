"""Every class that is stored comes back as it was, and nothing else is taken for it."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType, UnionType
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels import channel
from hub.storage.codec import Codec, CodecError, classes_of, decode_as, encode_plain
from routing import effects, inputs, model
from tests.channel_names import EMAIL, PHONE, SMS, WEBCHAT

CLASSES = classes_of(inputs.Input, effects.Effect, channel.Notice, channel.Request)
CODEC = Codec(CLASSES)
ROWS = [model.InteractionRow, model.AgentRow, model.AgentProfile, model.Policy, model.Snapshot]


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Anything that a field of this type may hold; Hypothesis's own integers outgrow 64 bits."""
    origin, arguments = get_origin(hint), get_args(hint)
    if isinstance(hint, NewType):
        return values(hint.__supertype__)
    if hint is int:
        return st.integers(-(2**63), 2**63 - 1)
    if origin in (Union, UnionType):
        return st.one_of(*(values(argument) for argument in arguments))
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(values(argument) for argument in arguments))
    if origin is Mapping:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=3)
    if dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{field.name: values(hints[field.name]) for field in dataclasses.fields(hint)})
    return st.from_type(hint)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@settings(max_examples=15)
@given(data=st.data())
def test_what_has_a_name_comes_back_equal(cls: type, data: st.DataObject) -> None:
    document = data.draw(values(cls))
    assert CODEC.decode(CODEC.encode(document)) == document
    assert type(CODEC.decode(CODEC.encode(document))) is cls


@pytest.mark.parametrize("cls", ROWS, ids=lambda cls: cls.__name__)
@settings(max_examples=15)
@given(data=st.data())
def test_what_is_known_by_its_place_comes_back_equal(cls: type, data: st.DataObject) -> None:
    document = data.draw(values(cls))
    assert decode_as(cls, encode_plain(document)) == document


def test_what_named_a_channel_before_channels_had_traits_is_read_as_it_was() -> None:
    """Journal, inbox and outbox of a release in which the router had an enum of four."""
    entered = '{"class":"InteractionEnqueued","interaction_id":"i","queue":"cards","channel":"webchat","tier":"gold"}'
    assert CODEC.decode(entered) == inputs.InteractionEnqueued(
        model.InteractionId("i"), model.QueueId("cards"), WEBCHAT, model.TierId("gold")
    )
    profile = decode_as(model.AgentProfile, '{"queues":["cards"],"points":[["phone",101],["email",50]]}')
    assert profile.points == ((PHONE, 101), (EMAIL, 50))


def test_a_document_reads_as_one_would_write_it() -> None:
    assert CODEC.encode(inputs.TimePassed()) == '{"class":"TimePassed"}'
    left = channel.ChatLeft("chat:1:é", "1")
    assert CODEC.encode(left) == '{"class":"ChatLeft","key":"chat:1:é","chat_id":"1"}'


def test_a_read_only_mapping_is_a_mapping() -> None:
    tier = model.Tier(model.TierId("gold"), 2, MappingProxyType({SMS: None}))
    assert decode_as(model.Tier, encode_plain(tier)) == tier


def test_a_key_that_is_missing_takes_its_default() -> None:
    row = CODEC.decode('{"class":"OfferAccepted","offer_id":"o","agent_id":"ada"}')
    assert row == inputs.OfferAccepted(model.OfferId("o"), model.AgentId("ada"))
    assert CODEC.decode('{"class":"CustomerLeft","interaction_id":"i"}').closed_as is model.ClosedAs.ABANDONED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"TimePassed"',
        "{}",
        '{"class":"Unheard"}',
        '{"class":["TimePassed"]}',
        '{"class":"TimePassed","more":1}',
        '{"class":"OfferAccepted","offer_id":"o"}',
        '{"class":"OfferAccepted","offer_id":"o","agent_id":null}',
        '{"class":"OfferAccepted","offer_id":"o","agent_id":7}',
        '{"class":"CustomerLeft","interaction_id":"i","closed_as":"vanished"}',
        '{"class":"InteractionBoosted","interaction_id":"i","boost":1.5}',
        '{"class":"InteractionBoosted","interaction_id":"i","boost":true}',
        '{"class":"MessageReceived","key":"k","from_address":"a","to_address":"b","text":"c",'
        '"identity_level":"proven","media":[{"ref":"r"}]}',
        '{"class":"MessageReceived","key":"k","from_address":"a","to_address":"b","text":"c",'
        '"identity_level":"proven","joins":"ab"}',
        '{"class":"InteractionEnqueued","interaction_id":"i","queue":"q","channel":"sms","tier":"gold",'
        '"requirement":{"skills":[["se"]]}}',
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(CodecError):
        CODEC.decode(text)


def test_what_json_cannot_hold_is_refused_before_it_is_stored() -> None:
    with pytest.raises(CodecError):
        CODEC.encode(channel.ChatLeft("\ud800", "1"))
    with pytest.raises(CodecError):
        CODEC.encode(model.Rank(0, 0, 0))
