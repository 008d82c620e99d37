"""Piggy, now called Leat: loyalty programs of shops."""

from adapters.piggy.provider import PiggyProvider

__all__ = ["PiggyProvider"]
