"""The wire between the hub and the screens, in one place.

The rule of this file: it names the sockets' events and every model that goes over them. The screens' TypeScript is
generated from the models when the web bundle is built (`python -m agent_console.wire` prints their JSON Schema), so
that the two sides cannot disagree.

`/desk`, on connect: {desk: id of the page}, which stays the same through its reconnects.
`/desk`, client to hub:
    resume(ResumeRequest) -> ResumeAnswer          after each connect, and when a number is missing
    command(Command) -> CommandAnswer              acknowledged once stored and decided
    typing({interaction_id})                       told to the customer, not stored
`/desk`, hub to client:
    events(list[NumberedEvent])                    numbers grow by one per agent; a gap means: resume
    queues(list[QueueLine])                        not numbered: the newest is all there is
    typing({interaction_id}), signed_out({reason}), moving({})
`/wallboard`, client to hub: command(BoardCommand) -> CommandAnswer
`/wallboard`, hub to client: board(WallboardView), at most once a second and when it changed; signed_out({reason}).
"""

import json
import sys
from typing import Annotated

from pydantic import Field, StringConstraints

from agent_console.commands import BoardCommand, Command, CommandAnswer
from agent_console.events import NumberedEvent, ResumeAnswer, ResumeRequest
from agent_console.explanation import (
    CandidatesView,
    EstimatesView,
    ExplanationView,
    HeldView,
    UnfinishedView,
    WaitingView,
)
from agent_console.views import ChannelView, DeskSnapshot, MessageView, ScriptOptionView, StaffView, Wire
from agent_console.wallboard_views import WallboardView


class SignInRequest(Wire):
    """POST /api/sign-in -> StaffView and the session cookie, or 401 {"code": "wrong_sign_in"}."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]


class ChangePasswordRequest(Wire):
    """POST /api/password -> StaffView and a new session; 401 {"code": "wrong_sign_in"}, 400 {"code": "poor_password"}
    where the new one has fewer than 12 characters or is the old one. Asked for by 403 {"code":
    "must_change_password"} at the sign-in: a first password serves once."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]
    new_password: Annotated[str, Field(min_length=1, max_length=1000)]


class SignInOptions(Wire):
    """GET /api/sign-in: what the sign-in screen shows. `samples` is filled in the demo alone."""

    organisation: str
    samples: list["SampleStaff"] = []


class SampleStaff(Wire):
    name: str  # at the sign-in
    full_name: str
    password: str
    roles: list[str]


class ConversationView(Wire):
    """GET /api/customers/{id}/conversation?before=MS: all channels, newest page, in order of time."""

    messages: list[MessageView]
    counts: dict[str, int]  # channel -> interactions
    has_more: bool


class ScriptListView(Wire):
    """GET /api/interactions/{id}/scripts: what its holder may pick, the most fitting first; 404 for anybody else."""

    scripts: list[ScriptOptionView]


class SetAsideArrival(Wire):
    """What could not be handled. `kind`: the notice's class, or "command"; `channel`: empty where it is of none."""

    id: int
    channel: str
    kind: str
    received_at: int
    tries: int
    problem: str


class SetAsideView(Wire):
    """GET /api/inbox/set-aside: the oldest ones. POST /api/inbox/{id}/run-again brings one back into the order."""

    arrivals: list[SetAsideArrival]
    channels: list[ChannelView]
    has_more: bool


class SessionView(Wire):
    """A sign-in that lasts. `browser`: as it names itself (User-Agent); `used_at`: within a minute or so; `is_this`:
    the one that asks."""

    id: str
    browser: str
    address: str
    began_at: int
    used_at: int
    ends_at: int
    is_this: bool


class SessionsView(Wire):
    """GET /api/me/sessions, and of anybody GET /api/staff/{id}/sessions: the one used last first. POST to
    .../{session}/end ends one; its screens close within seconds."""

    sessions: list[SessionView]


class StaffMemberView(Wire):
    id: str
    name: str
    roles: list[str]
    is_disabled: bool


class StaffListView(Wire):
    """GET /api/staff, for administrators."""

    staff: list[StaffMemberView]


class FiledMail(Wire):
    """A program's mail that only tells something and answers nothing of ours: bounce, absence, receipt, feedback or
    calendar."""

    id: int
    at: int
    kind: str
    our_address: str
    from_domain: str  # empty where the mail names no address


class FiledMailsView(Wire):
    """GET /api/mails/filed: the newest ones, or with ?before= those behind the mail of that id."""

    mails: list[FiledMail]
    has_more: bool


class OpenSetAsideRequest(Wire):
    """POST /api/inbox/{id}/open -> SetAsideContent; 400 {"code": "reason_needed"} for less than ten characters."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=500)]


class SetAsideContent(Wire):
    body: str  # as it was stored, JSON
    problem: str  # in full


class AuditLine(Wire):
    """`staff_name`: empty where no person of ours did it. `subject`: an id. `queue`: in which the work was; empty: it
    was about no work. `detail`: as JSON."""

    id: int
    at: int
    staff_id: str
    staff_name: str
    action: str
    subject: str
    customer_id: str
    queue: str
    detail: dict[str, str | int | float | bool | list[str] | None]


class AuditView(Wire):
    """GET /api/audit?staff=&customer=&action=&queue=&day=2026-11-29&before=ID: the newest that fit, newest first.
    `people`, `actions` and `queues`: what can be asked for."""

    lines: list[AuditLine]
    has_more: bool
    people: dict[str, str]  # id -> name
    actions: list[str]
    queues: dict[str, dict[str, str]]  # id -> its names by language
    is_whole: bool  # else that of their queues alone


class OwnPhoneView(Wire):
    """GET /api/me/phone: the agent's own number in E.164, empty where they have none. `countries`: of ISO 3166, where
    such a number may be; `has_softphone`: without a number they answer in the sandbox."""

    number: str
    has_softphone: bool
    countries: list[str]


class SetPhoneRequest(Wire):
    """POST /api/me/phone -> OwnPhoneView; empty takes the number away. 400 {"code", "field": "number"}: no_number,
    emergency_number, costly_number, own_number, region_not_allowed."""

    number: Annotated[str, Field(max_length=40)]


class Everything(Wire):
    """Only for the schema: names every model that the screens use."""

    snapshot: DeskSnapshot
    event: NumberedEvent
    command: Command
    board_command: BoardCommand
    answer: CommandAnswer
    resume: ResumeRequest
    resumed: ResumeAnswer
    wallboard: WallboardView
    staff: StaffView
    sign_in: SignInRequest
    change_password: ChangePasswordRequest
    sign_in_options: SignInOptions
    conversation: ConversationView
    explanation: ExplanationView
    waiting: WaitingView
    held: HeldView
    unfinished: UnfinishedView
    candidates: CandidatesView
    estimates: EstimatesView
    scripts: ScriptListView
    set_aside: SetAsideView
    sessions: SessionsView
    people: StaffListView

    filed_mails: FiledMailsView
    open_set_aside: OpenSetAsideRequest
    set_aside_content: SetAsideContent
    audit: AuditView
    own_phone: OwnPhoneView
    set_phone: SetPhoneRequest


if __name__ == "__main__":
    json.dump(Everything.model_json_schema(mode="serialization"), sys.stdout)
