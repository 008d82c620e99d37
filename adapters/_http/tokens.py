"""Where the bearer token of a call comes from."""

from typing import Protocol


class TokenSource(Protocol):
    """Gives the token for a call and hears when the provider no longer accepts it."""

    async def token(self) -> str:
        """The token to send; empty when there is none."""
        ...

    def discard(self, token: str) -> bool:
        """The provider refused this token. True when asking again gives another one."""
        ...


class FixedToken:
    """A token from the configuration, which nothing here can renew."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token

    def discard(self, token: str) -> bool:
        return False
