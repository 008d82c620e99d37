from collections import Counter
from decimal import Decimal

import httpx
import pytest

from adapters._sandbox.serving import serve_in_thread
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.sandboxes.clients import plain_client
from tests.sandboxes.clock import Clock
from tests.sandboxes.paging import every_pixlpay_page as every_page


def test_referrals_are_paged_to_the_end_exactly_once(
    pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client
) -> None:
    referrals = every_page(pixlpay_client, "/referrals")
    assert [str(referral["id"]) for referral in referrals] == pixlpay.referral_keys()
    assert len(set(pixlpay.referral_keys())) == 180
    for referral in referrals:
        assert (referral["first_order_at"] is not None) == (referral["status"] == "successful")
        assert referral["first_order_at"] is None or (
            referral["referred_at"] < referral["first_order_at"] <= "2025-01-20T10:00:00Z"
        )
    times = [referral["referred_at"] for referral in referrals]
    assert times == sorted(times, reverse=True)


def test_a_page_of_referrals(pixlpay_client: httpx.Client) -> None:
    answer = pixlpay_client.get("/referrals").json()
    assert answer["meta"] == {"current_page": 1, "last_page": 12, "per_page": 15, "total": 180}
    assert answer["data"][0] == {
        "id": 207,
        "name": "Player123",
        "email": "player@example.com",
        "referred_at": "2025-01-20T09:00:00Z",
        "referrer": {
            "id": 1,
            "name": "TopReferrer",
            "email": "referrer@example.com",
            "referral_code": "ABC12345",
        },
        "status": "pending",
        "first_order_at": None,
    }
    beyond = pixlpay_client.get("/referrals?page=13").json()
    assert beyond["data"] == []
    assert beyond["meta"]["current_page"] == 13


def test_filters(pixlpay_client: httpx.Client) -> None:
    referrals = every_page(pixlpay_client, "/referrals")
    pending = [referral for referral in referrals if referral["status"] == "pending"]
    assert every_page(pixlpay_client, "/referrals", status="pending") == pending
    found = every_page(pixlpay_client, "/referrals", search="REFERRER@example")
    assert found == [referral for referral in referrals if referral["referrer"]["id"] == 1]
    assert [row["id"] for row in every_page(pixlpay_client, "/referrals", search="player12")] == [
        207
    ]
    both = every_page(pixlpay_client, "/referrals", search="referrer@", status="pending")
    assert both == [referral for referral in found if referral["status"] == "pending"]
    nothing = pixlpay_client.get("/referrals?search=no-such-person").json()
    assert nothing["meta"] == {"current_page": 1, "last_page": 1, "per_page": 15, "total": 0}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/referrals?per_page=101", "per_page"),
        ("/referrals?page=0", "page"),
        ("/referrals?status=completed", "status"),
        ("/referrals/leaderboard?limit=101", "limit"),
        ("/referrals/top-referrers?limit=x", "limit"),
        ("/referrals/claims?per_page=0", "per_page"),
        ("/customers?per_page=101", "per_page"),
    ],
)
def test_bad_input_is_422(pixlpay_client: httpx.Client, path: str, field: str) -> None:
    answer = pixlpay_client.get(path)
    assert answer.status_code == 422
    body = answer.json()
    assert body["success"] is False
    assert body["error"] == "VALIDATION_ERROR"
    assert body["message"] == "The given data was invalid"
    assert list(body["errors"]) == [field]


def test_figures_agree_with_the_rows(pixlpay_client: httpx.Client) -> None:
    referrals = every_page(pixlpay_client, "/referrals")
    claims = every_page(pixlpay_client, "/referrals/claims")
    total = Counter(referral["referrer"]["id"] for referral in referrals)
    paid = Counter(r["referrer"]["id"] for r in referrals if r["status"] == "successful")
    claimed = Counter(claim["customer"]["id"] for claim in claims)

    answer = pixlpay_client.get("/referrals/statistics")
    statistics = answer.json()["data"]
    assert statistics["total_referrals"] == 180
    assert statistics["successful_referrals"] == paid.total()
    assert statistics["conversion_rate"] == round(100 * paid.total() / 180, 2)
    assert statistics["rewards_claimed"] == len(claims)
    # Two decimals on the wire, as in the vendor's 450.00.
    assert (
        f'"total_coupons_value":{Decimal(statistics["total_coupons_value"]):.2f}}}' in answer.text
    )

    board = pixlpay_client.get("/referrals/leaderboard?limit=100").json()["data"]
    expected = sorted(paid.items(), key=lambda entry: -entry[1])
    assert [entry["referral_count"] for entry in board] == [count for _, count in expected]
    assert {entry["id"]: entry["referral_count"] for entry in board} == dict(paid)
    assert pixlpay_client.get("/referrals/leaderboard").json()["data"] == board[:10]

    top = pixlpay_client.get("/referrals/top-referrers?limit=100").json()["data"]
    assert [entry["id"] for entry in top] == [entry["id"] for entry in board]
    for entry in top:
        assert entry["total_referrals"] == total[entry["id"]]
        assert entry["successful_referrals"] == paid[entry["id"]]
        assert entry["rewards_claimed"] == claimed[entry["id"]]
    assert top[0]["referral_code"] == "ABC12345"

    tiers = pixlpay_client.get("/referrals/tiers").json()["data"]
    claims_by_tier = Counter(claim["tier"]["id"] for claim in claims)
    for tier in tiers:
        assert tier["claims_count"] == claims_by_tier[tier["id"]]
    required = {tier["id"]: tier["referrals_required"] for tier in tiers}
    for claim in claims:
        assert paid[claim["customer"]["id"]] >= required[claim["tier"]["id"]]


def test_claims(pixlpay_client: httpx.Client) -> None:
    answer = pixlpay_client.get("/referrals/claims").json()
    assert answer["meta"]["per_page"] == 15
    assert answer["meta"]["last_page"] >= 2
    first = answer["data"][0]
    assert first["customer"] == {"id": 1, "name": "TopReferrer", "email": "referrer@example.com"}
    assert first["coupon"] == {"id": 10, "code": "REF-A1B2C3D4", "times_used": 1}
    assert first["tier"] == {"id": 3, "name": "First Friend", "referrals_required": 1}
    ids = [claim["id"] for claim in every_page(pixlpay_client, "/referrals/claims")]
    assert len(set(ids)) == len(ids)


def test_validate(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    good = pixlpay_client.post("/referrals/validate", json={"code": "ABC12345"}).json()
    assert good == {
        "success": True,
        "data": {"valid": True, "referrer": {"id": 1, "name": "TopReferrer"}},
    }
    bad = pixlpay_client.post("/referrals/validate", json={"code": "NOPE"}).json()
    assert bad == {"success": True, "data": {"valid": False, "error": "Invalid referral code"}}
    missing = pixlpay_client.post("/referrals/validate", json={})
    assert missing.json()["errors"] == {"code": ["The code field is required."]}
    for entry in pixlpay_client.get("/referrals/top-referrers").json()["data"]:
        body = {"code": entry["referral_code"]}
        found = pixlpay_client.post("/referrals/validate", json=body).json()["data"]
        assert found["referrer"] == {"id": entry["id"], "name": entry["name"]}


def test_scopes(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    pixlpay.tokens["reader"] = frozenset({"referrals:read"})
    pixlpay_client.headers["Authorization"] = "Bearer reader"
    assert pixlpay_client.get("/referrals").status_code == 200
    check = pixlpay_client.post("/referrals/validate", json={"code": "ABC12345"})
    assert check.status_code == 200
    refused = pixlpay_client.post("/referrals/tiers/1/toggle")
    assert refused.status_code == 403
    assert refused.json() == {
        "success": False,
        "error": "Forbidden",
        "message": "Token does not have the required scope: referrals:write",
    }
    assert "customers:read" in pixlpay_client.get("/customers").json()["message"]


def test_without_a_good_token_401(pixlpay_client: httpx.Client) -> None:
    answer = pixlpay_client.get("/referrals", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert answer.json()["error"] == "Unauthorized"
    assert answer.json()["success"] is False


def test_unknown_routes_are_404(pixlpay_client: httpx.Client) -> None:
    for path in ("/referrals/1", "/nothing", "/referrals/tiers/1/toggle"):
        answer = pixlpay_client.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"] == "Not Found"


def test_each_token_has_an_allowance(
    pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client, clock: Clock
) -> None:
    pixlpay.tokens["another"] = frozenset({"referrals:read"})
    for left in range(59, -1, -1):
        answer = pixlpay_client.get("/referrals/settings")
        assert answer.headers["x-ratelimit-limit"] == "60"
        assert answer.headers["x-ratelimit-remaining"] == str(left)
    clock.seconds += 12.5
    refused = pixlpay_client.get("/referrals/settings")
    assert refused.status_code == 429
    assert refused.json() == {"message": "Too Many Attempts."}
    assert refused.headers["retry-after"] == "48"
    assert int(refused.headers["x-ratelimit-reset"]) > 1_700_000_000
    other = {"Authorization": "Bearer another"}
    assert pixlpay_client.get("/referrals/settings", headers=other).status_code == 200
    clock.seconds += 47.5
    assert pixlpay_client.get("/referrals/settings").status_code == 200


def test_quirks(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    pixlpay.quirks = {"micro_timestamps"}
    row = pixlpay_client.get("/referrals").json()["data"][0]
    assert row["referred_at"] == "2025-01-20T09:00:00.000000Z"
    pixlpay.quirks = {"missing_first_order_at"}
    for row in every_page(pixlpay_client, "/referrals"):
        assert ("first_order_at" in row) == (row["status"] == "successful")
    pixlpay.quirks = {"numbers_as_strings"}
    statistics = pixlpay_client.get("/referrals/statistics").json()["data"]
    assert all(isinstance(value, str) for value in statistics.values())
    settings = pixlpay_client.get("/referrals/settings").json()["data"]
    assert settings["referral_welcome_discount_value"] == "10"
    assert settings["referral_enabled"] is True


def test_a_page_of_a_million_referrals_is_made_on_demand() -> None:
    sandbox = PixlpaySandbox(referrals=1_000_000)
    headers = {"Authorization": f"Bearer {sandbox.token}"}
    with serve_in_thread(sandbox) as served, plain_client() as client:
        url = f"{served.origin}/api/external/v1/referrals?page=6000&per_page=100"
        answer = client.get(url, headers=headers).json()
    assert len({row["id"] for row in answer["data"]}) == 100
    assert answer["meta"]["total"] == 1_000_000
