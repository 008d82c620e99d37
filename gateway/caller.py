"""Who asks: what they may do, and which programs are there for them."""

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b


class Scope(StrEnum):
    """What a caller may be allowed to do."""

    REFERRALS_READ = "referrals:read"
    REFERRALS_WRITE = "referrals:write"
    PEOPLE_READ = "people:read"
    ADMIN = "admin"


@dataclass(frozen=True)
class Caller:
    """Somebody who asks, known by a `name` that nobody else has.

    `program_keys` are the programs that are there for them, None for all. `sees_people` is
    whether they have the scope `people:read`, which every row asks. `cache_scope` is equal for
    callers who get the same answers to the same questions: of the same name, too, since cursors
    are nobody else's. `alias` is the name as the log tells it: what an issuer calls somebody may be
    an e-mail address.
    """

    name: str
    scopes: frozenset[Scope]
    program_keys: frozenset[str] | None = None
    sees_people: bool = field(init=False)
    cache_scope: str = field(init=False)
    alias: str = field(init=False)

    def __post_init__(self) -> None:
        programs = None if self.program_keys is None else sorted(self.program_keys)
        told = repr((self.name, sorted(self.scopes), programs)).encode()
        object.__setattr__(self, "sees_people", Scope.PEOPLE_READ in self.scopes)
        object.__setattr__(self, "cache_scope", blake2b(told, digest_size=16).hexdigest())
        kind = self.name.partition(":")[0]
        digest = blake2b(self.name.encode(), digest_size=6).hexdigest()
        object.__setattr__(self, "alias", f"{kind}:{digest}" if kind == "jwt" else self.name)

    @property
    def own_name(self) -> str | None:
        """What the key or the subject of the token is called; None for whoever had to give none."""
        return self.name.partition(":")[2] or None

    def may(self, scope: Scope) -> bool:
        """Whether the caller has a scope."""
        return scope in self.scopes


ANYBODY = Caller("", frozenset(Scope))
"""Whoever asks a gateway that asks nobody for credentials."""
