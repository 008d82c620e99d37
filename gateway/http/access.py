"""Who sends an HTTP request, and whether they may.

A gateway without callers configured is open, but to this machine alone. Any page in a browser
can reach this machine too, under a name of its own that it makes point here (DNS rebinding); so
the `Host` that was asked for must be this machine as well.
"""

import re
import time
from base64 import b64decode
from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.types import Scope as Connection

from gateway.access.api_keys import digest_of
from gateway.access.errors import IssuerUnavailable, TokenRefused
from gateway.caller import ANYBODY, Caller, Scope
from gateway.config import AccessConfig, JwtTable, is_loopback
from gateway.errors import ErrorCode
from gateway.http.exchange import BadRequest

if TYPE_CHECKING:
    from gateway.access.jwks import Jwks
    from gateway.access.tokens import Tokens

_BEARER = b"bearer "
_BASIC = b"basic "
_HOST = re.compile(r"(?:\[([0-9a-f:]+)\]|([a-z0-9.]+))(?::\d+)?")


class Access:
    """Tells callers by their credentials. `programs` are the keys of all programs. What is known
    of an issuer's keys comes from the access `before` this one, if it was the same issuer's."""

    def __init__(
        self, config: AccessConfig, programs: frozenset[str], before: "Access | None" = None
    ) -> None:
        self._is_open = config.is_open
        self._callers = dict(config.callers)
        self.issuer: Jwks | None = None
        """Where the keys of tokens are asked for, if they are."""
        self._tokens: Tokens | None = None
        if config.jwt is not None:
            self._take_tokens(config.jwt, config.jwks, programs, before.issuer if before else None)

    def _take_tokens(
        self, rules: JwtTable, jwks: bytes, programs: frozenset[str], issuer: "Jwks | None"
    ) -> None:
        # What these import comes with an extra.
        from gateway.access.jwks import Jwks, JwksLimits
        from gateway.access.key_sets import KeySet
        from gateway.access.tokens import Tokens

        if rules.jwks_url is not None:
            if issuer is None or issuer.url != rules.jwks_url:
                issuer = Jwks(rules.jwks_url, JwksLimits(), time.monotonic)
            self.issuer = issuer
        self._tokens = Tokens(
            self.issuer or KeySet.of(jwks),
            issuer=rules.issuer,
            audience=rules.audience,
            algorithms=rules.algorithms,
            scope_claim=rules.scope_claim,
            program_claim=rules.program_claim,
            programs=programs,
            leeway=rules.leeway_seconds,
            now=time.time,
        )

    def admit(self, connection: Connection) -> None:
        """Let in what may be asked at all. Raises BadRequest."""
        if not self._is_open:
            return
        client = connection.get("client")
        if client is None or not _is_here(client[0]):
            raise BadRequest(
                403,
                ErrorCode.FORBIDDEN,
                "This gateway asks nobody for credentials, so it answers its own machine alone."
                " Configure [[access.keys]] or [access.jwt].",
            )
        hosts = [value for name, value in connection["headers"] if name == b"host"]
        if len(hosts) != 1 or not _is_this_machine(hosts[0]):
            raise BadRequest(
                421,
                ErrorCode.MISDIRECTED_REQUEST,
                "This gateway asks nobody for credentials, so it answers to the names of its own"
                " machine alone, such as localhost. Configure [[access.keys]] or [access.jwt].",
            )

    async def identify(self, connection: Connection) -> Caller:
        """The caller by their credentials. Raises BadRequest where there are none that hold."""
        if self._is_open:
            return ANYBODY
        return await self._holder(_credential(connection))

    async def _holder(self, credential: bytes) -> Caller:
        digest = digest_of(credential)
        caller = self._callers.get(digest)
        if caller is not None:
            return caller
        if self._tokens is None or b"." not in credential:
            raise _unauthenticated("The key is not known here.")
        return await _holder_of_token(credential, digest, self._tokens)

    def digest(self, connection: Connection) -> bytes | None:
        """By what the credentials of an identified caller are known; None where nobody is asked for
        any."""
        return None if self._is_open else digest_of(_credential(connection))

    def still_knows(self, digest: bytes | None, caller: Caller) -> bool:
        """Whether credentials are a caller's, as far as is known without asking anybody else."""
        if digest is None:
            return self._is_open
        known = self._callers.get(digest)
        if known is None and self._tokens is not None:
            known = self._tokens.known(digest)
        return known == caller

    async def require(self, connection: Connection, scope: Scope) -> Caller:
        """The caller, who must have a scope. Raises BadRequest."""
        return _with_scope(await self.identify(connection), scope)

    async def require_in_browser(self, connection: Connection, scope: Scope) -> Caller:
        """The caller who opens a page, who must have a scope. Raises BadRequest.

        A browser that is sent somewhere has no Bearer credential to give, but asks for a password
        (RFC 7617): that is the key, or the token. Nothing but pages takes it, so that no other site
        can make a browser use it for more.
        """
        password = _password(connection)
        try:
            if password is None:
                caller = await self.identify(connection)
            else:
                caller = await self._holder(password)
        except BadRequest as bad:
            if bad.status != 401:
                raise
            raise _without_password() from None
        return _with_scope(caller, scope)

    async def known(self, connection: Connection) -> Caller | None:
        """The caller; None for who sends no credentials, or none that hold."""
        try:
            return await self.identify(connection)
        except BadRequest:
            return None

    async def aclose(self) -> None:
        """Let go of the issuer of tokens."""
        if self.issuer is not None:
            await self.issuer.aclose()


def access_of(request: Request) -> Access:
    """The access of the application that a page belongs to."""
    access: Access = request.app.state.access
    return access


async def _holder_of_token(token: bytes, digest: bytes, tokens: "Tokens") -> Caller:
    try:
        return await tokens.caller(token, digest)
    except TokenRefused as refused:
        raise _unauthenticated(str(refused)) from None
    except IssuerUnavailable:
        raise BadRequest(
            503,
            ErrorCode.UNAVAILABLE,
            "The issuer of tokens cannot be reached, so none can be verified now.",
            ((b"retry-after", b"5"),),
        ) from None


def _with_scope(caller: Caller, scope: Scope) -> Caller:
    if not caller.may(scope):
        raise BadRequest(403, ErrorCode.FORBIDDEN, f"This needs the scope {scope}.")
    return caller


def _credential(connection: Connection) -> bytes:
    """What stands behind `Bearer` (RFC 6750, section 2.1): the only way that is taken."""
    lines = [value for name, value in connection["headers"] if name == b"authorization"]
    if not lines:
        raise _unauthenticated("Send a key or a token: Authorization: Bearer ...", is_missing=True)
    if len(lines) > 1 or lines[0][: len(_BEARER)].lower() != _BEARER:
        raise _unauthenticated("The header Authorization must hold one Bearer credential.")
    credential: bytes = lines[0][len(_BEARER) :].strip()
    return credential


def _password(connection: Connection) -> bytes | None:
    """The password of a Basic credential, whoever the user is said to be; None where there is
    none."""
    lines = [value for name, value in connection["headers"] if name == b"authorization"]
    if len(lines) != 1 or lines[0][: len(_BASIC)].lower() != _BASIC:
        return None
    try:
        decoded = b64decode(lines[0][len(_BASIC) :].strip(), validate=True)
    except ValueError:
        return None
    return decoded.partition(b":")[2]


def _without_password() -> BadRequest:
    # Alone: browsers do not find it beside another in the same line.
    challenge = b'Basic realm="referral gateway: the key or token is the password"'
    return BadRequest(
        401,
        ErrorCode.UNAUTHENTICATED,
        "This page takes the key or the token of an administrator as its password.",
        ((b"www-authenticate", challenge),),
    )


def _unauthenticated(message: str, *, is_missing: bool = False) -> BadRequest:
    # Who sent no credential is told no more than how to (RFC 6750, section 3.1).
    challenge = b"Bearer" if is_missing else b'Bearer error="invalid_token"'
    return BadRequest(401, ErrorCode.UNAUTHENTICATED, message, ((b"www-authenticate", challenge),))


@lru_cache(maxsize=256)
def _is_this_machine(host: bytes) -> bool:
    """Whether a `Host` header names this machine, whatever the port."""
    found = _HOST.fullmatch(host.decode("latin-1").lower())
    return found is not None and is_loopback(found[1] or found[2])


_is_here = lru_cache(maxsize=256)(is_loopback)
