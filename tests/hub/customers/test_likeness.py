"""Who may be one person: alike in whichever order one looks, by reasons that a person can check."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.customers.likeness import LEAST, LONGEST, MOST_KEYS, Likeness, Reason, Refusal, compare, list_keys, rank

texts = st.text("ab Åå李林 伟薇-Иван\u202e\x00'", max_size=8)
likenesses = st.builds(
    Likeness,
    id=st.sampled_from("abc"),
    names=st.lists(texts, max_size=2),
    numbers=st.lists(st.text("+0123 ", max_size=12), max_size=2),
    mailboxes=st.lists(st.text("aB1@+.", max_size=8), max_size=2),
    accounts=st.lists(st.text("aA1 -", max_size=6), max_size=2),
    birthdays=st.lists(st.sampled_from(["1980-01-01", "1981-02-02"]), max_size=1),
    household=st.lists(st.sampled_from("abc"), max_size=2),
)


@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        (Likeness("a", ["Lin Wei"]), Likeness("b", ["WEI, Lin"]), ("same_name",)),
        (Likeness("a", ["José Peña"]), Likeness("b", ["pena jose"]), ("same_name",)),
        (Likeness("a", ["Anna-Lena Berg"]), Likeness("b", ["Berg Anna Lena"]), ("same_name",)),
        (Likeness("a", ["林伟"]), Likeness("b", ["林 伟"]), ("same_name",)),
        (Likeness("a", ["林伟明"]), Likeness("b", ["Weiming Lin"]), ("same_sound",)),
        (Likeness("a", ["林伟明"]), Likeness("b", ["Lin Wei Ming"]), ("same_sound",)),
        (Likeness("a", ["欧阳伟"]), Likeness("b", ["Wei Ouyang"]), ("same_sound",)),
        (Likeness("a", ["Иван Петров"]), Likeness("b", ["Petrov Ivan"]), ("same_sound",)),
        (Likeness("a", ["Иван Петров"]), Likeness("b", ["ПЕТРОВ иван"]), ("same_name",)),
        (Likeness("a", ["林伟"]), Likeness("b", ["林薇"]), None),
        (Likeness("a", ["Lin"]), Likeness("b", ["Lin"]), None),
        (Likeness("a", ["A"], ["+46701740101"]), Likeness("b", ["B"], ["070-174 01 01"]), ("same_number",)),
        (Likeness("a", ["A"], ["112"]), Likeness("b", ["B"], ["112"]), None),
        (Likeness("a", [], [], ["wei.lin@x.se"]), Likeness("b", [], [], ["Wei.Lin+1@y.cn"]), ("same_mailbox",)),
        (Likeness("a", [], [], ["info@x.se"]), Likeness("b", [], [], ["info@y.se"]), None),
        (Likeness("a", [], [], ["aaaaa@x.se"]), Likeness("b", [], [], ["aaaaa@y.se"]), None),
        (Likeness("a", accounts=["SE12 34"]), Likeness("b", accounts=["se12-34"]), ("same_account",)),
        (Likeness("a", birthdays=["1980-01-01"]), Likeness("b", birthdays=["1980-01-01"]), None),
        (
            Likeness("a", ["Lin Wei"], birthdays=["1980-01-01"]),
            Likeness("b", ["Wei Lin"], birthdays=["1980-01-01"]),
            ("same_name", "same_birthday"),
        ),
        (Likeness("a", ["Lin Wei"], household=["b"]), Likeness("b", ["Wei Lin"]), None),
    ],
)
def test_reasons_are_what_a_person_would_name(one: Likeness, other: Likeness, reasons: tuple[Reason, ...]) -> None:
    there, back = compare(one, other), compare(other, one)
    assert (there.reasons if there else None) == (back.reasons if back else None) == reasons
    if reasons and reasons != ("same_birthday",):
        assert list_keys(one) & list_keys(other), "they are never compared"


@settings(max_examples=200, deadline=None)
@given(likenesses, likenesses)
def test_it_is_the_same_whichever_comes_first_and_whoever_is_alike_has_a_key_in_common(
    one: Likeness, other: Likeness
) -> None:
    there, back = compare(one, other), compare(other, one)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert (there.score, there.reasons) == (back.score, back.reasons)
        assert list_keys(one) & list_keys(other)


@settings(max_examples=200, deadline=None)
@given(likenesses, st.lists(likenesses, max_size=5), st.sets(st.sampled_from("abc")))
def test_nobody_refused_and_not_oneself_is_proposed_and_the_likeliest_is_first(
    one: Likeness, others: list[Likeness], refused: set[str]
) -> None:
    every = frozenset(("same_account",))
    found = rank(one, others, [Refusal(each, every) for each in refused], most=3)
    assert not {each.customer_id for each in found} & {*refused, one.id}
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True) and all(score >= LEAST for score in scores) and len(found) <= 3


def test_one_who_was_refused_comes_again_only_for_a_stronger_reason() -> None:
    one = Likeness("a", ["Lin Wei"], ["+46701740101"], ["wei.lin@x.se"], ["4711"])
    other = Likeness("b", ["Wei Lin"], [], ["wei.lin@y.se"], [])
    refused = [Refusal("b", frozenset({"same_name"}))]
    assert rank(one, [other], refused, 5) == []  # the mailbox is new, and says less than the name did
    other = Likeness("b", ["Wei Lin"], [], ["wei.lin@y.se"], ["4711"])
    (maybe,) = rank(one, [other], refused, 5)
    assert maybe.reasons == ("same_account", "same_name", "same_mailbox")
    assert rank(one, [other], [*refused, Refusal("b", frozenset(maybe.reasons))], 5) == []


def test_the_keys_of_one_customer_are_few_and_short_whatever_they_are_called() -> None:
    hostile = [f"{'a' * 400} {number} {'𒀀' * 90}" for number in range(400)]
    keys = list_keys(Likeness("a", hostile, [f"+4670{n:07}" for n in range(500)], [], hostile))
    assert 0 < len(keys) <= MOST_KEYS and all(len(key) <= LONGEST for key in keys)
