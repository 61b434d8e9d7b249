"""Builds the web bundle into the wheel. Hatchling calls this hook for every build.

The rule of this file: `bundle.py` knows how to build; this file decides only when. It does nothing for an editable
install, which serves the files that `make web` has built.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebBundle(BuildHookInterface):  # type: ignore[type-arg]  # it does not read its builder's configuration
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build needs: the build's interpreter prints the schema of `wire.py`, which imports pydantic."""
        return ["pydantic>=2.14"] if self.target_name == "wheel" else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel" and version != "editable":
            bundle = Path(self.root) / "agent_console" / "web" / "bundle.py"
            subprocess.run([sys.executable, bundle, "build"], check=True)
