"""What docs/bi.md tells BI tools to ask and to pick, taken from the page as it is."""

import csv
import json
import re
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.pixlpay.sandbox.app import NOW
from tests.clients.node import needs_node, told
from tests.running import Gateway

PAGE = (Path(__file__).parents[2] / "docs" / "bi.md").read_text(encoding="utf-8")

TO = NOW.date()
FROM = TO - timedelta(days=60)


class Section(NamedTuple):
    """What a section of the page says: the values of each table of settings, and its blocks."""

    settings: list[dict[str, str]]
    blocks: list[str]


def section(title: str) -> Section:
    text = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    tables = re.findall(r"^\| Setting \| Value \|\n\|[-|]+\|\n((?:\|.+\n)+)", text, re.MULTILINE)
    rows = [re.findall(r"^\| (.+?) \| (.+) \|$", table, re.MULTILINE) for table in tables]
    blocks = re.findall(r"^```\w+\n(.+?)^```$", text, re.MULTILINE | re.DOTALL)
    return Section(list(map(dict, rows)), blocks)


def codes(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", text)


@needs_node
def test_infinity_picks_points_and_sources(gateway: Gateway) -> None:
    found = section("Grafana")
    points, sources = (
        told(
            "infinity.mjs",
            gateway,
            query.replace("${__timeFrom:date:YYYY-MM-DD}", FROM.isoformat()).replace(
                "${__timeTo:date:YYYY-MM-DD}", TO.isoformat()
            ),
            *codes(settings["Root selector"]),
            *codes(settings["Columns"]),
        )
        for settings, query in zip(found.settings, found.blocks, strict=True)
    )
    assert [point["date"] for point in points] == [
        (FROM + timedelta(days=day)).isoformat() for day in range(61)
    ]
    assert sum(point["referred"] for point in points) > 0
    assert all(point["completed"] >= 0 for point in points)
    assert [(source["program.name"], source["status"]) for source in sources] == [
        ("Coral Avenue", "UNSUPPORTED"),
        ("Block Haven", "FRESH"),
    ]
    (_, fresh) = sources
    assert fresh["isComplete"] is True
    assert datetime.fromisoformat(fresh["fetchedAt"]).tzinfo


@needs_node
def test_a_table_of_retool_shows_every_referral_once(
    gateway: Gateway, piggy: PiggySandbox, pixlpay: PixlpaySandbox
) -> None:
    (settings,), (query,) = section("Retool")
    expressions: dict[str, dict[str, str]] = {"Variable": {}, "Mapped value": {}}
    for setting, value in settings.items():
        kind = next((kind for kind in expressions if setting.startswith(kind)), None)
        if kind is not None:
            expressions[kind] |= dict.fromkeys(codes(setting), *codes(value))
    wanted = {
        "variables": expressions["Variable"],
        "columns": expressions["Mapped value"],
        "rows": settings["Data source"].strip("`"),
        "next": settings["Next cursor"].strip("`"),
        "hasNext": settings["Has next page"].strip("`"),
    }
    pages = told("retool.mjs", gateway, query, json.dumps(wanted))
    rows = [row for page in pages for row in page]
    assert len(pages) > 2
    assert all(len(page) <= 50 for page in pages)
    shown = [(r["id"], r["program"], r["referrer"] or "", r["referred"] or "") for r in rows]
    exported = csv.DictReader(gateway.http.get("/export/referrals.csv").text.splitlines())
    names = ("id", "program", "referrer_email", "referred_email")
    assert sorted(shown) == sorted(tuple(row[name] for name in names) for row in exported)
    assert len(set(shown)) == len(piggy.referral_keys()) + len(pixlpay.referral_keys())


def fetch(gateway: Gateway, folder: Path) -> int:
    """Run the page's curl in a folder; gives its exit code."""
    command, *_ = section("Metabase").blocks[0].partition("&&")
    assert "http://gateway:8000" in command
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace("http://gateway:8000", gateway.origin)],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "KEY": "none"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode


needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")


@needs_curl
def test_the_file_for_metabase_fits_its_table(gateway: Gateway, tmp_path: Path) -> None:
    assert fetch(gateway, tmp_path) == 0
    with (tmp_path / "referrals.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    table = section("Metabase").blocks[1]
    column = r"^  (\w+) (text|timestamptz)( primary key| not null)?,?$"
    columns = re.findall(column, table, re.MULTILINE)
    assert [name for name, _, _ in columns] == header
    assert rows
    for (name, kind, bound), cells in zip(columns, zip(*rows, strict=True), strict=True):
        filled = [cell for cell in cells if cell]
        if bound:
            assert len(filled) == len(cells), name
        if bound.endswith("key"):
            assert len(set(filled)) == len(filled), name
        if kind == "timestamptz":
            assert filled, name
            assert all(datetime.fromisoformat(cell).tzinfo for cell in filled), name


@needs_curl
def test_curl_tells_of_a_file_that_is_not_whole(
    gateway: Gateway, pixlpay: PixlpaySandbox, tmp_path: Path
) -> None:
    pixlpay.faults.add(Fault("slow", seconds=0.0, path="/referrals", times=1))
    pixlpay.faults.add(Fault("status", status=503, path="/referrals", retry_after=0))
    assert fetch(gateway, tmp_path) == 18  # "a file was only partially transferred"
    assert (tmp_path / "referrals.csv").stat().st_size > 0
