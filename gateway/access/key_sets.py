"""An issuer's public keys (RFC 7517), as far as they are fit to verify tokens."""

import warnings
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import JWKRegistry, Key

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class KeySet:
    """The keys by their identifiers."""

    def __init__(self, keys: list[Key]) -> None:
        self._keys = keys
        self._by_id = {key.kid: key for key in keys}

    @classmethod
    def of(cls, content: bytes) -> "KeySet":
        """The usable keys of a JWK set; others may stand beside them. Raises ValueError when it
        has none."""
        try:
            listed = _decode(content).get("keys")
        except (msgspec.DecodeError, RecursionError):
            raise ValueError("it is no JSON object") from None
        keys = [key for raw in listed if (key := _usable(raw))] if isinstance(listed, list) else []
        if not keys:
            raise ValueError("it holds no key that can be used")
        return cls(keys)

    async def find(self, key_id: str | None) -> Key | None:
        """The key with that identifier. A token that names none means the only one."""
        if key_id is None:
            return self._keys[0] if len(self._keys) == 1 else None
        return self._by_id.get(key_id)


def _usable(raw: Any) -> Key | None:
    """A public key to verify with; a shared secret is none."""
    if not isinstance(raw, dict) or raw.get("use", "sig") != "sig":
        return None
    try:
        with warnings.catch_warnings():
            # It warns of RSA keys below 2048 bits.
            warnings.simplefilter("error", SecurityWarning)
            key = JWKRegistry.import_key(raw)
            numbers = key.raw_value  # checks them
    except (JoseError, SecurityWarning, ValueError, TypeError, LookupError):
        return None
    is_public = isinstance(numbers, RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey)
    return key if is_public else None
