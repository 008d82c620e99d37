import httpx

from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.sandboxes.paging import every_piggy_page
from tests.sandboxes.paging import every_pixlpay_page as every_page


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
