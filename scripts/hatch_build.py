"""Lets what is built of this project, a wheel or a source archive, have the pages of `web/`."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebBuildHook(BuildHookInterface[Any]):
    """Builds the pages first where that can be done; `make run` does so for a checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before the files of the wheel or the source archive are collected."""
        script = Path(self.root, "scripts", "build_web.py")
        if version != "editable" and script.is_file():
            subprocess.run([sys.executable, script], check=False)
