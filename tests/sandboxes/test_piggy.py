from collections import Counter

import httpx
import orjson
import pytest

from adapters.piggy.sandbox import PiggySandbox
from tests.sandboxes.clock import Clock
from tests.sandboxes.paging import every_piggy_page as every_page


def test_referrals_are_paged_to_the_end_exactly_once(
    piggy: PiggySandbox, piggy_client: httpx.Client
) -> None:
    referrals = every_page(piggy_client, "/referrals")
    assert [referral["uuid"] for referral in referrals] == piggy.referral_keys()
    assert len(set(piggy.referral_keys())) == 240
    assert set(referrals[0]) == {"uuid", "referring_contact", "referred_contact", "status"}
    statuses = Counter(referral["status"] for referral in referrals)
    assert set(statuses) == {"completed", "pending", "failed", "in_progress"}
    nulls = [referral for referral in referrals if referral["referred_contact"] is None]
    assert len(nulls) == 2


def test_a_page_of_referrals_has_no_total(piggy_client: httpx.Client) -> None:
    answer = piggy_client.get("/referrals").json()
    assert len(answer["data"]) == 30
    assert answer["meta"] == []
    assert piggy_client.get("/referrals?page=100").json() == {"data": [], "meta": []}


def test_filters(piggy_client: httpx.Client) -> None:
    referrals = every_page(piggy_client, "/referrals")
    referrer = referrals[0]["referring_contact"]["uuid"]
    theirs = [r for r in referrals if (r["referring_contact"] or {}).get("uuid") == referrer]
    by_referrer = {"referring_contact_uuid": referrer}
    assert every_page(piggy_client, "/referrals", **by_referrer) == theirs
    completed = [r for r in referrals if r["status"] == "completed"]
    assert every_page(piggy_client, "/referrals", status="completed") == completed
    both = every_page(piggy_client, "/referrals", status="completed", **by_referrer)
    assert both == [r for r in theirs if r["status"] == "completed"]
    assert every_page(piggy_client, "/referrals", referring_contact_uuid="nobody") == []


@pytest.mark.parametrize(
    "query", ["limit=101", "limit=0", "limit=x", "page=0", "page=-1", "status=in_progress"]
)
def test_bad_input_is_1003(piggy_client: httpx.Client, query: str) -> None:
    answer = piggy_client.get(f"/referrals?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] == 1003
    assert answer.json()["status_code"] == 400


def test_settings_are_those_of_the_vendor_page(piggy_client: httpx.Client) -> None:
    answer = piggy_client.get("/referrals/settings").json()
    assert answer["meta"] == {}
    assert answer["data"] == {
        "completion_event": {"type": "loyalty_transaction", "data": {"number_of_transactions": 5}},
        "limit_per_contact": 10,
        "referred_contact_incentive": {
            "type": "loyalty_points",
            "data": {
                "points": 50,
                "business_profile": {
                    "uuid": "13ac4cc1-3522-4dfc-ae4a-a821e5090108",
                    "name": "Coral Avenue",
                },
            },
        },
        "referring_contact_incentive": {
            "type": "voucher",
            "data": {
                "promotion": {
                    "uuid": "539483d0-fab4-40db-add5-2ec65ef12901",
                    "name": "Free Kelp Juice",
                },
            },
        },
    }


def test_tiers_have_one_without_a_name(piggy_client: httpx.Client) -> None:
    answer = piggy_client.get("/tiers").json()
    assert answer["meta"] == []
    assert [tier["name"] for tier in answer["data"]] == ["Bronze", "Silver", "Gold", ""]
    assert [tier.get("position") for tier in answer["data"]] == [1, 2, 3, None]


def test_contacts_are_paged_with_the_full_meta(
    piggy: PiggySandbox, piggy_client: httpx.Client
) -> None:
    answer = piggy_client.get("/contacts?limit=50&page=2").json()
    total = answer["meta"]["total"]
    assert answer["meta"] == {
        "page": 2,
        "limit": "50",
        "viewing_from": 51,
        "viewing_to": 100,
        "last_page": -(-total // 50),
        "total": total,
    }
    contacts = every_page(piggy_client, "/contacts")
    assert len({contact["uuid"] for contact in contacts}) == len(contacts) == total
    known = {contact["uuid"]: contact["email"] for contact in contacts}
    for referral in every_page(piggy_client, "/referrals"):
        for contact in (referral["referring_contact"], referral["referred_contact"]):
            assert contact is None or known[contact["uuid"]] == contact["email"]
    assert {contact["tier"] and contact["tier"]["name"] for contact in contacts} == {
        None,
        "Bronze",
        "Silver",
        "Gold",
        "",
    }


def test_a_contact_is_the_same_however_it_is_found(
    piggy: PiggySandbox, piggy_client: httpx.Client
) -> None:
    for contact in piggy_client.get("/contacts?limit=60").json()["data"]:
        uuid = contact["uuid"]
        assert piggy_client.get(f"/contacts/{uuid}").json() == {"data": contact, "meta": {}}
        tier = piggy_client.get(f"/contacts/{uuid}/tier").json()
        assert tier == {"data": contact["tier"], "meta": {}}
        balance = piggy_client.get(f"/contacts/{uuid}/credit-balance").json()["data"]
        assert balance == {"balance": contact["credit_balance"]["balance"]}
        by_email = {"email": contact["email"].upper()}
        assert piggy_client.get("/contacts/find-one-by", params=by_email).json()["data"] == contact
        assert contact["current_values"]["custom_app_login_code"] == piggy.canary
        assert piggy.canary in contact["current_values"]["custom_app_login_url"]
        piggy.throttle.calls_per_minute = None


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/contacts/nobody", 55031),
        ("/contacts/nobody/tier", 55031),
        ("/contacts/nobody/credit-balance", 55031),
        ("/contacts/find-one-by?email=nobody@example.com", 55031),
        ("/contacts/find-one-by", 1003),
        ("/promotions/none", 80002),
        ("/shops/none", 1008),
    ],
)
def test_not_found_is_a_400_with_a_code(piggy_client: httpx.Client, path: str, code: int) -> None:
    answer = piggy_client.get(path)
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert answer.json()["status_code"] == 400


def test_promotions_and_shops(piggy_client: httpx.Client) -> None:
    promotion = piggy_client.get("/promotions/539483d0-fab4-40db-add5-2ec65ef12901").json()
    assert promotion["data"]["name"] == "Free Kelp Juice"
    shops = piggy_client.get("/shops").json()
    assert shops["meta"] == []
    for shop in shops["data"]:
        assert piggy_client.get(f"/shops/{shop['uuid']}").json()["data"] == shop


def test_without_a_good_token_401_comes_without_a_code(piggy_client: httpx.Client) -> None:
    for value in ("", "Bearer wrong", "Basic sandbox-piggy-token"):
        answer = piggy_client.get("/tiers", headers={"Authorization": value})
        assert answer.status_code == 401
        assert answer.json()["error"] == "invalid_token"
        assert "code" not in answer.json()


def test_client_credentials(piggy: PiggySandbox, piggy_client: httpx.Client, clock: Clock) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
    }
    url = piggy_client.base_url.join("/oauth/token")
    first, second = (piggy_client.post(url, data=form).json() for _ in range(2))
    assert first["token_type"] == "Bearer"
    assert first["expires_in"] == 3600
    assert first["access_token"] != second["access_token"]
    signed_in = {"Authorization": f"Bearer {first['access_token']}"}
    assert piggy_client.get("/tiers", headers=signed_in).status_code == 200
    clock.seconds += 3600
    assert piggy_client.get("/tiers", headers=signed_in).status_code == 401
    assert piggy.calls[0].body == form

    wrong = piggy_client.post(url, data={**form, "client_secret": "wrong"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    other = piggy_client.post(url, data={**form, "grant_type": "password"})
    assert (other.status_code, other.json()["error"]) == (400, "unsupported_grant_type")


def test_allowance_and_its_end(
    piggy: PiggySandbox, piggy_client: httpx.Client, clock: Clock
) -> None:
    piggy.throttle.calls_per_minute = 2
    first = piggy_client.get("/tiers")
    assert first.headers["x-powered-by"] == "PHP/7.4.33"
    assert first.headers["x-ratelimit-limit"] == "2"
    assert first.headers["x-ratelimit-remaining"] == "1"
    clock.seconds += 20
    assert piggy_client.get("/tiers").headers["x-ratelimit-remaining"] == "0"
    refused = piggy_client.get("/tiers")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "40"
    clock.seconds += 40
    assert piggy_client.get("/tiers").status_code == 200
    assert piggy_client.get("/tiers").status_code == 429
    assert [call.status for call in piggy.calls] == [200, 200, 429, 200, 429]


def test_no_allowance_is_told_when_none_is_kept(
    piggy: PiggySandbox, piggy_client: httpx.Client
) -> None:
    piggy.throttle.calls_per_minute = None
    assert "x-ratelimit-limit" not in piggy_client.get("/tiers").headers


def test_unknown_routes_are_404(piggy_client: httpx.Client) -> None:
    assert piggy_client.get("/referrals/d1fd45ac").status_code == 404
    assert piggy_client.post("/tiers").status_code == 404


def test_quirk_duplicate_contact_key(piggy: PiggySandbox, piggy_client: httpx.Client) -> None:
    plain = piggy_client.get("/referrals").json()["data"][2]
    piggy.quirks.add("duplicate_contact_key")
    answer = piggy_client.get("/referrals")
    assert answer.text.count('"referring_contact"') == 31
    row = orjson.loads(answer.content)["data"][2]
    assert row["referring_contact"] == plain["referred_contact"]
    assert "referred_contact" not in row


def test_other_quirks(piggy: PiggySandbox, piggy_client: httpx.Client) -> None:
    piggy.quirks = {"meta_object"}
    assert piggy_client.get("/referrals").json()["meta"] == {}
    piggy.quirks = {"meta_total"}
    assert piggy_client.get("/referrals?limit=100&page=3").json()["meta"] == {
        "page": 3,
        "limit": 100,
        "viewing_from": 201,
        "viewing_to": 240,
        "last_page": 3,
        "total": 240,
    }
    piggy.quirks = {"shared_uuid"}
    rows = piggy_client.get("/referrals").json()["data"]
    assert {row["uuid"] for row in rows} == {"d1fd45ac-0993-46c1-9ae7-334bcd9b0ad7"}
    piggy.quirks = {"null_contacts"}
    rows = piggy_client.get("/referrals").json()["data"]
    missing = {(row["referring_contact"] is None, row["referred_contact"] is None) for row in rows}
    assert missing == {(False, False), (True, False), (True, True), (False, True)}
