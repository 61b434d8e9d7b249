"""Opens the database and builds what stands on it: inbox, media, sessions, scripts.

The rule of this file: it refuses a database with another schema before anything reads it.
"""

import contextlib
from dataclasses import dataclass

from hub.access.living_sessions import LivingSessions
from hub.access.sessions import Sessions
from hub.batch.pending import HandOver, WayIn
from hub.edges.router_line import RouterLine
from hub.policies.attributes import list_variable_types
from hub.policies.stored_versions import get_newest_book, has_policy, publish_policy
from hub.scripts.published_scripts import PublishedScripts
from hub.scripts.script_folders import seed_scripts
from hub.scripts.script_runs import Scripts
from hub.storage.database import Database
from hub.storage.hub_time import align
from hub.storage.inbox import Inbox
from hub.storage.media import MediaStore
from hub.storage.migrations import check_schema
from hub.wiring.listening import Shared
from scripts_library.loader import LIBRARY


@dataclass(frozen=True, slots=True)
class Storage:
    db: Database
    inbox: Inbox
    hand_over: HandOver
    router_line: RouterLine | None  # at an edge
    media: MediaStore
    sessions: Sessions
    living: LivingSessions
    scripts: Scripts
    published: PublishedScripts

    @property
    def way_in(self) -> WayIn:
        return self.router_line or self.hand_over


async def build_storage(shared: Shared, stack: contextlib.AsyncExitStack) -> Storage:
    config, clock = shared.config, shared.clock
    config.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    db = await Database.open(config.database_url, observe=shared.metrics.observe_commit)
    stack.push_async_callback(db.close)
    db.lock_file()
    await check_schema(db)
    await align(db, clock)
    security = config.security
    sessions = Sessions(
        db,
        clock,
        security.session_hours,
        security.idle_minutes,
        is_cookie_secure=security.cookie_secure,
        on_ended=shared.signals.sessions_ended,
    )
    if not await has_policy(db):
        await publish_policy(db, config.policy_document, clock.now(), "config.toml")
    async with db.read() as conn:
        policy = (await get_newest_book(conn)).document
    await seed_scripts(db, config.scripts_folder or LIBRARY, clock.now())
    scripts = Scripts((), policy, clock, fallback_language=config.scripts.fallback_language)
    published = PublishedScripts(db, scripts, list_variable_types(policy.all_attributes))
    await published.refresh()
    media = MediaStore(db, config.media_folder, clock.now)
    meeting = shared.role.meeting
    line = RouterLine(meeting) if meeting is not None and shared.role.is_edge else None
    living = LivingSessions(sessions, clock)
    return Storage(db, Inbox(db), HandOver(), line, media, sessions, living, scripts, published)
