"""`make check` runs the tests of what was changed."""

import pytest

from tests.changed import find_tests

TEXTS = {
    "hub/batch/lookups.py": "",
    "routing/rank.py": "",
    "tests/hub/batch/test_restore.py": "",
    "tests/hub/screens/test_work_lists.py": "from hub.batch.lookups import Lookups",
    "tests/flows/test_text_flow.py": "from hub.batch.lookups import Lookups",
    "tests/routing/test_rank.py": "",
    "tests/routing/test_hours.py": "",
    "tests/test_architecture.py": "",
}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        (set(), set()),
        ({"hub/batch/lookups.py"}, {"tests/hub/batch/test_restore.py", "tests/hub/screens/test_work_lists.py"}),
        ({"routing/rank.py"}, {"tests/routing/test_rank.py"}),
        ({"tests/flows/test_text_flow.py"}, {"tests/flows/test_text_flow.py"}),
        ({"agent_console/web/src/desk/Desk.svelte"}, {"tests/agent_console/test_web.py"}),
        ({"README.md"}, set()),
    ],
)
def test_the_tests_of_what_was_changed(changed: set[str], found: set[str]) -> None:
    assert set(find_tests(changed, TEXTS)) == found | {"tests/test_architecture.py"}
