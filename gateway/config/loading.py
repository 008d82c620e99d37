"""Where the configuration comes from."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from adapters import providers
from gateway.config.access import JwtTable, KeyTable, read_access
from gateway.config.http import HttpConfig, read_http
from gateway.config.metrics import MetricsTable, read_metrics
from gateway.config.model import Config
from gateway.config.persisted import PersistedTable, read_persisted
from gateway.config.programs import ProgramTable, programs_of_environment, read_programs
from gateway.config.sharing import read_redis_url
from gateway.config.tables import ConfigError, Tables
from gateway.config.traces import TracesConfig, read_traces
from gateway.config.tuning import (
    CacheConfig,
    GraphQLConfig,
    LimitsConfig,
    ReportsConfig,
    UpstreamConfig,
    read_upstream,
)

FILE_NAME = "referral-gateway.toml"
FILE_VARIABLE = "REFERRAL_GATEWAY_CONFIG"

TABLES: Mapping[str, type[Struct]] = {
    "programs": ProgramTable,
    "access.keys": KeyTable,
    "access.jwt": JwtTable,
    "cache": CacheConfig,
    "reports": ReportsConfig,
    "upstream": UpstreamConfig,
    "http": HttpConfig,
    "limits": LimitsConfig,
    "graphql": GraphQLConfig,
    "persisted": PersistedTable,
    "metrics": MetricsTable,
    "traces": TracesConfig,
}
"""All tables that a file can have, and what is in them."""


def load(path: Path | None = None, environment: Mapping[str, str] = os.environ) -> Config:
    """The configuration from the file named here or in the environment, from the one in the
    working directory, or, where there is none, from the environment alone.

    Raises ConfigError.
    """
    file = found(path, environment)
    if file is None:
        return _from_environment(environment)
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{file}: is not TOML: {error}"]) from None
    except (ValueError, RecursionError):  # neither is told as a fault of the text
        fault = "a number is too long, or something too deep in something else"
        raise ConfigError([f"{file}: is not TOML: {fault}"]) from None
    return _from_tables(Tables(file, raw), environment)


def found(path: Path | None = None, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The file that `load` reads; None where it reads the environment alone."""
    named = path or (Path(environment[FILE_VARIABLE]) if environment.get(FILE_VARIABLE) else None)
    file = named or Path(FILE_NAME)
    return file if named is not None or file.exists() else None


def _from_tables(tables: Tables, environment: Mapping[str, str]) -> Config:
    tables.only(*(name.partition(".")[0] for name in TABLES))
    programs = tuple(read_programs(tables, environment))
    if not programs and not tables.has_faults:
        tables.fault("programs: there is none")
    cache = tables.figures("cache", CacheConfig)
    access = read_access(tables)
    config = Config(
        programs,
        cache=cache,
        redis_url=read_redis_url(tables, cache, environment),
        access=access,
        reports=tables.figures("reports", ReportsConfig),
        upstream=read_upstream(tables),
        http=read_http(tables),
        persisted=read_persisted(tables),
        demand=tables.figures("limits", LimitsConfig),
        graphql=tables.figures("graphql", GraphQLConfig),
        metrics=read_metrics(tables, is_open=access.is_open),
        traces=read_traces(tables),
    )
    tables.check()
    return config


def _from_environment(environment: Mapping[str, str]) -> Config:
    programs, faults = programs_of_environment(environment)
    if not programs and not faults:
        variables = " or ".join(f"{key.upper()}_TOKEN" for key in providers())
        faults.append(f"{FILE_NAME}: is not here, and the environment has no {variables}")
    if faults:
        raise ConfigError(faults)
    return Config(tuple(programs))
