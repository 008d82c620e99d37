"""The configuration: `referral-gateway.toml`, or the environment for up to a program a provider.

Every fault is found at once, and told in one line that names the file, the program and the key.
No line ever holds a token.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from adapters import providers
from adapters.limits import UpstreamLimits
from adapters.provider import ProgramConfig, Provider

FILE_NAME = "referral-gateway.toml"
FILE_VARIABLE = "REFERRAL_GATEWAY_CONFIG"
PROCESSES_VARIABLE = "REFERRAL_GATEWAY_PROCESSES"

_KEY = re.compile(r"[a-z0-9-]{1,64}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_VARIABLE = re.compile(r"[A-Z]+(_[A-Z0-9]+)+")

S = TypeVar("S", bound=Struct)


class ConfigError(Exception):
    """The configuration is wrong; `faults` are lines to show, free of secrets."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class CacheConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How long things are kept, in seconds; 0 keeps nothing."""

    fresh_seconds: float = 30
    stale_seconds: float = 86400
    response_seconds: float = 5


class ReportsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """What computed reports may cost.

    `walk_pages` of a program's list are what one request waits and pays for, `walk_pages_total`
    where a walk ends at the latest; a finished one is good for `fresh_seconds`.
    """

    walk_pages: int = 50
    walk_pages_total: int = 1000
    fresh_seconds: float = 600


class UpstreamConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How long providers may take, in seconds, and how many calls a program may have under way.

    An exchange is a call with its queueing and its further tries; an operation is a whole
    GraphQL request, which answers with what is there when its time is up.
    """

    connect_seconds: float = 1.0
    read_seconds: float = 3.0
    exchange_seconds: float = 5.0
    operation_seconds: float = 10.0
    in_flight: int = 32
    queue: int = 64


@dataclass(frozen=True)
class Config:
    """What the gateway runs on. `limits` holds what no key of the file sets; `processes` share
    each program's allowance."""

    programs: tuple[ProgramConfig, ...]
    cache: CacheConfig = field(default_factory=CacheConfig)
    reports: ReportsConfig = field(default_factory=ReportsConfig)
    upstream: UpstreamConfig = field(default_factory=UpstreamConfig)
    limits: UpstreamLimits = field(default_factory=UpstreamLimits)
    processes: int = 1

    def connectable(self) -> list[ProgramConfig]:
        """The programs with the limits that hold for all of them."""
        upstream, cache = self.upstream, self.cache
        limits = replace(
            self.limits,
            connect=upstream.connect_seconds,
            read=upstream.read_seconds,
            exchange=upstream.exchange_seconds,
            in_flight=upstream.in_flight,
            queue=upstream.queue,
            fresh=cache.fresh_seconds,
            stale=cache.stale_seconds,
        )
        return [
            replace(
                program,
                limits=limits,
                calls_per_minute=_share(program.calls_per_minute, self.processes),
            )
            for program in self.programs
        ]


def _share(calls_per_minute: int, processes: int) -> int:
    """One process's part of an allowance, never so small that it becomes none; 0 is no limit."""
    return max(1, calls_per_minute // processes) if calls_per_minute else 0


class _ProgramTable(Struct, frozen=True, kw_only=True):
    key: str
    name: str | None = None
    provider: str
    base_url: str | None = None
    token_env: str | None = None
    token_file: str | None = None
    client_id_env: str | None = None
    client_secret_env: str | None = None
    calls_per_minute: int | None = None
    currency: str | None = None


def load(path: Path | None = None, environment: Mapping[str, str] = os.environ) -> Config:
    """The configuration from the file named here or in the environment, from the one in the
    working directory, or, where there is none, from the environment alone.

    Raises ConfigError.
    """
    named = path or (Path(environment[FILE_VARIABLE]) if environment.get(FILE_VARIABLE) else None)
    file = named or Path(FILE_NAME)
    if named is None and not file.exists():
        return _from_environment(environment)
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{file}: is not TOML: {error}"]) from None
    return _FileReader(file, environment).read(tables)


class _FileReader:
    """Reads one file and collects what is wrong with it."""

    def __init__(self, file: Path, environment: Mapping[str, str]) -> None:
        self._file = file
        self._environment = environment
        self._faults: list[str] = []

    def read(self, tables: dict[str, Any]) -> Config:
        for name in tables:
            if name not in ("programs", "cache", "reports", "upstream"):
                self._fault(f"{name}: is not known")
        programs = list(self._programs(tables.get("programs", [])))
        cache = self._numbers(tables, "cache", CacheConfig)
        reports = self._numbers(tables, "reports", ReportsConfig)
        if not programs and not self._faults:
            self._fault("programs: there is none")
        upstream = self._numbers(tables, "upstream", UpstreamConfig)
        if self._faults or cache is None or reports is None or upstream is None:
            raise ConfigError(self._faults)
        return Config(tuple(programs), cache, reports, upstream)

    def _numbers(self, tables: dict[str, Any], where: str, kind: type[S]) -> S | None:
        """A table whose numbers are all 0 or more."""
        table = self._table(tables.get(where, {}), kind, where)
        for name in kind.__struct_fields__ if table is not None else ():
            value = getattr(table, name)
            if not value >= 0:  # so put, nan is refused too
                self._fault(f"{where}: {name}: must be 0 or more")
        return table

    def _programs(self, tables: Any) -> Iterator[ProgramConfig]:
        if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
            self._fault("programs: must be tables, each begun by [[programs]]")
            return
        seen: set[str] = set()
        for number, raw in enumerate(tables, start=1):
            where = f'program "{raw["key"]}"' if _is_key(raw.get("key")) else f"program {number}"
            before = len(self._faults)
            table = self._table(raw, _ProgramTable, where)
            if table is None:
                continue
            for name, problem in _faults_of_program(table, self._environment):
                self._fault(f"{where}: {name}: {problem}")
            if table.key in seen:
                self._fault(f"{where}: key: is taken by another program")
            seen.add(table.key)
            token = self._token(table, where)
            if len(self._faults) == before:
                yield _program(table, token, self._environment)

    def _table(self, raw: Any, kind: type[S], where: str) -> S | None:
        """A table as a struct; a fault for each key that is missing, unknown or of a wrong type."""
        if not isinstance(raw, dict):
            self._fault(f"{where}: must be a table")
            return None
        before = len(self._faults)
        fields = {f.name: f for f in msgspec.structs.fields(kind)}
        for name in raw:
            if name not in fields:
                self._fault(f"{where}: {name}: is not known")
        for name, info in fields.items():
            if name not in raw:
                if info.required:
                    self._fault(f"{where}: {name}: is missing")
                continue
            try:
                msgspec.convert(raw[name], info.type)
            except msgspec.ValidationError as error:
                self._fault(f"{where}: {name}: {_lowered(str(error))}")
        return msgspec.convert(raw, kind) if len(self._faults) == before else None

    def _token(self, table: _ProgramTable, where: str) -> str:
        if table.token_file is None:
            return ""
        try:
            token = Path(table.token_file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            self._fault(f"{where}: token_file: cannot be read")
            return ""
        if not _TOKEN.fullmatch(token):
            self._fault(f"{where}: token_file: holds no token")
        return token

    def _fault(self, text: str) -> None:
        self._faults.append(f"{self._file}: {text}")


def _is_key(value: object) -> bool:
    return isinstance(value, str) and _KEY.fullmatch(value) is not None


def _faults_of_program(
    table: _ProgramTable, environment: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The keys of a program whose values make no sense, and why."""
    if not _is_key(table.key):
        yield "key", "must be made of 1 to 64 of a-z, 0-9 and -"
    provider = providers().get(table.provider)
    if provider is None:
        yield "provider", f"must be one of {', '.join(providers())}"
    elif table.base_url is None and not provider.base_url:
        yield "base_url", "is missing"
    if table.base_url is not None and (problem := _fault_of_origin(table.base_url)):
        yield "base_url", problem
    yield from _faults_of_secrets(table, provider, environment)
    if table.calls_per_minute is not None and table.calls_per_minute < 0:
        yield "calls_per_minute", "must be 0 or more"
    if table.currency is not None and not _CURRENCY.fullmatch(table.currency):
        yield "currency", "must be an ISO 4217 code such as USD"


def _faults_of_secrets(
    table: _ProgramTable, provider: type[Provider] | None, environment: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    ways = [table.token_env, table.token_file, table.client_id_env or table.client_secret_env]
    if sum(way is not None for way in ways) != 1:
        yield "token_env", "exactly one of token_env and token_file must name the token"
        return
    if ways[2] is not None:
        if provider is not None and not provider.has_client_credentials:
            yield "client_id_env", f"{provider.name} has no client credentials"
        if table.client_id_env is None or table.client_secret_env is None:
            yield "client_id_env", "goes together with client_secret_env"
    for name in ("token_env", "client_id_env", "client_secret_env"):
        variable = getattr(table, name)
        if variable is not None and not _TOKEN.fullmatch(environment.get(variable, "").strip()):
            # Somebody may have written the token itself there: repeat only what looks like a name.
            named = f" {variable}" if _VARIABLE.fullmatch(variable) else ""
            yield name, f"the environment variable{named} holds no value fit to send"


def _fault_of_origin(url: str) -> str | None:
    """Why a base URL is not acceptable: the token is sent there, so it must be a plain origin."""
    if not url.isprintable() or " " in url:  # urlsplit drops some of these in silence
        return "is not a URL"
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in ("https", "http") or not host:
        return "must begin with https://"
    if parts.username is not None or parts.password is not None:
        return "must not hold a user name or a password"
    if parts.path not in ("", "/") or "?" in url or "#" in url:
        return "must be an origin, without a path: the adapter adds it"
    if parts.scheme == "http" and not is_loopback(host):
        return "http:// is accepted for this machine alone; use https://"
    return None


def is_loopback(host: str) -> bool:
    """Whether a host name certainly means this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _program(table: _ProgramTable, token: str, environment: Mapping[str, str]) -> ProgramConfig:
    provider = providers()[table.provider]

    def value_of(variable: str | None) -> str:
        return environment[variable].strip() if variable else ""

    limit = table.calls_per_minute
    return ProgramConfig(
        key=table.key,
        name=table.name or table.key,
        provider=table.provider,
        base_url=(table.base_url or provider.base_url).rstrip("/"),
        token=token or value_of(table.token_env),
        client_id=value_of(table.client_id_env),
        client_secret=value_of(table.client_secret_env),
        calls_per_minute=provider.calls_per_minute if limit is None else limit,
        currency=table.currency,
    )


def _from_environment(environment: Mapping[str, str]) -> Config:
    """A program for each provider whose token is in the environment: `PIGGY_TOKEN` and so on."""
    faults: list[str] = []
    programs: list[ProgramConfig] = []
    for key, provider in providers().items():
        token_env, base_url_env = f"{key.upper()}_TOKEN", f"{key.upper()}_BASE_URL"
        if not environment.get(token_env):
            continue
        table = _ProgramTable(
            key=key,
            name=provider.name,
            provider=key,
            base_url=environment.get(base_url_env) or None,
            token_env=token_env,
        )
        found = list(_faults_of_program(table, environment))
        faults += [
            f"environment: {base_url_env if name == 'base_url' else token_env}: {problem}"
            for name, problem in found
        ]
        if not found:
            programs.append(_program(table, "", environment))
    if not programs and not faults:
        variables = " or ".join(f"{key.upper()}_TOKEN" for key in providers())
        faults.append(f"{FILE_NAME}: is not here, and the environment has no {variables}")
    if faults:
        raise ConfigError(faults)
    return Config(tuple(programs))


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]
