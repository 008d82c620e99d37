"""What people get."""

from decimal import Decimal

import strawberry

from gateway.schema.describing import ToldByClass, field
from gateway.schema.scalars import JSON, CurrencyCode


@strawberry.type(description="The part of a business that gives loyalty points.")
class BusinessProfile:
    provider_id: str = field("The provider's own identifier.")
    name: str = field("The name to show to people.")


@strawberry.type(description="What vouchers are given out for.")
class Promotion:
    provider_id: str = field("The provider's own identifier.")
    name: str = field("The name to show to people.")


@strawberry.type(description="An amount of money.")
class Money:
    amount: Decimal = field("How much.")
    currency: CurrencyCode | None = field(
        "In which currency; null where the provider does not say."
    )


@strawberry.interface(
    description=(
        "What a person gets. New kinds may appear: select the fields here and treat "
        "the rest as extra."
    )
)
class Incentive(ToldByClass):
    summary: str = field("Short, to show to people, such as `10.00% off`.")
    provider_type: str = field("The kind in the provider's own word, such as `loyalty_points`.")


@strawberry.type(description="Points on a loyalty account. Piggy only.")
class LoyaltyPointsIncentive(Incentive):
    points: int = field("How many points.")
    business_profile: BusinessProfile | None = field("The business that gives them.")


@strawberry.type(description="A voucher of a promotion. Piggy only.")
class VoucherIncentive(Incentive):
    promotion: Promotion = field("The promotion that the voucher is for.")


@strawberry.type(description="A share off the price. Pixlpay only.")
class PercentageDiscountIncentive(Incentive):
    percent: Decimal = field("The share in percent: `10` is ten percent.")


@strawberry.type(description="An amount off the price. Pixlpay only.")
class FixedDiscountIncentive(Incentive):
    value: Money = field("How much is taken off.")


@strawberry.type(description="An incentive of a kind that this gateway does not know yet.")
class UnknownIncentive(Incentive):
    data: JSON | None = field("What the provider says of it.")


INCENTIVES: tuple[type[Incentive], ...] = (
    LoyaltyPointsIncentive,
    VoucherIncentive,
    PercentageDiscountIncentive,
    FixedDiscountIncentive,
    UnknownIncentive,
)
