"""Header values as strangers write them."""

import time

import pytest

from channels.mail.headers import (
    MAX_VALUE,
    Mailbox,
    clean_line,
    decode_words,
    parse_address,
    parse_addresses,
    parse_message_ids,
    parse_unstructured,
    repair,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?B?5YyF6KO5?=", "包裹"),
        ("=?UTF-8?q?P=C3=A5_v=C3=A4g?= nu", "På väg nu"),
        ("Re: =?gb2312?B?sPy5/A==?= 1", "Re: 包裹 1"),
        ("=?utf-8?B?5YyF?= =?utf-8?B?6KO5?=", "包裹"),
        ("=?utf-8?B?5YyF6A==?=\r\n =?utf-8?B?o7k=?=", "包裹"),  # a character cut in two
        ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        ("=?iso-8859-1*sv?Q?=E5?=", "å"),
        ('"=?utf-8?q?=C3=85sa?="', '"Åsa"'),
        ("=?utf-8?B?5YyF6KO5?=.pdf", "包裹.pdf"),
        ("=?utf-8?B?5YyF6KO5!?=", "包裹"),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("=?utf-8?q?open", "=?utf-8?q?open"),
        ("=?x-none?q?=C3=A5?=", "å"),
        ("1 =? 2", "1 =? 2"),
    ],
)
def test_encoded_words_are_read(value: str, text: str) -> None:
    assert decode_words(repair(value)) == text


def test_a_subject_is_one_line_without_controls() -> None:
    assert parse_unstructured("=?utf-8?q?Hej=0D=0ABcc:_x?= \x00\u202e du") == "Hej Bcc: x du"
    assert clean_line("👩‍👩‍👧 \ud800.") == "👩‍👩‍👧 ."


@pytest.mark.parametrize(
    ("value", "boxes"),
    [
        ("pia@mail.example", [("", "pia@mail.example")]),
        ("Pia <Pia@Mail.Example>", [("Pia", "pia@mail.example")]),
        (
            '"Lindqvist, Pia" <pia@mail.example>, gus@mail.example',
            [("Lindqvist, Pia", "pia@mail.example"), ("", "gus@mail.example")],
        ),
        ("=?utf-8?q?Lindqvist=2C_Pia?= <pia@mail.example>", [("Lindqvist, Pia", "pia@mail.example")]),
        ("=?gb2312?B?zfXQocP3?= <wang@mail.example>", [("王小明", "wang@mail.example")]),
        ('"\\"Pia\\"" <pia@mail.example>', [('"Pia"', "pia@mail.example")]),
        ("pia@mail.example (Pia (work) L)", [("Pia (work) L", "pia@mail.example")]),
        ("Team: pia@mail.example, gus@mail.example;", [("", "pia@mail.example"), ("", "gus@mail.example")]),
        ("undisclosed-recipients:;", []),
        ("pia@mail.example; gus@mail.example", [("", "pia@mail.example"), ("", "gus@mail.example")]),
        ("pia@mail.example <pia@mail.example>", [("", "pia@mail.example")]),
        ("'pia' <用户@例子.example>", [("'pia'", "用户@例子.example")]),
        ("MAILER-DAEMON <>", [("MAILER-DAEMON", "")]),
        ("Pia <pia@mail.example", [("Pia", "pia@mail.example")]),
        ("<a@b@c.example>", [("", "")]),
        ("nobody", []),
        ("", []),
        (",,;:", []),
    ],
)
def test_addresses_are_read(value: str, boxes: list[tuple[str, str]]) -> None:
    assert parse_addresses(value) == tuple(Mailbox(*box) for box in boxes)


def test_a_name_that_shows_another_address_keeps_it_for_the_agent_to_see() -> None:
    assert parse_addresses('"boss@bank.example" <x@evil.example>') == (
        Mailbox("boss@bank.example", "x@evil.example"),
    )


@pytest.mark.parametrize(
    "address",
    [
        "",
        "pia",
        "@mail.example",
        "pia@",
        "pia@mail..example",
        "pia@-mail.example",
        "pia@mail.example.",
        ".pia@x.example",
        "p ia@x.example",
        '"p ia"@x.example',
        "pia@[127.0.0.1]",
        "pia(x)@x.example",
        "pia@x.example\r\n",
        "pia\0@x.example",
        "x" * 65 + "@x.example",
        "pia@" + "x" * 64 + ".example",
        "pia@" + "x." * 130 + "example",
    ],
)
def test_an_address_that_is_not_plain_cannot_be_used(address: str) -> None:
    assert parse_address(address) == ""


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<1@x.example>", ["<1@x.example>"]),
        ("<1@x.example> <2@x.example>\r\n\t<1@x.example>", ["<1@x.example>", "<2@x.example>"]),
        ("<1@x.example><2@x.example>", ["<1@x.example>", "<2@x.example>"]),
        ("1@x.example", ["<1@x.example>"]),
        ('Your message of "Monday" <1@x.example>', ["<1@x.example>"]),
        ("<[[[", []),
        ("< 1@x.example >", ["<1@x.example>"]),
        ("", []),
    ],
)
def test_message_ids_are_read(value: str, ids: list[str]) -> None:
    assert parse_message_ids(repair(value)) == tuple(ids)


@pytest.mark.parametrize(
    "unit",
    ["(", "<", '"', "\\", "a,", ":;", '"a', "=?utf-8?q?a?= ", "=?", "=?a?b?", "@", "(\\", "<a@b.example>,", "å"],
)
def test_no_value_takes_long(unit: str) -> None:
    value = repair(unit * MAX_VALUE)
    assert len(value) <= MAX_VALUE
    started = time.process_time()
    parse_addresses(value)
    parse_message_ids(value)
    parse_unstructured(value)
    parse_address(value)
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    "address", ["åsa@okänd.example", "пиа@почта.example", "пиа@mail.example", "pia@日本abc.example"]
)
def test_an_address_in_a_language_of_its_own_is_plain(address: str) -> None:
    assert parse_address(address) == address
