"""The configuration: `referral-gateway.toml`, or the environment for up to a program a provider.

Every fault is found at once, and told in one line that names the file, the program and the key.
No line ever holds a token.
"""

from gateway.config.access import AccessConfig, JwtTable, KeyTable, faults_of_key
from gateway.config.http import HttpConfig
from gateway.config.loading import FILE_NAME, FILE_VARIABLE, TABLES, found, load
from gateway.config.metrics import MetricsAddress, MetricsTable
from gateway.config.model import Config
from gateway.config.origins import is_loopback
from gateway.config.persisted import PersistedConfig, PersistedTable
from gateway.config.programs import ProgramTable
from gateway.config.source import Source
from gateway.config.tables import ConfigError
from gateway.config.traces import TracesConfig
from gateway.config.tuning import (
    CacheConfig,
    GraphQLConfig,
    LimitsConfig,
    ReportsConfig,
    UpstreamConfig,
)

__all__ = [
    "FILE_NAME",
    "FILE_VARIABLE",
    "TABLES",
    "AccessConfig",
    "CacheConfig",
    "Config",
    "ConfigError",
    "GraphQLConfig",
    "HttpConfig",
    "JwtTable",
    "KeyTable",
    "LimitsConfig",
    "MetricsAddress",
    "MetricsTable",
    "PersistedConfig",
    "PersistedTable",
    "ProgramTable",
    "ReportsConfig",
    "Source",
    "TracesConfig",
    "UpstreamConfig",
    "faults_of_key",
    "found",
    "is_loopback",
    "load",
]
