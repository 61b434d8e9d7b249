"""Scripts on the wire as authors write them: the list, one script with its drafts and versions, the check of a text.

The rule of this file: instants are milliseconds by the wall clock, people have their names, and lines count from 1.
"""

from typing import Annotated, Literal

from pydantic import StringConstraints

from agent_console.practice_views import PracticeViews
from agent_console.script_comparison_views import Comparisons
from agent_console.script_figure_views import ScriptFiguresView
from agent_console.script_note_views import StepNotes
from agent_console.script_preview_views import ScriptPreviews
from agent_console.script_views import ScriptId, ScriptLanguage, ScriptText
from agent_console.wire_model import Wire

Sentence = Annotated[str, StringConstraints(max_length=300)]
VersionState = Literal["scheduled", "compared", "published", "replaced", "retired", "refused"]
DraftState = Literal["", "draft", "review"]


class ScriptFileLine(Wire):
    """One language of a script. `version`: the published one; 0: none. `scheduled`: the one that waits; 0: none."""

    language: str
    version: int
    scheduled: int
    draft: DraftState
    draft_by: str
    has_errors: bool  # the draft could not be published as it is


class ScriptLine(Wire):
    """`titles`: by language. `applies_to`: what it names, part by part; empty: every interaction. `used_by`: the
    scripts that take it in."""

    id: str
    title: str
    titles: dict[str, str]
    kind: str  # script, sub-script or questions
    used_by: list[str]
    is_retired: bool
    is_by_hand: bool  # agents pick it, and no interaction gets it by itself
    applies_to: dict[str, list[str]]
    files: list[ScriptFileLine]


class ScriptsPage(Wire):
    """GET /api/scripts. `names`: by part of `applies_to`, of what it may name there."""

    scripts: list[ScriptLine]
    names: dict[str, dict[str, dict[str, str]]]
    four_eyes: bool
    is_watched: bool  # saved files are published too


class ScriptVersionView(Wire):
    language: str
    version: int
    state: VersionState
    written_by: list[str]
    approved_by: str
    published_by: str
    note: str
    problem: str
    begins_at: int
    ended_at: int | None


class ScriptSaveView(Wire):
    revision: int
    saved_by: str
    saved_at: int


class ScriptFileView(Wire):
    """One language of a script. `source`: the draft, else what is published. `published`: empty if nothing is.
    `revision`: of the draft on this screen, to be said when it is saved. `saves`: the last ones, the newest first."""

    language: str
    source: str
    published: str
    revision: int
    draft: DraftState
    changed_by: str
    changed_at: int
    sentence: str
    written_by: list[str]
    wrote: bool  # whether this person did
    saves: list[ScriptSaveView]


class ProposalFigures(Wire):
    """How often a proposal of a catalogue was shown, and what was said. `successes`: the replies that its author
    counts as one. `is_gone`: the published catalogue has it no more. `ended_on`: its last day, if that has passed."""

    id: str
    title: str
    shown: int
    accepted: int
    later: int
    declined: int
    successes: int
    is_gone: bool
    ended_on: str = ""


class ScriptPage(Wire):
    """GET /api/scripts/{id}."""

    id: str
    files: list[ScriptFileView]
    versions: list[ScriptVersionView]
    four_eyes: bool
    proposals: list[ProposalFigures] = []  # of a catalogue, in its order


class TextView(Wire):
    source: str


class SaveDraftRequest(Wire):
    """POST /api/scripts/{id}/draft. 409: somebody else has changed it; the answer is a `DraftConflict`."""

    language: ScriptLanguage
    source: ScriptText
    revision: int


class DraftSaved(Wire):
    revision: int


class DraftConflict(Wire):
    """`source`: the text as it is now."""

    code: Literal["changed"] = "changed"
    source: str
    revision: int
    changed_by: str


class DraftsRequest(Wire):
    """What is done with all drafts of a script. `revisions`: by language, as they were seen."""

    revisions: dict[ScriptLanguage, int]
    sentence: Sentence = ""
    begins_at: int | None = None  # only of publishing: when; null: at once


class RetireRequest(Wire):
    sentence: Sentence = ""


class CheckRequest(Wire):
    """POST /api/script-checks."""

    id: ScriptId
    language: ScriptLanguage
    source: ScriptText


class ScriptProblemView(Wire):
    """`path`: the steps of the way that it is about, and `end`; empty: it is about no way."""

    line: int
    column: int
    words: str
    is_error: bool
    path: list[str]


class GraphWay(Wire):
    key: str
    label: str
    target: str
    outcome: str
    line: int


class GraphStep(Wire):
    """`line` to `last_line`: where it stands in the text."""

    id: str
    title: str
    line: int
    last_line: int
    fields: int
    statements: int
    is_reachable: bool
    ways: list[GraphWay]


class CheckView(Wire):
    """`steps`: as far as the text can be read. `title`: empty if it cannot."""

    title: str
    problems: list[ScriptProblemView]
    steps: list[GraphStep]


class NotPublishedView(Wire):
    """422: nothing was published. Each problem with its file."""

    code: Literal["not_published"] = "not_published"
    problems: list[str]


class ScriptEditing(Wire):
    """Everything above, for the generator of the screens' types."""

    scripts: ScriptsPage
    script: ScriptPage
    text: TextView
    save: SaveDraftRequest
    saved: DraftSaved
    conflict: DraftConflict
    drafts: DraftsRequest
    retire: RetireRequest
    check: CheckRequest
    checked: CheckView
    not_published: NotPublishedView
    notes: StepNotes
    previews: ScriptPreviews
    figures: ScriptFiguresView
    practice: PracticeViews
    comparing: Comparisons
