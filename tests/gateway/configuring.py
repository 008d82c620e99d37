"""Configuration files for tests."""

import json
from pathlib import Path

TOKEN = "sk_live_5up3r-s3cr3t"
ENVIRONMENT = {"PIGGY_TOKEN": TOKEN, "PIXLPAY_TOKEN": TOKEN}

PIGGY: dict[str, object] = {"key": "coral", "provider": "piggy", "token_env": "PIGGY_TOKEN"}
PIXLPAY: dict[str, object] = {
    "key": "haven",
    "provider": "pixlpay",
    "token_env": "PIXLPAY_TOKEN",
    "base_url": "https://haven.example.com",
}


def without(table: dict[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in table.items() if name not in names}


def written(folder: Path, *programs: dict[str, object], more: str = "") -> Path:
    """A file with those programs, and more."""
    lines = []
    for program in programs:
        lines.append("[[programs]]")
        lines += [f"{name} = {json.dumps(value)}" for name, value in program.items()]
    file = folder / "programs.toml"
    file.write_text("\n".join([*lines, more, ""]))
    return file
