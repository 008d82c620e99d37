"""Configuration files for tests."""

import json
from pathlib import Path

from adapters.provider import ProgramConfig

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


def tables(folder: Path, *programs: ProgramConfig) -> list[dict[str, object]]:
    """Programs as a file has them, their tokens in files beside it."""
    found: list[dict[str, object]] = []
    for program in programs:
        secret = folder / f"{program.key}.token"
        secret.write_text(program.token)
        found.append(
            {
                "key": program.key,
                "provider": program.provider,
                "base_url": program.base_url,
                "token_file": str(secret),
                "calls_per_minute": program.calls_per_minute,
            }
        )
    return found
