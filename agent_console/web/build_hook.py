"""Puts the web bundle into the wheel: hatchling calls this when it builds one.

The rule of this file: `bundle.py` knows how to build; this only says when. An editable install serves whatever
`make web` has built, so nothing happens there.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebBundle(BuildHookInterface):  # type: ignore[type-arg]  # the hook asks nothing of its builder's configuration
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """The build's own interpreter prints the wire's schema, for which it needs the wire's one dependency."""
        return ["pydantic>=2.14"] if self.target_name == "wheel" else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel" and version != "editable":
            bundle = Path(self.root) / "agent_console" / "web" / "bundle.py"
            subprocess.run([sys.executable, bundle, "build"], check=True)
