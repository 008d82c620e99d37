"""What is said of a key of the configuration beside its name, type and default."""

from msgspec import Meta


def key(purpose: str, *, unit: str = "", unset: str = "") -> Meta:
    """The description of a key, for the page of all keys: what it is for, what a number counts,
    and what holds without the key where its default is None."""
    return Meta(description=purpose, extra={"unit": unit, "unset": unset})
