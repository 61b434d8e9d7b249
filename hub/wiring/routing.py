"""Builds the dispatcher, which decides, and the parts that announce its decisions.

The rule of this file: every process builds all of them. The routing loop determines which process decides.
"""

from dataclasses import dataclass

from channels.channel import Sends
from channels.webchat.webchat import WebchatChannel
from hub.access.looks import Looks
from hub.access.reading import DAY
from hub.batch.stored_batch import StoredBatch
from hub.customers.match_worker import MatchWorker
from hub.edges.edge_lines import EdgeLines
from hub.exchange.import_worker import ImportWorker
from hub.routing_process.dispatcher import Dispatcher
from hub.routing_process.estimating import Estimating
from hub.routing_process.routing_loop import RoutingLoop
from hub.rules.evaluating import RuleUser
from hub.rules.first_stages import FirstStages
from hub.rules.rule_worker import RuleWorker
from hub.rules.stages import StageRules, WarningRules
from hub.rules.tiers import TierRules
from hub.screens.desk_feed import DeskFeed
from hub.screens.open_pages import OpenPages
from hub.screens.telling import Announcer, Answers
from hub.segments.segment_counting import SegmentCounter
from hub.segments.segment_sweep import SegmentSweep
from hub.segments.segment_user import SegmentUser
from hub.sending.may_send import SendRules
from hub.sending.send_rules import build_rules
from hub.wiring.channels import Setup
from hub.wiring.listening import Shared
from hub.wiring.storage import Storage


@dataclass(frozen=True, slots=True)
class Routing:
    answers: Answers
    looks: Looks
    feed: DeskFeed
    pages: OpenPages
    announcer: Announcer
    edges: EdgeLines | None  # at a process that routes for edges
    rules: SendRules
    dispatcher: Dispatcher
    rule_worker: RuleWorker
    loop: RoutingLoop
    webchat: WebchatChannel | None


def build_routing(shared: Shared, storage: Storage, setup: Setup) -> Routing:
    db, clock, metrics, signals = storage.db, shared.clock, shared.metrics, shared.signals
    webchat = next((c for c in setup.channels if isinstance(c, WebchatChannel)), None)
    answers = Answers(storage.inbox)
    looks = Looks(db, clock)
    line = storage.router_line
    edges = EdgeLines(storage.hand_over, shared.process) if shared.role.has_edges else None
    feed = DeskFeed(
        db, clock, storage.scripts, looks, signals.desk_events, *([line.note_desk] if line is not None else ())
    )
    pages = OpenPages(*([line.note_page] if line is not None else ()))
    announcer = Announcer(
        bus=shared.bus,
        process=shared.process,
        feed=feed,
        answers=answers,
        host=setup.host,
        webchat=webchat,
        pages=pages,
        wake_senders=lambda channels: signals.ready_to_send(channels, False),
        tell_edges=edges.tell if edges is not None else None,
        is_heard=lambda process: line is not None and line.router == process,
    )
    rules = build_rules(shared.config)
    segments = SegmentUser()
    stages = StageRules()
    users: list[RuleUser] = [stages, WarningRules(), TierRules(), segments]  # in the order of deciding
    counter = SegmentCounter(db, clock, segments)
    sweep = SegmentSweep(db, clock, segments, metrics.observe_sweep)
    matcher = MatchWorker(db, clock, signals.arrived)
    rule_worker = RuleWorker(
        db, clock, users, signals.arrived, [counter.work_once, sweep.work_once], matcher.work_once
    )

    async def tell(told: StoredBatch) -> None:
        signals.stored(told.is_live)
        await announcer.tell(told)

    dispatcher = Dispatcher(
        db,
        clock,
        storage.scripts,
        rules,
        tell,
        storage.hand_over,
        lambda channels: signals.ready_to_send(channels, True),
        metrics.observe_batch,
        setup.host.count_accepting,
        refresh_scripts=storage.published.refresh,
        find_stage=FirstStages(rule_worker, stages).find,
    )
    loop = RoutingLoop(
        db=db,
        inbox=storage.inbox,
        clock=clock,
        process=shared.process,
        may_route=shared.role.may_route,
        dispatcher=dispatcher,
        rule_worker=rule_worker,
        import_worker=ImportWorker(db, clock, signals.arrived, rule_worker.is_live),
        channels=[channel for channel in setup.channels if isinstance(channel, Sends)],
        observe_sent=metrics.observe_sent,
        keep_audit=shared.config.security.audit_days * DAY,
        media=storage.media,
        estimating=Estimating(db, clock, metrics.observe_estimates),
    )
    return Routing(answers, looks, feed, pages, announcer, edges, rules, dispatcher, rule_worker, loop, webchat)
