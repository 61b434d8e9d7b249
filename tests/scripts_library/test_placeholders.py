"""A placeholder is a name from the allow-list and a fallback, and nothing else."""

import pytest

from scripts_library.placeholders import Placeholder, PlaceholderError, find_end, parse_placeholder

ALLOWED = ("customer.name", "customer.city", "answer.sum")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{{ customer.name | fallback: "there" }}', Placeholder("customer.name", "there")),
        ("{{customer.city|fallback:'Luleå'}}", Placeholder("customer.city", "Luleå")),
        ('{{ answer.sum | fallback: "" }}', Placeholder("answer.sum", "")),
        ('{{ customer.name | fallback: "a | b }} c\'s" }}', Placeholder("customer.name", "a | b }} c's")),
        ('{{ customer.name | fallback: "“贵宾”" }}', Placeholder("customer.name", "“贵宾”")),
    ],
)
def test_a_sound_placeholder_is_read(text, expected):
    assert find_end(text + " more }}", 0) == len(text)
    assert parse_placeholder(text, ALLOWED) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ customer.name }}", "has no fallback"),
        ("{{ customer.nam }}", 'Did you mean "customer.name"'),
        ("{{ }}", "is not a variable"),
        ("{{", "does not end"),
        ("{{ customer.name | fallback: 'a'", "does not end"),
        ("{{}", "does not end"),
        ("{{ customer.name | upcase }}", "is not known after the bar"),
        ('{{ customer.name | default: "x" }}', "is not known after the bar"),
        ("{{ customer.name | fallback: customer.city }}", "one text in quotes"),
        ('{{ customer.name | fallback: "a" | upcase }}', "one text in quotes"),
        ('{{ customer.name | fallback: "a" "b" }}', "one text in quotes"),
        ('{{ customer.name | fallback: " }}', "one text in quotes"),
        ("{{ customer.name | fallback: “there” }}", "straight quotes"),
        ('{{ customer.name.__class__ | fallback: "" }}', "is not a variable"),
        ('{{ customer["name"] | fallback: "" }}', "is not a variable"),
        ("{{ 7 * 7 }}", "is not a variable"),
        ("{{ field: sum }}", "on a line of its own"),
        ("{{ " + "x" * 5000 + " }}", "…"),
    ],
)
def test_everything_else_is_refused_with_advice(text, words):
    with pytest.raises(PlaceholderError, match=None) as error:
        parse_placeholder(text, ALLOWED)
    assert words in str(error.value)
    assert len(str(error.value)) < 250
