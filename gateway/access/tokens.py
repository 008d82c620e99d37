"""Tokens of an issuer: JWTs (RFC 7519), verified as RFC 8725 has it.

The algorithm is one that the configuration allows, never a shared secret, and fits the key that
the issuer publishes under the token's `kid`; what a token's header says of keys beside that
(`jwk`, `jku`, `x5u`) is not looked at.
"""

import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from joserfc import jws, jwt
from joserfc.errors import (
    ExpiredTokenError,
    InvalidClaimError,
    JoseError,
    MissingClaimError,
    SecurityWarning,
)
from joserfc.jwk import Key

from gateway.access.errors import TokenRefused
from gateway.caller import Caller, Scope

LONGEST_TOKEN = 8192
MOST_KEPT = 10_000


class KeySource(Protocol):
    """Where an issuer's keys are found."""

    async def find(self, key_id: str | None) -> Key | None:
        """The key with that identifier, None when there is none."""


class Tokens:
    """The callers behind tokens.

    `programs` are the keys of all programs. With a `program_claim` a token gives its holder the
    programs that it lists there and no others. Durations in seconds: `leeway` is how far clocks
    may differ; a verified token is `kept` so long before it is verified again, so that it costs
    a request little and yet ends soon after its key does. `now` is the time since the epoch.
    """

    def __init__(
        self,
        keys: KeySource,
        *,
        issuer: str,
        audience: str,
        algorithms: Sequence[str],
        scope_claim: str,
        program_claim: str | None,
        programs: frozenset[str],
        leeway: int,
        now: Callable[[], float],
        kept: float = 60.0,
    ) -> None:
        self._keys = keys
        self._algorithms = tuple(algorithms)
        self._scope_claim = scope_claim
        self._program_claim = program_claim
        self._programs = programs
        self._leeway = leeway
        self._now = now
        self._kept_for = kept
        # What is not known in a header is passed over (RFC 7515, section 4), but for `crit`.
        self._signatures = jws.JWSRegistry(algorithms=algorithms, strict_check_header=False)
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(now()),
            leeway=leeway,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        self._kept: OrderedDict[bytes, tuple[Caller, float]] = OrderedDict()

    def known(self, digest: bytes) -> Caller | None:
        """The caller behind a token that was verified a moment ago."""
        kept = self._kept.get(digest)
        return kept[0] if kept is not None and self._now() < kept[1] else None

    async def caller(self, token: bytes, digest: bytes) -> Caller:
        """The caller behind a token, which is known by its digest.

        Raises TokenRefused, and what the source of the keys raises.
        """
        known = self.known(digest)
        if known is not None:
            return known
        claims = await self._verified(token)
        caller = self._caller(claims)
        until = min(self._now() + self._kept_for, claims["exp"] + self._leeway)
        self._kept.pop(digest, None)
        self._kept[digest] = (caller, until)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return caller

    async def _verified(self, token: bytes) -> Mapping[str, Any]:
        if len(token) > LONGEST_TOKEN:
            raise TokenRefused("The token is too long.")
        try:
            header = jws.extract_compact(token).headers()
        except (JoseError, ValueError, TypeError, RecursionError):
            raise TokenRefused("The token is no JWT.") from None
        key_id = header.get("kid")
        # Judged before any key is looked for, which may cost a call.
        if header.get("alg") not in self._algorithms or not isinstance(key_id, str | None):
            raise TokenRefused("The token is signed in a way that is not accepted.")
        key = await self._keys.find(key_id)
        if key is None:
            raise TokenRefused("The token is signed with a key that the issuer does not have.")
        try:
            with warnings.catch_warnings():
                # `EdDSA` is the older name of what is in use everywhere (RFC 9864).
                warnings.simplefilter("ignore", SecurityWarning)
                claims = jwt.decode(token, key, registry=self._signatures).claims
            self._claims.validate(claims)
            if not claims["sub"].isprintable():
                raise InvalidClaimError("sub")
        except ExpiredTokenError:
            raise TokenRefused("The token has expired.") from None
        except (InvalidClaimError, MissingClaimError):
            raise TokenRefused("The token is not meant for this gateway at this time.") from None
        except (JoseError, ValueError, TypeError, RecursionError):
            raise TokenRefused("The token's signature does not hold.") from None
        return claims

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        programs = None
        if self._program_claim is not None:
            programs = self._programs & _words(claims.get(self._program_claim))
        scopes = _words(claims.get(self._scope_claim))
        return Caller(
            f"jwt:{claims['sub']}",  # a key's name has no colon
            frozenset(scope for scope in Scope if scope in scopes),
            programs,
        )


def _words(claim: object) -> frozenset[str]:
    """What a claim lists: text with spaces between (RFC 8693, 4.2), or an array of text."""
    if isinstance(claim, str):
        return frozenset(claim.split())
    if isinstance(claim, list):
        return frozenset(word for word in claim if isinstance(word, str))
    return frozenset()
