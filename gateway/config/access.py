"""`[access]`: who may ask, and for what."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from msgspec import Struct, field

from gateway.access.api_keys import digest_in
from gateway.caller import Caller, Scope
from gateway.config.described import key
from gateway.config.origins import fault_of_url
from gateway.config.programs import declared_keys, is_key
from gateway.config.tables import Tables

_NAME = re.compile(r"[a-z0-9-]{1,64}")

# None of them is made with a shared secret.
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
MOST_LEEWAY_SECONDS = 300


class KeyTable(Struct, frozen=True, kw_only=True):
    """A key that the gateway gave out, as `referral-gateway keys create` prints it."""

    name: Annotated[str, key("Who the key is for: 1 to 64 of a-z, 0-9 and -, unique.")]
    hash: Annotated[str, key("The digest of the key, `sha256:` and 64 hexadecimal digits.")]
    scopes: Annotated[list[str], key(f"What the caller may do, of {', '.join(Scope)}.")]
    programs: Annotated[
        list[str] | None, key("The only programs that are there for the caller.", unset="all")
    ] = None


class JwtTable(Struct, frozen=True, kw_only=True):
    """An issuer whose tokens are taken; needs the extra `jwt`."""

    issuer: Annotated[str, key("Whose tokens: their `iss`.")]
    audience: Annotated[str, key("Who they must be meant for: their `aud`.")]
    jwks_url: Annotated[
        str | None, key("Where the issuer's keys are, or `jwks_file`; exactly one is given.")
    ] = None
    jwks_file: Annotated[str | None, key("The file that the issuer's keys are in.")] = None
    algorithms: Annotated[
        list[str], key(f"What tokens may be signed with, of {', '.join(ALGORITHMS)}.")
    ] = field(default_factory=lambda: ["RS256", "ES256", "EdDSA"])
    scope_claim: Annotated[
        str, key("The claim with the scopes: words with spaces between, or an array.")
    ] = "scope"
    program_claim: Annotated[
        str | None, key("The claim that lists the programs of the caller.", unset="all programs")
    ] = None
    leeway_seconds: Annotated[
        int,
        key(f"How far clocks may differ, {MOST_LEEWAY_SECONDS} at most.", unit="seconds"),
    ] = 60


@dataclass(frozen=True)
class AccessConfig:
    """The callers by the digests of their keys, and whose tokens are taken; `jwks` is what was in
    the file, if the issuer's keys are in one."""

    callers: tuple[tuple[bytes, Caller], ...] = ()
    jwt: JwtTable | None = None
    jwks: bytes = b""

    @property
    def is_open(self) -> bool:
        """Whether nobody is asked for credentials."""
        return not self.callers and self.jwt is None


def read_access(tables: Tables) -> AccessConfig:
    """Who may ask."""
    tables.inside("access", "keys", "jwt")
    callers = tuple(_callers(tables, declared_keys(tables)))
    raw = tables.at("access.jwt")
    table = None if raw is None else tables.struct(raw, JwtTable, "access.jwt")
    if table is None:
        return AccessConfig(callers)
    faults = list(_faults_of_jwt(table))
    jwks = b""
    if table.jwks_file is not None and not faults:
        jwks, problem = _jwks_in(table.jwks_file)
        faults += [("jwks_file", problem)] if problem else []
    for name, text in faults:
        tables.fault(f"access.jwt: {name}: {text}")
    return AccessConfig(callers, table, jwks)


def _callers(tables: Tables, programs: frozenset[str]) -> Iterator[tuple[bytes, Caller]]:
    names: set[str] = set()
    digests: set[bytes] = set()
    for number, raw in enumerate(tables.array("access.keys"), start=1):
        named = isinstance(raw.get("name"), str) and _NAME.fullmatch(raw["name"])
        where = f'access key "{raw["name"]}"' if named else f"access key {number}"
        table = tables.struct(raw, KeyTable, where)
        if table is None:
            continue
        digest = digest_in(table.hash)
        faults = list(faults_of_key(table.name, table.scopes, table.programs))
        faults += _faults_among_programs(table.programs or [], programs)
        if digest is None:
            faults.append(("hash", "must be what `keys create` printed"))
        if digest in digests:
            faults.append(("hash", "is that of another key"))
        if table.name in names:
            faults.append(("name", "is taken by another key"))
        for name, text in faults:
            tables.fault(f"{where}: {name}: {text}")
        names.add(table.name)
        if digest is not None:
            digests.add(digest)
            yield digest, _caller(table)


def _caller(table: KeyTable) -> Caller:
    scopes = frozenset(scope for scope in Scope if scope in table.scopes)
    programs = None if table.programs is None else frozenset(table.programs)
    return Caller(f"key:{table.name}", scopes, programs)


def faults_of_key(
    name: str, scopes: list[str], programs: list[str] | None
) -> Iterator[tuple[str, str]]:
    """What makes no sense in what is said of a key, wherever that is said."""
    if not _NAME.fullmatch(name):
        yield "name", "must be made of 1 to 64 of a-z, 0-9 and -"
    if not scopes or not set(scopes) <= set(Scope):
        yield "scopes", f"must be some of {', '.join(Scope)}"
    if programs is not None and not (programs and all(map(is_key, programs))):
        yield "programs", "must be keys of programs, at least one"


def _faults_among_programs(
    wanted: list[str], programs: frozenset[str]
) -> Iterator[tuple[str, str]]:
    for program in wanted:
        if is_key(program) and program not in programs:
            yield "programs", f"there is no program {program}"


def _faults_of_jwt(table: JwtTable) -> Iterator[tuple[str, str]]:
    if find_spec("joserfc") is None:
        yield "issuer", "tokens need the extra: pip install 'referral-gateway[jwt]'"
    for name in ("issuer", "audience", "scope_claim"):
        if not getattr(table, name).strip():
            yield name, "must not be blank"
    if (table.jwks_url is None) == (table.jwks_file is None):
        yield "jwks_url", "exactly one of jwks_url and jwks_file must say where the keys are"
    elif table.jwks_url is not None and (problem := fault_of_url(table.jwks_url)):
        yield "jwks_url", problem
    if not table.algorithms or not set(table.algorithms) <= set(ALGORITHMS):
        yield "algorithms", f"must be some of {', '.join(ALGORITHMS)}"
    if not 0 <= table.leeway_seconds <= MOST_LEEWAY_SECONDS:
        yield "leeway_seconds", f"must be between 0 and {MOST_LEEWAY_SECONDS}"


def _jwks_in(file: str) -> tuple[bytes, str | None]:
    """What is in a file of keys, and what is wrong with it."""
    from gateway.access.key_sets import KeySet  # needs the extra

    try:
        content = Path(file).read_bytes()
    except (OSError, ValueError):
        return b"", "cannot be read"
    try:
        KeySet.of(content)
    except ValueError as error:
        return b"", str(error)
    return content, None
