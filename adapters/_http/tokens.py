"""Where the bearer token of a call comes from."""

from typing import Protocol


class TokenSource(Protocol):
    """Gives the token for a call and hears when the provider no longer accepts it."""

    def at_hand(self) -> str:
        """The token to send; empty when there is none, or none yet."""
        ...

    async def token(self, deadline: float) -> str:
        """The token to send, waited for; empty when there is none. Raises TimeoutError at the
        deadline, an instant of the running loop's clock."""
        ...

    def discard(self, token: str) -> bool:
        """The provider refused this token. True when asking again gives another one."""
        ...


class FixedToken:
    """A token from the configuration, which nothing here can renew."""

    def __init__(self, token: str) -> None:
        self._token = token

    def at_hand(self) -> str:
        return self._token

    async def token(self, deadline: float) -> str:
        return self._token

    def discard(self, token: str) -> bool:
        return False
