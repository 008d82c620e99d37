"""An issuer of tokens: its keys, its address, and tokens of every kind."""

import json
import time
import warnings
from collections.abc import Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from starlette.types import Receive, Scope, Send

ISSUER = "https://login.example.com/"
AUDIENCE = "referral-gateway"
KEYS: dict[str, Key] = {
    "rsa": RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}),
    "ec": ECKey.generate_key("P-256", {"kid": "ec", "alg": "ES256"}),
    "ed": OKPKey.generate_key("Ed25519", {"kid": "ed"}),
}
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa"})
"""A key of somebody else, who gives it the issuer's `kid`."""


def published(*keys: Key) -> bytes:
    """A JWK set of public keys."""
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a good token, with some changed; one that becomes None is left out."""
    now = int(time.time())
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "emma",
        "iat": now,
        "exp": now + 3600,
        "scope": "openid referrals:read people:read",
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def token(
    key: Key = KEYS["rsa"],
    alg: str = "RS256",
    header: Mapping[str, Any] | None = None,
    **changes: Any,
) -> str:
    """A token, signed."""
    told = {"alg": alg, "kid": key.kid, **(header or {})}
    shown = {name: value for name, value in told.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    with warnings.catch_warnings():
        # `EdDSA` is the older name of what is in use everywhere (RFC 9864).
        warnings.simplefilter("ignore", SecurityWarning)
        return jwt.encode(shown, claims(**changes), key, registry=registry)


class Issuer:
    """The address of an issuer's keys, as an ASGI application. `asked` counts the requests."""

    def __init__(self, content: bytes | None = None) -> None:
        self.content = content or published(*KEYS.values())
        self.status = 200
        self.headers: list[tuple[bytes, bytes]] = []
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.content})
