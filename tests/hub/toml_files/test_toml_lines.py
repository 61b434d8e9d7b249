"""The place of every key in a TOML text, in every shape that TOML knows."""

import tomllib
from pathlib import Path
from typing import Any

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from hub.toml_files.problems import write_key
from hub.toml_files.toml_lines import find_lines

SAMPLE = (Path(__file__).parents[3] / "config.toml").read_text(encoding="utf-8")


def test_lines_are_found_in_every_shape_that_toml_knows() -> None:
    text = '''# a comment with [brackets] = "and more"
a = 1
"b.c".d = """
[not.a.table]
e = "\\""" """
f = [ # = [
  { g = 0.5, h = [1,
    2] },
  'x = "y"',
]
i = 1979-05-27 07:32:00
[[j]]
[[j.k]]
l = {}
[[j.k]]
l = { m = 'n' , "o p" = [] }
[j.q]
[[j]]
[j.q]
r = 1
'''
    lines = {write_key(key): line for key, line in find_lines(text).items()}
    assert lines == {
        "a": 2,
        "b.c": 3,
        "b.c.d": 3,
        "f": 6,
        "f[1]": 7,
        "f[1].g": 7,
        "f[1].h": 7,
        "f[1].h[1]": 7,
        "f[1].h[2]": 8,
        "f[2]": 9,
        "i": 11,
        "j": 12,
        "j[1]": 12,
        "j[1].k": 13,
        "j[1].k[1]": 13,
        "j[1].k[1].l": 14,
        "j[1].k[2]": 15,
        "j[1].k[2].l": 16,
        "j[1].k[2].l.m": 16,
        "j[1].k[2].l.o p": 16,
        "j[1].q": 17,
        "j[2]": 18,
        "j[2].q": 19,
        "j[2].q.r": 20,
    }  # fmt: skip
    assert tomllib.loads(text)["j"][1]["q"]["r"] == 1


def every_key(data: Any, at: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return {at} | {key for name, value in pairs for key in every_key(value, (*at, name))}


def test_every_key_of_the_sample_file_has_a_line_and_none_is_made_up() -> None:
    lines = find_lines(SAMPLE)
    missing = every_key(tomllib.loads(SAMPLE)) - set(lines) - {()}
    # A table that has nothing but tables in it stands nowhere itself.
    assert {write_key(key) for key in missing} == {
        "channels",
        "policy.activities",
        "policy.attributes",
        "policy.consents",
        "policy.menus",
    }
    assert set(lines) <= every_key(tomllib.loads(SAMPLE))


plain = st.recursive(
    st.one_of(st.integers(), st.booleans(), st.text(max_size=8), st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=5), plain, max_size=4))
def test_any_file_that_toml_can_say_is_read_without_losing_the_place(data: dict[str, Any]) -> None:
    text = tomli_w.dumps(data)
    lines = find_lines(text)
    leaves = {key for key in every_key(data) if key and not isinstance(_at(data, key), dict | list)}
    assert leaves <= set(lines)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


def _at(data: Any, key: tuple[str | int, ...]) -> Any:
    for part in key:
        data = data[part]
    return data
