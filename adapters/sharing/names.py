"""What things are called on the server: no name holds a secret or anybody's address."""

from dataclasses import dataclass
from hashlib import blake2b

# Raised when what is kept changes its form, so that releases do not misread each other.
PREFIX = "referral-gateway:1:"

MEMBERS = PREFIX + "members"
CHANGES = PREFIX + "changes"


def digest(*parts: str, key: bytes = b"") -> str:
    """A name for these parts, from which they cannot be read."""
    text = "\0".join(parts).encode()
    return blake2b(text, digest_size=16, key=key).hexdigest()


@dataclass(frozen=True)
class ProgramNames:
    """The names of one program. `secret` tells its credential from any other; what goes by the
    account takes none.

    What is read goes by the credential, so that two never share an answer. What people ask for,
    such as an e-mail address, could be guessed from a plain digest: here it takes the secret too.
    A change goes by the account, whatever the credential: it concerns all who read there. So does
    the allowance, which a new credential must not make a second time.
    """

    key: str
    base_url: str
    secret: bytes = b""

    @property
    def account(self) -> str:
        """One program's account, whoever reads it."""
        return digest("account", self.key, self.base_url)

    def target(self, target: str) -> str:
        """One thing to read there with that credential."""
        return digest("target", self.key, target, key=self.secret)
