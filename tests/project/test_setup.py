"""What a clean machine relies on: the lock files, the Makefile and the set-up script."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
RUN_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
SHIP_LOCK = ROOT / "deploy/requirements.lock"
LOCKS = [RUN_LOCK, DEV_LOCK, SHIP_LOCK, ROOT / "tests/clients/ariadne/requirements.lock"]

# In two halves, so that this file does not name them either.
REGISTRIES = [
    name.encode() + domain.encode()
    for name, domain in [
        ("pypi", ".org"),
        ("pythonhosted", ".org"),
        ("npmjs", ".org"),
        ("npmjs", ".com"),
        ("yarnpkg", ".com"),
        ("debian", ".org"),
        ("debian", ".net"),
    ]
]
NOT_SOURCES = {".git", ".venv", "node_modules", "dist", "__pycache__"}


def sources() -> list[Path]:
    """The files that git has or would add, or all of them where there is no git."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return [
            path
            for path in ROOT.rglob("*")
            if path.is_file() and NOT_SOURCES.isdisjoint(path.relative_to(ROOT).parts)
        ]
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).exists()]


def copy_sources(folder: Path) -> None:
    """Put those files into another folder."""
    for path in sources():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def pins(lock: Path) -> dict[str, str]:
    """Each package of a lock file and its version, in canonical spelling."""
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", lock.read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_no_source_names_a_registry() -> None:
    naming = {
        str(path.relative_to(ROOT))
        for path in sources()
        if any(registry in path.read_bytes().lower() for registry in REGISTRIES)
    }
    assert naming == set()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.relative_to(ROOT)))
def test_every_pin_has_hashes_and_nothing_else_is_in_a_lock(lock: Path) -> None:
    lines = [line for line in lock.read_text().splitlines() if not line.lstrip().startswith("#")]
    entries = re.split(r"\n(?=\S)", "\n".join(lines))
    pin = re.compile(r"[\w.-]+==[\w.]+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+")

    assert [entry for entry in entries if not pin.fullmatch(entry)] == []
    assert "://" not in lock.read_text()


def test_the_environment_for_tests_is_also_one_to_run_in() -> None:
    assert pins(RUN_LOCK).items() <= pins(DEV_LOCK).items()
    assert pins(SHIP_LOCK).items() <= pins(DEV_LOCK).items()


def test_the_locks_are_as_new_as_the_dependencies() -> None:
    settings = project()
    groups = settings["dependency-groups"]
    to_run = [*settings["project"]["dependencies"], *groups["build"]]
    extras = chain(*settings["project"]["optional-dependencies"].values())
    to_ship = [*settings["project"]["dependencies"], *extras]
    development = [entry for entry in groups["dev"] if isinstance(entry, str)]
    to_develop = [*to_ship, *groups["docs"], *development]

    for lock, wanted in [(RUN_LOCK, to_run), (SHIP_LOCK, to_ship), (DEV_LOCK, to_develop)]:
        pinned = pins(lock)
        for requirement in map(Requirement, wanted):
            version = pinned[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), f"{requirement} in {lock.name}"


def test_the_build_backend_is_locked() -> None:
    settings = project()
    assert set(settings["build-system"]["requires"]) <= set(settings["dependency-groups"]["build"])


def test_the_makefile_only_calls_the_script() -> None:
    recipes = [
        line.strip()
        for line in (ROOT / "Makefile").read_text().splitlines()
        if line.startswith("\t")
    ]
    assert recipes
    assert all(recipe.startswith("@$(PYTHON) scripts/dev.py ") for recipe in recipes)


def test_make_and_the_script_have_the_same_commands() -> None:
    phony = re.search(r"^\.PHONY: help (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    refusal = subprocess.run(
        [sys.executable, ROOT / "scripts/dev.py", "dance"], capture_output=True, text=True
    )
    assert phony is not None
    assert refusal.returncode == 1
    assert refusal.stderr == f"dance is not one of {', '.join(phony[1].split())}\n"


def test_an_old_python_can_read_the_script_far_enough_to_be_refused() -> None:
    source = (ROOT / "scripts/dev.py").read_text()
    ast.parse(source, feature_version=(3, 7))

    before, refusal, _ = source.partition("if sys.version_info < (3, 11):")
    assert refusal
    assert re.findall(r"^(?:import|from) .+", before, re.MULTILINE) == ["import sys"]
