"""The dashboard for Grafana asks for the metrics that there are, and shows all of them."""

import json
import re
from pathlib import Path

from gateway.telemetry.metrics import Metrics

DASHBOARD = Path(__file__).parents[2] / "deploy/grafana-dashboard.json"
DOCUMENTED = Path(__file__).parents[2] / "docs/monitoring.md"
ONLY_WHERE_SHARED = {"shared_cache_up", "processes"}


def families() -> set[str]:
    """The names of all metrics, without `_total` and the parts of histograms."""
    told = re.findall(
        r"^# TYPE referral_gateway_(\w+) \w+$", Metrics().text().decode(), re.MULTILINE
    )
    return {name.removesuffix("_total") for name in told} | ONLY_WHERE_SHARED


def test_the_dashboard_shows_every_metric_and_no_other() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    asked = " ".join(target["expr"] for panel in panels for target in panel["targets"])
    names = set(re.findall(r"referral_gateway_(\w+)\{", asked))
    assert {re.sub(r"_(total|count|bucket)$", "", name) for name in names} == families()


def test_every_metric_is_explained() -> None:
    text = DOCUMENTED.read_text(encoding="utf-8")
    assert [name for name in families() if not re.search(rf"`{name}(_total)?`", text)] == []
