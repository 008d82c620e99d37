"""The vendors' answers to what the questions need, recorded from their sandboxes."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import orjson

from adapters._sandbox.serving import serve_in_thread
from adapters.piggy.sandbox import PiggySandbox
from adapters.piggy.sandbox.app import BASE as PIGGY
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.pixlpay.sandbox.app import BASE as PIXLPAY

Answers = Mapping[str, bytes]
"""The body to answer with, by path and query."""

REFERRALS = 2000
REFERRERS, REFERRALS_OF_EACH = 10, 5

PIGGY_REFERRALS = f"{PIGGY}/referrals?limit=100&page=1"
PIGGY_SETTINGS = f"{PIGGY}/referrals/settings"
PIGGY_TIERS = f"{PIGGY}/tiers"
PIXLPAY_REFERRALS = f"{PIXLPAY}/referrals?page=1&per_page=100"
PIXLPAY_SETTINGS = f"{PIXLPAY}/referrals/settings"
PIXLPAY_TIERS = f"{PIXLPAY}/referrals/tiers"
PIXLPAY_STATISTICS = f"{PIXLPAY}/referrals/statistics"
PIGGY_COMPLETED = f"{PIGGY_REFERRALS}&status=completed"

Read = Callable[[str], bytes]


def record() -> dict[str, bytes]:
    """Every answer that a question needs."""
    piggy = PiggySandbox(referrals=REFERRALS, calls_per_minute=None)
    pixlpay = PixlpaySandbox(referrals=REFERRALS, calls_per_minute=None)
    answers: dict[str, bytes] = {}
    with serve_in_thread(piggy) as served, _reader(served.origin, piggy.token) as http:
        for target in (PIGGY_REFERRALS, PIGGY_SETTINGS, PIGGY_TIERS):
            answers[target] = _read(http, target)
        answers |= _completed(lambda target: _read(http, target))
    with serve_in_thread(pixlpay) as served, _reader(served.origin, pixlpay.token) as http:
        for target in (PIXLPAY_REFERRALS, PIXLPAY_SETTINGS, PIXLPAY_TIERS, PIXLPAY_STATISTICS):
            answers[target] = _read(http, target)
    return answers


def _completed(read: Read) -> dict[str, bytes]:
    """A page of 50 completed referrals of 10 people, as an account with that many would have it,
    and the profiles of the 10."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for page in range(1, REFERRALS // 100 + 1):
        for row in orjson.loads(read(f"{PIGGY}/referrals?limit=100&page={page}&status=completed"))[
            "data"
        ]:
            if row["referring_contact"] and row["referred_contact"]:
                rows[row["referring_contact"]["uuid"]].append(row)
    busiest = sorted(rows, key=lambda uuid: len(rows[uuid]), reverse=True)[:REFERRERS]
    # Nobody's referrals stand together in a list.
    chosen = [rows[uuid][number] for number in range(REFERRALS_OF_EACH) for uuid in busiest]
    answers = {PIGGY_COMPLETED: orjson.dumps({"data": chosen, "meta": []})}
    for uuid in busiest:
        target = f"{PIGGY}/contacts/{uuid}"
        answers[target] = read(target)
    return answers


def _reader(origin: str, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=origin, headers=headers, trust_env=False, timeout=30)


def _read(http: httpx.Client, target: str) -> bytes:
    return http.get(target).raise_for_status().content
