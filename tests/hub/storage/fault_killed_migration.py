"""A migration is killed at each of its statements. It runs with the long tests."""

from pathlib import Path

from tests.hub.storage.test_earlier_release import go_on, migrate_through_kills, old_file, old_template, old_url

__all__ = ["old_file", "old_template", "old_url"]


async def test_a_migration_that_is_killed_at_any_statement_is_begun_again(old_url: str, tmp_path: Path) -> None:
    assert await migrate_through_kills(old_url, 1) > 20
    await go_on(old_url, tmp_path)
