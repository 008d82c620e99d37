"""`[[programs]]`: the connected accounts, and where their secrets are."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from msgspec import Struct

from adapters import providers
from adapters.provider import ProgramConfig, Provider
from gateway.config.described import key
from gateway.config.origins import fault_of_origin
from gateway.config.tables import Tables

_KEY = re.compile(r"[a-z0-9-]{1,64}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_VARIABLE = re.compile(r"[A-Z]+(_[A-Z0-9]+)+")


class ProgramTable(Struct, frozen=True, kw_only=True):
    """A connected account, and where its secrets are. Exactly one of the token's variable, its
    file and the client credentials is given."""

    key: Annotated[str, key("What clients call the program: 1 to 64 of a-z, 0-9 and -, unique.")]
    name: Annotated[str | None, key("To show to people.", unset="the key")] = None
    provider: Annotated[str, key("Whose program it is: one of the providers below.")]
    base_url: Annotated[
        str | None,
        key(
            "Where the provider's API is: the origin alone, `https://` except on this machine.",
            unset="the provider's own; needed where it has none",
        ),
    ] = None
    token_env: Annotated[str | None, key("The environment variable that holds the token.")] = None
    token_file: Annotated[str | None, key("The file that holds the token.")] = None
    client_id_env: Annotated[
        str | None, key("At Piggy, the variable that holds the older client id.")
    ] = None
    client_secret_env: Annotated[
        str | None, key("The variable that holds the secret of that client.")
    ] = None
    calls_per_minute: Annotated[
        int | None,
        key(
            "What the token allows; 0 is no limit.",
            unit="calls a minute",
            unset="the provider's own",
        ),
    ] = None
    currency: Annotated[
        str | None,
        key(
            "The ISO 4217 code of the program's money, where the provider names none.",
            unset="amounts have no currency",
        ),
    ] = None


def read_programs(tables: Tables, environment: Mapping[str, str]) -> Iterator[ProgramConfig]:
    """The programs of a file that have no fault."""
    seen: set[str] = set()
    for number, raw in enumerate(tables.array("programs"), start=1):
        where = f'program "{raw["key"]}"' if is_key(raw.get("key")) else f"program {number}"
        table = tables.struct(raw, ProgramTable, where)
        if table is None:
            continue
        faults = list(_faults(table, environment))
        if table.key in seen:
            faults.append(("key", "is taken by another program"))
        seen.add(table.key)
        token, problem = _token_in_file(table)
        if problem:
            faults.append(("token_file", problem))
        for name, text in faults:
            tables.fault(f"{where}: {name}: {text}")
        if not faults:
            yield _program(table, token, environment)


def programs_of_environment(
    environment: Mapping[str, str],
) -> tuple[list[ProgramConfig], list[str]]:
    """A program for each provider whose token is in the environment, `PIGGY_TOKEN` and so on;
    and what is wrong with them."""
    programs: list[ProgramConfig] = []
    faults: list[str] = []
    for name, provider in providers().items():
        token_env, base_url_env = f"{name.upper()}_TOKEN", f"{name.upper()}_BASE_URL"
        if not environment.get(token_env):
            continue
        table = ProgramTable(
            key=name,
            name=provider.name,
            provider=name,
            base_url=environment.get(base_url_env) or None,
            token_env=token_env,
        )
        found = list(_faults(table, environment))
        faults += [
            f"environment: {base_url_env if name == 'base_url' else token_env}: {problem}"
            for name, problem in found
        ]
        if not found:
            programs.append(_program(table, "", environment))
    return programs, faults


def declared_keys(tables: Tables) -> frozenset[str]:
    """The keys of the programs of a file, whatever else is wrong with these."""
    raw = tables.at("programs")
    programs = [p for p in raw if isinstance(p, dict)] if isinstance(raw, list) else []
    return frozenset(p["key"] for p in programs if is_key(p.get("key")))


def is_key(value: object) -> bool:
    """Whether this has the form of a key, and so is fit to be repeated."""
    return isinstance(value, str) and _KEY.fullmatch(value) is not None


def _faults(table: ProgramTable, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The keys of a program whose values make no sense, and why."""
    if not is_key(table.key):
        yield "key", "must be made of 1 to 64 of a-z, 0-9 and -"
    provider = providers().get(table.provider)
    if provider is None:
        yield "provider", f"must be one of {', '.join(providers())}"
    elif table.base_url is None and not provider.base_url:
        yield "base_url", "is missing"
    if table.base_url is not None and (problem := fault_of_origin(table.base_url)):
        yield "base_url", problem
    yield from _faults_of_secrets(table, provider, environment)
    if table.calls_per_minute is not None and table.calls_per_minute < 0:
        yield "calls_per_minute", "must be 0 or more"
    if table.currency is not None and not _CURRENCY.fullmatch(table.currency):
        yield "currency", "must be an ISO 4217 code such as USD"


def _faults_of_secrets(
    table: ProgramTable, provider: type[Provider] | None, environment: Mapping[str, str]
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


def _token_in_file(table: ProgramTable) -> tuple[str, str | None]:
    """The token of a program whose token is in a file, or what is wrong with it."""
    if table.token_file is None:
        return "", None
    try:
        token = Path(table.token_file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return "", "cannot be read"
    return token, None if _TOKEN.fullmatch(token) else "holds no token"


def _program(table: ProgramTable, token: str, environment: Mapping[str, str]) -> ProgramConfig:
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
