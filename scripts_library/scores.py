"""Scores: the points that answers give, and how a sum came about.

The rule of this file: only answers on the way that was taken count. A score in which nothing is answered is 0.
"""

from collections.abc import Mapping
from typing import NamedTuple

from scripts_library.field_answers import show_answer
from scripts_library.script_parts import Field, Score, Script


class Points(NamedTuple):
    """What one answer adds to a score."""

    field: Field
    answer: str  # as it is shown
    points: int


class Count(NamedTuple):
    """A score so far."""

    score: Score
    total: int
    summands: tuple[Points, ...]  # in the order of the head; an answer that gives no points is among them


def count_scores(script: Script, answers: Mapping[str, str]) -> tuple[Count, ...]:
    """`answers`: those on the way that was taken."""
    return tuple(count_score(script, score, answers) for score in script.scores)


def count_score(script: Script, score: Score, answers: Mapping[str, str]) -> Count:
    summands = tuple(
        Points(one, show_answer(one, answers[one.name]), score.points[one.name].get(answers[one.name], 0))
        for one in script.fields
        if one.name in score.points and one.name in answers
    )
    return Count(score, sum(one.points for one in summands), summands)
