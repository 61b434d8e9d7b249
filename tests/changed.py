"""The tests of what was changed: `python -m tests.changed [COMMIT]` prints their files, for `make check`.

The rule of this file: a test file is one of them if it was changed, imports a changed file, is named after one, or
stands in the folder of one of the shell (tests/hub/batch for hub/batch).
What is committed since COMMIT counts too; without it, what is not committed yet. Tests in a browser, of whole
processes and of attacks are left to `make test`, unless they were changed themselves.
"""

import subprocess
import sys
from collections.abc import Iterator

from tests.imports import ROOMS, ROOT, imports_between, module_of, sources

LEFT_OUT = ("tests/flows/", "tests/attacks/", "tests/bench/", "tests/faults/", "tests/hub/storage/test_kill.py")
SCREENS = "tests/agent_console/test_web.py"
ALWAYS = ("tests/test_architecture.py", "tests/test_vocabulary.py")


def find_tests(changed: set[str], texts: dict[str, str]) -> Iterator[str]:
    """`changed`: paths from the root. `texts`: path -> text of all Python files, the tests' too."""
    modules = {module_of(path) for path in changed if path.endswith(".py")}
    code = [path for path in changed if path.partition("/")[0] in ROOMS]
    names = {f"test_{path.rpartition('/')[2].removesuffix('.py')}" for path in code}
    folders = {f"tests/{path.rpartition('/')[0]}" for path in code if path.startswith("hub/")} - {"tests/hub"}
    imports = imports_between(texts)
    for path in texts:
        folder, _, file = path.rpartition("/")
        name = file.removesuffix(".py")
        if not name.startswith("test_"):
            continue
        is_near = bool(imports[module_of(path)] & modules) or name in names or folder in folders
        if path in changed or path in ALWAYS or (is_near and not path.startswith(LEFT_OUT)):
            yield path
    if any(path.startswith("agent_console/web/") for path in changed):
        yield SCREENS


def list_changed(since: str) -> set[str]:
    # from where the branch began: what others have landed on `since` is not of this branch
    diff = ("git", "diff", "--merge-base", "--name-only", "--diff-filter=d", since)
    others = ("git", "ls-files", "--others", "--exclude-standard")
    return {line for command in (diff, others) for line in _run(command).splitlines()}


def _run(command: tuple[str, ...]) -> str:
    # S603: git, with words of our own
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    found = find_tests(list_changed((sys.argv[1:] or ["HEAD"])[0]), sources(*ROOMS, "tests"))
    print(*sorted(set(found)), sep="\n")
