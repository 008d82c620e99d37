"""Pixlpay: referral programs of game stores."""

from adapters.pixlpay.provider import PixlpayProvider

__all__ = ["PixlpayProvider"]
