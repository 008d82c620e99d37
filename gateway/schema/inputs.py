"""What mutations take, and what the contract itself limits."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import strawberry
from msgspec import UNSET

from adapters import model
from gateway.changes import InvalidInputError, UserError
from gateway.schema.describing import input_field
from gateway.schema.enums import CompletionTrigger
from gateway.schema.scalars import CurrencyCode

LONGEST_NAME = 255
LONGEST_DESCRIPTION = 1000
LONGEST_VALIDITY_DAYS = 365
LEAST_DISCOUNT = Decimal("0.01")


@strawberry.input(description="An amount of money.")
class MoneyInput:
    amount: Decimal = input_field("How much, 0.01 or more.")
    currency: CurrencyCode | None = input_field(
        "In which currency; the program's own when left out.", optional=True
    )


@strawberry.input(description="A discount: exactly one of the two.", one_of=True)
class DiscountInput:
    percent: Decimal | None = input_field(
        "A share off the price in percent, 0.01 or more: `10` is ten percent.", optional=True
    )
    fixed: MoneyInput | None = input_field("An amount off the price.", optional=True)

    def meaning(self) -> model.Discount:
        """The one that is given."""
        if isinstance(self.percent, Decimal):
            return model.PercentOff(self.percent)
        fixed = self.fixed
        assert isinstance(fixed, MoneyInput)  # noqa: S101 (@oneOf: exactly one is given)
        return model.AmountOff(model.Money(fixed.amount, _or_unset(fixed.currency) or None))


@strawberry.input(description="A new tier.")
class TierCreateInput:
    name: str = input_field("At most 255 characters.")
    description: str | None = input_field("At most 1000 characters.", optional=True)
    referrals_required: int = input_field("How many successful referrals it takes.")
    reward: DiscountInput = input_field("What a person gets for reaching the tier.")
    coupon_validity_days: int | None = input_field("1 to 365; 30 when left out.", optional=True)
    is_active: bool | None = input_field("True when left out.", optional=True)
    position: int | None = input_field("0 when left out.", optional=True)


@strawberry.input(
    description=(
        "Fields left out stay as they are; null is refused unless a field says what it does."
    )
)
class TierUpdateInput:
    name: str | None = input_field("At most 255 characters.", optional=True)
    description: str | None = input_field(
        "At most 1000 characters; null asks the provider to remove it.", optional=True
    )
    referrals_required: int | None = input_field(
        "How many successful referrals it takes.", optional=True
    )
    reward: DiscountInput | None = input_field(
        "What a person gets for reaching the tier, as a whole.", optional=True
    )
    coupon_validity_days: int | None = input_field("1 to 365.", optional=True)
    is_active: bool | None = input_field("Whether people can reach the tier.", optional=True)
    position: int | None = input_field(
        "Where the tier stands among the others, lowest first.", optional=True
    )


@strawberry.input(
    description=(
        "Fields left out stay as they are; null is refused unless a field says what it does."
    )
)
class WelcomeDiscountInput:
    is_enabled: bool | None = input_field("Whether newcomers get it.", optional=True)
    discount: DiscountInput | None = input_field(
        "What they get. Pixlpay takes no currency here.", optional=True
    )


@strawberry.input(
    description=(
        "Fields left out stay as they are; null is refused unless a field says what it does."
    )
)
class ProgramSettingsUpdateInput:
    is_enabled: bool | None = input_field("Whether the program runs.", optional=True)
    completion_trigger: CompletionTrigger | None = input_field(
        "What makes a referral count: at Pixlpay SIGNUP or FIRST_PURCHASE.", optional=True
    )
    welcome_discount: WelcomeDiscountInput | None = input_field(
        "The discount for newcomers.", optional=True
    )


TierInput = TierCreateInput | TierUpdateInput


def tier_changes(given: TierInput) -> model.TierChanges:
    """What to set on a tier, with what was left out as `UNSET`."""
    reward = _or_unset(given.reward)
    description = given.description
    return model.TierChanges(
        name=_or_unset(given.name),
        description=UNSET if description is strawberry.UNSET else description,
        referrals_required=_or_unset(given.referrals_required),
        reward=reward.meaning() if isinstance(reward, DiscountInput) else UNSET,
        coupon_validity_days=_or_unset(given.coupon_validity_days),
        is_active=_or_unset(given.is_active),
        position=_or_unset(given.position),
    )


def settings_changes(given: ProgramSettingsUpdateInput) -> model.SettingsChanges:
    """What to set on a program, with what was left out as `UNSET`."""
    welcome = _or_unset(given.welcome_discount)
    is_enabled: Any = UNSET
    discount: Any = UNSET
    if isinstance(welcome, WelcomeDiscountInput):
        is_enabled = _or_unset(welcome.is_enabled)
        discount = _or_unset(welcome.discount)
    return model.SettingsChanges(
        is_enabled=_or_unset(given.is_enabled),
        completion_trigger=_or_unset(given.completion_trigger),
        welcome_discount_is_enabled=is_enabled,
        welcome_discount=discount.meaning() if isinstance(discount, DiscountInput) else UNSET,
    )


def faults_of_tier(given: TierInput) -> list[UserError]:
    """What the contract refuses before any call; the rest is the provider's to judge."""
    return [*_nulls(given, {"description"}), *_limits(given)]


def faults_of_settings(given: ProgramSettingsUpdateInput) -> list[UserError]:
    """What the contract refuses before any call."""
    faults = list(_nulls(given, set()))
    if isinstance(given.welcome_discount, WelcomeDiscountInput):
        faults += _nulls(given.welcome_discount, set(), "welcomeDiscount")
        discount = given.welcome_discount.discount
        faults += _discount_limits(discount, "welcomeDiscount", "discount")
    return faults


def _limits(given: TierInput) -> Iterator[UserError]:
    name, description, days = given.name, given.description, given.coupon_validity_days
    if isinstance(name, str) and len(name) > LONGEST_NAME:
        yield _fault(f"A name has at most {LONGEST_NAME} characters.", "name")
    if isinstance(description, str) and len(description) > LONGEST_DESCRIPTION:
        yield _fault(f"A description has at most {LONGEST_DESCRIPTION} characters.", "description")
    if isinstance(days, int) and not 1 <= days <= LONGEST_VALIDITY_DAYS:
        yield _fault(
            f"A coupon is valid for 1 to {LONGEST_VALIDITY_DAYS} days.", "couponValidityDays"
        )
    yield from _discount_limits(given.reward, "reward")


def _discount_limits(given: object, *path: str) -> Iterator[UserError]:
    # At some places the vendor would take less, and a negative one adds to a price.
    if not isinstance(given, DiscountInput):
        return
    discount = given.meaning()
    if isinstance(discount, model.PercentOff):
        value, rest = discount.percent, ["percent"]
    else:
        value, rest = discount.value.amount, ["fixed", "amount"]
    if value < LEAST_DISCOUNT:
        yield _fault(f"A discount is {LEAST_DISCOUNT} or more.", *path, *rest)


def _nulls(given: object, allowed: set[str], *path: str) -> Iterator[UserError]:
    """A null is no way to leave a field as it is. On creation, it means the default."""
    if isinstance(given, TierCreateInput):
        return
    for name, value in vars(given).items():
        if value is None and name not in allowed:
            first, *rest = name.split("_")
            camel = first + "".join(word.capitalize() for word in rest)
            yield _fault("Leave the field out to keep it as it is.", *path, camel)


def _fault(message: str, *path: str) -> UserError:
    return InvalidInputError(message, ["input", *path])


def _or_unset(value: Any) -> Any:
    return UNSET if value is strawberry.UNSET or value is None else value
