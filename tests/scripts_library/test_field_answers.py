"""Whatever the agent types becomes the one form of its field's type, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts_library.field_answers import MAX_ANSWER, parse_field_answer, show_answer
from scripts_library.script_parts import Field, FieldType, Option

FIELDS = {
    kind: Field("f", "F", kind, options=(Option("sms", "短信"),) if kind is FieldType.CHOICE else ())
    for kind in FieldType
}


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (FieldType.TEXT, "  Svartbäcksgatan 12\r\nUppsala ", "Svartbäcksgatan 12\nUppsala"),
        (FieldType.TEXT, "上海市　静安区 👩‍💻", "上海市　静安区 👩‍💻"),
        (FieldType.TEXT, "   ", None),
        (FieldType.TEXT, "a\x00b", None),
        (FieldType.TEXT, "\ud800", None),
        (FieldType.TEXT, "x" * (MAX_ANSWER + 1), None),
        (FieldType.CHOICE, "sms", "sms"),
        (FieldType.CHOICE, "短信", None),
        (FieldType.CHOICE, "SMS", None),
        (FieldType.DATE, "2026-11-22", "2026-11-22"),
        (FieldType.DATE, "2026-02-30", None),
        (FieldType.DATE, "2026-W47-7", None),
        (FieldType.DATE, "20261122", None),
        (FieldType.DATE, "22.11.2026", None),
        (FieldType.DATE, "２０２６-11-22", None),
        (FieldType.YES_NO, "yes", "yes"),
        (FieldType.YES_NO, "true", None),
        (FieldType.NUMBER, "42", "42"),
        (FieldType.NUMBER, "-12.50", "-12.5"),
        (FieldType.NUMBER, "100", "100"),
        (FieldType.NUMBER, "-0", "0"),
        (FieldType.NUMBER, "007", "7"),
        (FieldType.NUMBER, "１，２３４", "1234"),
        (FieldType.NUMBER, "1e9", None),
        (FieldType.NUMBER, "NaN", None),
        (FieldType.NUMBER, "12.", None),
        (FieldType.NUMBER, ".5", None),
        (FieldType.NUMBER, "1,23", None),
        (FieldType.NUMBER, "1,234,56", None),
        (FieldType.NUMBER, "--1", None),
        (FieldType.NUMBER, "1234567890123456", None),
        (FieldType.NUMBER, "٣", None),
        (FieldType.AMOUNT, "10,000", "10000.00"),
        (FieldType.AMOUNT, "0.5", "0.50"),
        (FieldType.AMOUNT, "0.505", None),
        (FieldType.AMOUNT, "-1", None),
        (FieldType.AMOUNT, "9999999999999.99", "9999999999999.99"),
        (FieldType.AMOUNT, "10000000000000", None),
        (FieldType.AMOUNT, "€ 5", None),
    ],
)
def test_an_answer_has_one_form(kind, typed, kept):
    assert parse_field_answer(FIELDS[kind], typed) == kept


def test_an_answer_in_a_sentence_reads_as_words():
    assert show_answer(FIELDS[FieldType.CHOICE], "sms") == "短信"
    assert show_answer(FIELDS[FieldType.AMOUNT], "1234567.50") == "1,234,567.50"
    assert show_answer(FIELDS[FieldType.TEXT], "Åsa") == "Åsa"


@given(st.sampled_from(FieldType), st.text(max_size=50) | st.text(alphabet="0123456789.,-", max_size=20))
def test_what_was_kept_is_kept_as_it_is(kind, typed):
    kept = parse_field_answer(FIELDS[kind], typed)
    if kept is not None:
        assert parse_field_answer(FIELDS[kind], kept) == kept
        assert show_answer(FIELDS[kind], kept)
