"""What the figures were taken on, and by whom else the machine was used."""

import os
import platform
from pathlib import Path


def described() -> str:
    """Processor, cores, system and Python, in a line."""
    system = f"{platform.system()} {platform.release()}"
    python = f"Python {platform.python_version()}"
    return f"{_processor()}, {os.cpu_count()} cores, {system}, {python}"


def load_average() -> float:
    """Processes that wanted to run in the last minute."""
    return os.getloadavg()[0]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
