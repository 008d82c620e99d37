"""Customers in the two shapes that Pixlpay documents (FACTS section 1b, customer conflict)."""

from decimal import Decimal
from typing import Any, Literal

from adapters._sandbox.people import spread
from adapters.pixlpay.sandbox.data import PixlpayData, timestamp


def customer(
    data: PixlpayData, number: int, shape: Literal["guide", "api"], *, is_single: bool = False
) -> dict[str, Any]:
    """A customer; in the guide's shape a single one also has statistics."""
    name, email = data.who(number)
    row = data.tree.row_of(number)
    first_order_at = None if row is None else data.first_order_at(row)
    orders = 0 if row is not None and first_order_at is None else 1 + spread(number, 16) % 6
    spent = Decimal(orders) * (999 + spread(number, 17) % 4000) / 100
    created_at = timestamp(data.joined_at(number))
    ordered_at = created_at if orders else None
    if first_order_at is not None:
        ordered_at = timestamp(first_order_at)
    if shape == "api":
        has_discord = number % 4 == 1
        return {
            "id": number + 1,
            "email": email,
            "username": name,
            "discord_id": str(10**17 + number) if has_discord else None,
            "discord_username": name.lower() if has_discord else None,
            "total_orders": orders,
            "total_spent": spent,
            "first_order_at": ordered_at,
            "last_order_at": ordered_at,
            "created_at": created_at,
        }
    value: dict[str, Any] = {
        "id": number + 1,
        "name": name,
        "email": email,
        "orders_count": orders,
        "support_tickets_count": number % 3,
        "created_at": created_at,
        "updated_at": created_at,
    }
    if is_single:
        value["statistics"] = {
            "total_spent": spent,
            "total_orders": orders,
            "average_order_value": spent / max(1, orders),
            "last_order_date": ordered_at,
        }
    return value
