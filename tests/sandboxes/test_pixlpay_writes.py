from typing import Any

import httpx
import pytest


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
