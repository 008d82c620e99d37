from collections import Counter
from decimal import Decimal
from typing import Any

import httpx
import pytest

from adapters._sandbox.serving import serve_in_thread
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.sandboxes.clients import plain_client
from tests.sandboxes.clock import Clock
from tests.sandboxes.paging import every_piggy_page
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


def test_the_tiers_of_the_vendor_page(pixlpay_client: httpx.Client) -> None:
    tiers = pixlpay_client.get("/referrals/tiers").json()["data"]
    assert [tier["name"] for tier in tiers] == [
        "First Friend",
        "Bronze Referrer",
        "Silver Referrer",
        "Legend Referrer",
    ]
    claims_count = tiers[1].pop("claims_count")
    assert claims_count > 0
    assert tiers[1] == {
        "id": 1,
        "name": "Bronze Referrer",
        "description": "Reward for 5 successful referrals",
        "referrals_required": 5,
        "reward_type": "percentage_discount",
        "reward_value": "10.00",
        "reward_currency": None,
        "coupon_validity_days": 30,
        "is_active": True,
        "sort_order": 1,
        "formatted_reward": "10.00% off",
    }
    assert [tier["formatted_reward"] for tier in tiers] == [
        "5.00 off",
        "10.00% off",
        "$25.00 off",
        "50.00% off",
    ]


def test_a_tier_is_created_changed_and_deleted(pixlpay_client: httpx.Client) -> None:
    created = pixlpay_client.post(
        "/referrals/tiers",
        json={
            "name": "Gold Referrer",
            "description": "Reward for 25 successful referrals",
            "referrals_required": 25,
            "reward_type": "percentage_discount",
            "reward_value": 20,
            "coupon_validity_days": 90,
            "is_active": True,
            "sort_order": 3,
        },
    )
    row = {
        "id": 5,
        "name": "Gold Referrer",
        "description": "Reward for 25 successful referrals",
        "referrals_required": 25,
        "reward_type": "percentage_discount",
        "reward_value": "20.00",
        "reward_currency": None,
        "coupon_validity_days": 90,
        "is_active": True,
        "sort_order": 3,
        "formatted_reward": "20.00% off",
    }
    stamps = {"created_at": "2025-01-20T10:00:00Z", "updated_at": "2025-01-20T10:00:00Z"}
    assert created.status_code == 201
    assert created.json() == {
        "success": True,
        "data": row | stamps,
        "message": "Referral tier created successfully",
    }

    changes = {"reward_value": 25, "coupon_validity_days": 120}
    updated = pixlpay_client.put("/referrals/tiers/5", json=changes).json()
    row |= {"reward_value": "25.00", "coupon_validity_days": 120, "formatted_reward": "25.00% off"}
    assert updated == {
        "success": True,
        "data": row,
        "message": "Referral tier updated successfully",
    }
    tiers = pixlpay_client.get("/referrals/tiers").json()["data"]
    assert row | {"claims_count": 0} in tiers

    deleted = pixlpay_client.delete("/referrals/tiers/5").json()
    assert deleted == {"success": True, "message": "Referral tier deleted successfully"}
    assert pixlpay_client.delete("/referrals/tiers/5").status_code == 404


def test_deleting_a_claimed_tier_deactivates_it(pixlpay_client: httpx.Client) -> None:
    answer = pixlpay_client.delete("/referrals/tiers/1").json()
    assert answer == {
        "success": True,
        "message": "Referral tier has been deactivated (has existing claims)",
    }
    tiers = pixlpay_client.get("/referrals/tiers").json()["data"]
    assert [tier["is_active"] for tier in tiers if tier["id"] == 1] == [False]


def test_toggle_flips_and_answers_partly(pixlpay_client: httpx.Client) -> None:
    first, second = (pixlpay_client.post("/referrals/tiers/1/toggle").json() for _ in range(2))
    assert first == {
        "success": True,
        "data": {
            "id": 1,
            "name": "Bronze Referrer",
            "is_active": False,
            "formatted_reward": "10.00% off",
        },
        "message": "Tier deactivated",
    }
    assert second["data"]["is_active"] is True
    assert second["message"] == "Tier activated"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": None}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"description": "x" * 1001}, "description"),
        ({"referrals_required": 0}, "referrals_required"),
        ({"referrals_required": "5"}, "referrals_required"),
        ({"reward_type": "percentage"}, "reward_type"),
        ({"reward_value": 0}, "reward_value"),
        ({"reward_value": "10.00"}, "reward_value"),
        ({"reward_currency": "dollars"}, "reward_currency"),
        ({"coupon_validity_days": 366}, "coupon_validity_days"),
        ({"is_active": 1}, "is_active"),
        ({"sort_order": True}, "sort_order"),
    ],
)
def test_a_bad_tier_is_422(
    pixlpay_client: httpx.Client, changes: dict[str, Any], field: str
) -> None:
    tier = {
        "name": "Gold Referrer",
        "referrals_required": 25,
        "reward_type": "fixed_discount",
        "reward_value": 0.01,
    }
    answer = pixlpay_client.post("/referrals/tiers", json=tier | changes)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    assert pixlpay_client.post("/referrals/tiers", json=tier).status_code == 201


def test_a_tier_needs_four_fields(pixlpay_client: httpx.Client) -> None:
    for answer in (
        pixlpay_client.post("/referrals/tiers", json={}),
        pixlpay_client.post("/referrals/tiers", content=b"nonsense"),
    ):
        assert list(answer.json()["errors"]) == [
            "name",
            "referrals_required",
            "reward_type",
            "reward_value",
        ]
    assert pixlpay_client.put("/referrals/tiers/1", json={}).status_code == 200


def test_writes_to_unknown_tiers_are_404(pixlpay_client: httpx.Client) -> None:
    for answer in (
        pixlpay_client.put("/referrals/tiers/99", json={}),
        pixlpay_client.delete("/referrals/tiers/x"),
        pixlpay_client.post("/referrals/tiers/99/toggle"),
    ):
        assert answer.status_code == 404
        assert answer.json() == {
            "success": False,
            "error": "Not Found",
            "message": "Referral tier not found",
        }


def test_settings_left_out_of_a_write_are_reset(pixlpay_client: httpx.Client) -> None:
    before = pixlpay_client.get("/referrals/settings").json()["data"]
    assert before == {
        "referral_enabled": True,
        "referral_reward_event": "first_purchase",
        "referral_welcome_discount_enabled": True,
        "referral_welcome_discount_type": "percentage",
        "referral_welcome_discount_value": 10,
    }
    whole = before | {"referral_welcome_discount_value": 15}
    answer = pixlpay_client.put("/referrals/settings", json=whole).json()
    assert answer["data"] == whole
    assert answer["message"] == "Referral settings updated successfully"
    assert pixlpay_client.get("/referrals/settings").json()["data"] == whole

    part = {"referral_welcome_discount_value": 20}
    after = pixlpay_client.put("/referrals/settings", json=part).json()["data"]
    assert after["referral_welcome_discount_value"] == 20
    assert all(after[field] != whole[field] for field in whole)


def test_bad_settings_are_422(pixlpay_client: httpx.Client) -> None:
    body = {"referral_welcome_discount_type": "percentage_discount", "referral_enabled": "yes"}
    answer = pixlpay_client.put("/referrals/settings", json=body)
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == set(body)


def test_customers_in_the_shape_of_the_guide(pixlpay_client: httpx.Client) -> None:
    customers = every_page(pixlpay_client, "/customers")
    assert [customer["id"] for customer in customers] == list(range(1, 208))
    assert set(customers[0]) == {
        "id",
        "name",
        "email",
        "orders_count",
        "support_tickets_count",
        "created_at",
        "updated_at",
    }
    single = pixlpay_client.get("/customers/1").json()["data"]
    assert set(single.pop("statistics")) == {
        "total_spent",
        "total_orders",
        "average_order_value",
        "last_order_date",
    }
    assert single == customers[0]
    for referral in every_page(pixlpay_client, "/referrals"):
        customer = customers[referral["id"] - 1]
        assert customer["name"] == referral["name"]
        assert customer["email"] == referral["email"]
        assert customer["created_at"] == referral["referred_at"]
        assert (customer["orders_count"] > 0) == (referral["status"] == "successful")
    for unknown in ("0", "208", "x"):
        assert pixlpay_client.get(f"/customers/{unknown}").status_code == 404


def test_customers_in_the_shape_of_the_api_page(
    pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client
) -> None:
    pixlpay.customers_shape = "api"
    customers = every_page(pixlpay_client, "/customers")
    assert set(customers[0]) == {
        "id",
        "email",
        "username",
        "discord_id",
        "discord_username",
        "total_orders",
        "total_spent",
        "first_order_at",
        "last_order_at",
        "created_at",
    }
    assert pixlpay_client.get("/customers/2").json()["data"] == customers[1]


def test_customers_are_searched(pixlpay_client: httpx.Client) -> None:
    customers = every_page(pixlpay_client, "/customers")
    for customer in customers[:5] + customers[-5:]:
        for email in (customer["email"], customer["email"].upper()):
            assert every_page(pixlpay_client, "/customers", email=email) == [customer]
    assert every_page(pixlpay_client, "/customers", search="topref") == [customers[0]]
    assert every_page(pixlpay_client, "/customers", search="otter") == [
        customer for customer in customers if "otter" in customer["name"].lower()
    ]
    assert every_page(pixlpay_client, "/customers", email="nobody@example.com") == []


def test_a_third_of_the_customers_are_piggy_contacts(
    pixlpay_client: httpx.Client, piggy: PiggySandbox, piggy_client: httpx.Client
) -> None:
    emails = [customer["email"] for customer in every_page(pixlpay_client, "/customers")]
    contacts = {contact["email"] for contact in every_piggy_page(piggy_client, "/contacts")}
    shared = [email for email in emails if email.lower() in contacts]
    assert 0.25 < len(shared) / len(emails) < 0.4
    assert any(email not in contacts for email in shared)
    assert len({email.lower() for email in emails}) == len(emails)


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
