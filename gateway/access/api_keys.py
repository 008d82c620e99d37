"""Keys that the gateway gives out itself.

Only their hashes are kept. A fast hash is right here: a key is 256 bits of chance, which nobody
guesses however many they can try, and a slow one would let strangers keep the gateway busy. A
key is found by its hash in a dictionary. How long that takes tells nothing of the key, since
nobody can choose what their guess hashes to.
"""

import re
import secrets
from hashlib import sha256

PREFIX = "rgk_"
_HASH = re.compile(r"sha256:[0-9a-f]{64}")


def create_key() -> str:
    """A new key: the prefix, by which leaked ones are found, and 256 bits of chance."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(credential: bytes) -> bytes:
    """What a credential is known by."""
    return sha256(credential).digest()


def hash_of(key: str) -> str:
    """How a key stands in the configuration."""
    return f"sha256:{digest_of(key.encode()).hex()}"


def digest_in(text: str) -> bytes | None:
    """The digest in a hash of the configuration; None when it is none."""
    return bytes.fromhex(text.removeprefix("sha256:")) if _HASH.fullmatch(text) else None
