"""What is published: the same from the same sources, and everything in it is listed."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scripts import dist
from tests.project.test_setup import ROOT, SHIP_LOCK, copy_sources, pins, project

STATIC = Path("gateway/static")


def copied(folder: Path) -> Path:
    """The sources in another folder and of another time, with the pages as they are built."""
    copy_sources(folder)
    shutil.copytree(ROOT / STATIC, folder / STATIC, copy_function=shutil.copy)
    for path in folder.rglob("*"):
        os.utime(path, (1, 1))
    return folder


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_another_folder_makes_the_same_files(distributions: Path, tmp_path: Path) -> None:
    folder = copied(tmp_path / "another folder")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", "dist"]
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    assert len(digests(distributions)) == 2
    assert digests(folder / "dist") == digests(distributions)


def test_the_bill_of_materials_lists_every_package_that_is_pinned(tmp_path: Path) -> None:
    dist.list_python_packages(tmp_path / "bill.json")
    bill = bill_of(tmp_path / "bill.json")
    listed = {part["name"]: part["version"] for part in bill["components"]}
    assert listed == pins(SHIP_LOCK)
    assert all(part["externalReferences"][0]["hashes"] for part in bill["components"])


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_the_bill_of_the_pages_lists_what_they_are_made_of(tmp_path: Path) -> None:
    dist.list_javascript_packages(tmp_path / "bill.json")
    bill = bill_of(tmp_path / "bill.json")
    lock = json.loads((ROOT / "web/package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert {(name_of(part), part["version"]) for part in bill["components"]} == {
        (path.rpartition("node_modules/")[2], about["version"])
        for path, about in lock.items()
        if path and not about.get("dev")
    }


def name_of(part: Mapping[str, Any]) -> str:
    group = part.get("group")
    return f"{group}/{part['name']}" if group else str(part["name"])


def bill_of(file: Path) -> Mapping[str, Any]:
    """A bill of materials of this version of the project."""
    bill = json.loads(file.read_text(encoding="utf-8"))
    assert isinstance(bill, dict)
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["version"] == project()["project"]["version"]
    return bill
