"""Bramble, a made-up vendor: referral programs of web shops."""

from bramble.provider import BrambleProvider

__all__ = ["BrambleProvider"]
