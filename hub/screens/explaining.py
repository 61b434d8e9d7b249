"""Explains why an interaction waits, or why an agent was offered it. It reads rows, so every process explains alike.

The rule of this file: it reads and shows. `routing.explanations` finds the reasons and
`agent_console.explanation_words` puts them into words. It works in a thread, so that an explanation delays nobody but
the person who asked.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from agent_console.explanation import (
    AgentReasons,
    AheadLine,
    CandidateLine,
    CandidatesView,
    DecisionLine,
    EstimateLine,
    EstimatesView,
    ExplanationView,
    ReasonLine,
    UpcomingLine,
)
from agent_console.explanation_words import Language, Names, Words
from hub.batch.desk_views import millis
from hub.call_lifecycle import AGENT_LOST, CallState
from hub.clock import Clock, to_millis
from hub.open_work.staff import load_staff
from hub.policies.in_force import PolicyBook
from hub.policies.stored_versions import load_book
from hub.routing_process.estimating import read_errors, round_to_minutes
from hub.routing_process.replay import Past, explain_offer
from hub.storage import agents, interactions, told_estimates, waiting
from hub.storage.codec import decode_as
from hub.storage.database import Connection, Database
from hub.storage.waiting import Surroundings
from routing.decisions import NotEligible
from routing.eligibility import Eligibility, Judgement
from routing.explanations import Explanation, Next, explain
from routing.model import SECOND, AgentRow, InteractionId, InteractionRow, InteractionState, OfferId, Snapshot

MOST_AHEAD = 500  # interactions ahead that an explanation counts

_OUT_OF_ORDER = {InteractionState.DIALLING: "dialling", InteractionState.PAUSED: "paused"}  # sentences

# A supervisor cannot choose an agent with these reasons. Being away, excluded or reserved for other work is no bar.
_NOT_HERE = frozenset({NotEligible.OFFLINE, NotEligible.DISCONNECTED})
_FIT = frozenset(
    {
        NotEligible.NOT_IN_QUEUE,
        NotEligible.CHANNEL_NOT_TAKEN,
        NotEligible.SKILL,
        NotEligible.LANGUAGE,
        NotEligible.TEAM,
        NotEligible.NOT_NAMED,
        NotEligible.RING_NOT_OPEN,
        NotEligible.NO_ROOM,
    }
)


class Explaining:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def explain(self, interaction_id: InteractionId, language: Language) -> ExplanationView | None:
        """Explain why the agent who holds the interaction got it. If nobody holds it, or the decision cannot be
        replayed, explain how it stands. None if it is not open."""
        async with self._db.read() as conn:
            routing = await interactions.find_held_routing(conn, interaction_id)
        if routing is not None:
            latest = OfferId(f"{interaction_id}.{decode_as(InteractionRow, routing).offers_made}")
            view = await self.explain_offer(latest, language)
            if view is not None:
                return view
        return await self.explain_now(interaction_id, language)

    async def explain_now(self, interaction_id: InteractionId, language: Language) -> ExplanationView | None:
        """Explain how the interaction stands. None if it is not open."""
        now = self._clock.now()
        async with self._db.read(is_slow=True) as conn:
            book = await load_book(conn)
            around = await waiting.find_surroundings(conn, interaction_id, MOST_AHEAD)
            at_work = await agents.list_routing(conn)
            names = await _read_names(conn, book, language)
            estimate = await told_estimates.find(conn, interaction_id)
        if book is None or around is None:
            return None
        minutes = round_to_minutes(estimate.wait, estimate.at, now) if estimate is not None else None
        view = await asyncio.to_thread(_explain, book, around, at_work, interaction_id, names, language, now)
        return view if view is None else view.model_copy(update={"expected_minutes": minutes})

    async def explain_offer(self, offer_id: OfferId, language: Language) -> ExplanationView | None:
        """Explain a past offer. None if there is no such offer or its decision cannot be replayed."""
        past = await explain_offer(self._db, offer_id)
        if past is None:
            return None
        async with self._db.read() as conn:
            names = await _read_names(conn, await load_book(conn), language)
        words = Words(language, past.explanation.at, names)
        view = _view(past.explanation, None, names, words)
        return view.model_copy(update={"decision": _view_decision(past, names, words)})

    async def list_candidates(self, interaction_id: InteractionId, language: Language) -> CandidatesView | None:
        """Everyone at work but the holder, judged as if the interaction waited. Agents who need no override come
        first. The list is empty if it cannot be given; None if it is not open."""
        async with self._db.read(is_slow=True) as conn:
            book = await load_book(conn)
            # the same rule as in `hub.commands.board_commands`
            may_be_given = await interactions.may_be_assigned(conn, interaction_id, CallState.VOICEMAIL, AGENT_LOST)
            around = await waiting.find_surroundings(conn, interaction_id, MOST_AHEAD)
            at_work = await agents.list_routing(conn)
            names = await _read_names(conn, book, language)
        if book is None or around is None:
            return None
        now, row = self._clock.now(), decode_as(InteractionRow, around.routing)
        if not may_be_given:
            return CandidatesView(interaction_id=interaction_id, lines=[])
        others = tuple(decode_as(InteractionRow, text) for text in around.others)
        eligibility = Eligibility(book.routing, Snapshot(book.version, 0, now, others, _decode_agents(at_work)), now)
        words = Words(language, now, names)
        lines = [
            CandidateLine(**_view_agent(one, names, words).model_dump(), needs_override=not codes.isdisjoint(_FIT))
            for one in eligibility.judge(replace(row, state=InteractionState.WAITING, agent_id=None))
            if (codes := {reason.code for reason in one.reasons}).isdisjoint(_NOT_HERE)
            and one.agent_id in names.agents
            and one.agent_id != row.agent_id
        ]
        lines.sort(key=lambda line: (line.needs_override, len(line.reasons), line.name))
        return CandidatesView(interaction_id=interaction_id, lines=lines)

    async def read_errors(self) -> EstimatesView:
        async with self._db.read(is_slow=True) as conn:
            measured = await read_errors(conn, self._clock.now())
        return EstimatesView(
            lines=[
                EstimateLine(
                    queue=queue,
                    tier=tier,
                    count=errors.count,
                    median_error=errors.median,
                    bias=errors.bias,
                    is_silent=errors.is_bad,
                )
                for (queue, tier), errors in measured.items()
            ]
        )


async def _read_names(conn: Connection, book: PolicyBook | None, language: Language) -> Names:
    staff = await load_staff(conn)
    codes = book.view.unavailable_reasons if book else []
    return Names(
        {member.id: member.name for member in staff.values()},
        {one.code: one.names.get(language, one.code) for one in codes},
    )


def _explain(
    book: PolicyBook,
    around: Surroundings,
    at_work: Sequence[str],
    interaction_id: InteractionId,
    names: Names,
    language: Language,
    now: int,
) -> ExplanationView | None:
    rows = Snapshot(
        book.version,
        0,
        now,
        tuple(decode_as(InteractionRow, text) for text in (around.routing, *around.others)),
        _decode_agents(at_work),
    )
    explanation = explain(book.routing, rows, interaction_id, now)
    return None if explanation is None else _view(explanation, around.position, names, Words(language, now, names))


def _decode_agents(at_work: Sequence[str]) -> tuple[AgentRow, ...]:
    return tuple(sorted((decode_as(AgentRow, text) for text in at_work), key=lambda row: row.id))


def _view(explanation: Explanation, position: int | None, names: Names, words: Words) -> ExplanationView:
    known = [one for one in explanation.agents if one.agent_id in names.agents]  # leaves out staff who have left
    reasons = [_view_agent(one, names, words) for one in known]
    is_dialling = explanation.state is InteractionState.DIALLING
    upcoming = [
        UpcomingLine(
            what=one.what,
            at=to_millis(one.at),
            agent_id=one.agent_id,
            ring=one.ring,
            action=one.action,
            text=words.say("rings_for", left=words.say_left(one.at))
            if is_dialling and one.what is Next.OFFER_EXPIRES
            else words.say_next(one.what, one.at, one.agent_id, one.ring, one.action),
        )
        for one in explanation.next
    ]
    ahead = [
        AheadLine(
            interaction_id=one.interaction_id,
            queue=one.queue,
            channel=one.channel,
            tier=one.tier,
            why_not=dict(one.why_not),
            text=words.say_counts(dict(one.why_not)),
        )
        for one in explanation.ahead
    ]
    return ExplanationView(
        interaction_id=explanation.interaction_id,
        at=to_millis(explanation.at),
        policy_version=explanation.policy_version,
        state=explanation.state,
        queue=explanation.queue,
        channel=explanation.channel,
        tier=explanation.tier,
        entered_at=to_millis(explanation.entered_at),
        head_start_seconds=explanation.head_start / SECOND,
        boost_seconds=explanation.boost / SECOND,
        position=position,
        expected_minutes=None,
        ring=explanation.ring,
        rings=explanation.rings,
        summary=_summarise(explanation, known, names, words, upcoming),
        eligible=[one for one in reasons if not one.reasons],
        others=[one for one in reasons if one.reasons],
        ahead=ahead,
        ahead_count=explanation.ahead_count,
        next=upcoming,
    )


def _view_agent(judgement: Judgement, names: Names, words: Words) -> AgentReasons:
    lines = [
        ReasonLine(
            code=one.code,
            ends_at=millis(one.ends_at),
            since=millis(one.since),
            names=list(one.names),
            asked=one.asked,
            has=one.has,
            text=words.say_reason(one.code, one.ends_at, one.names, one.asked, one.has),
        )
        for one in judgement.reasons
    ]
    return AgentReasons(agent_id=judgement.agent_id, name=names.agent(judgement.agent_id), reasons=lines)


def _summarise(
    explanation: Explanation, known: list[Judgement], names: Names, words: Words, upcoming: list[UpcomingLine]
) -> str:
    """A summary: the eligible agents (or why the queue's agents are not), the open ring, and what happens next."""
    if explanation.state is not InteractionState.WAITING:
        return words.say(_OUT_OF_ORDER.get(explanation.state, "held"))
    eligible = [names.agent(one.agent_id) for one in known if not one.reasons]
    firsts = Counter(
        one.reasons[0].code
        for one in known
        if one.reasons and NotEligible.NOT_IN_QUEUE not in {each.code for each in one.reasons}
    )
    if eligible:
        sentences = [words.say("eligible", n=len(eligible), names=words.join(eligible))]
    elif firsts:
        sentences = [words.say("nobody", counts=words.say_counts(dict(firsts.most_common())))]
    else:
        sentences = [words.say("nobody_serves")]
    if explanation.ring == 0:
        sentences.append(words.say("preferred"))
    elif explanation.rings > 1:
        sentences.append(words.say("rings", ring=explanation.ring, rings=explanation.rings))
    sentences += [words.say("next", next=one.text) for one in upcoming[:1]]
    return words.join_sentences(sentences)


def _view_decision(past: Past, names: Names, words: Words) -> DecisionLine:
    decision = past.decision
    passed = dict(decision.passed_over)
    return DecisionLine(
        agent_id=decision.agent_id,
        name=names.agent(decision.agent_id),
        chosen_by=decision.chosen_by,
        eligible=decision.eligible,
        waited_seconds=decision.waited / SECOND,
        passed_over=passed,
        text=words.say_decision(decision.agent_id, decision.chosen_by, decision.eligible, passed),
    )
