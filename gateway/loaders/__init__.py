"""Dataloaders: within one request every upstream read is made once, however often it is asked for.

Failures are kept as values, so that one program, or one person, fails alone.
"""

from gateway.loaders.by_page import ClaimPage, ReferralPage
from gateway.loaders.loaders import Loaders
from gateway.loaders.lookups import CodeKey, EmailKey
from gateway.loaders.profiles import PersonKey
from gateway.loaders.sharing import Derived, SharedLoader, derived

__all__ = [
    "ClaimPage",
    "CodeKey",
    "Derived",
    "EmailKey",
    "Loaders",
    "PersonKey",
    "ReferralPage",
    "SharedLoader",
    "derived",
]
