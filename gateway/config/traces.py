"""`[traces]`: whether spans are sent to a collector."""

from importlib.util import find_spec
from typing import Annotated

from msgspec import Struct

from gateway.config.described import key
from gateway.config.tables import Tables


class TracesConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Traces, of which OpenTelemetry's own environment variables say all else."""

    enabled: Annotated[
        bool,
        key("Whether there are any. Takes the extra `otel`."),
    ] = False


def read_traces(tables: Tables) -> TracesConfig:
    """The table; a fault where the packages are missing that make traces."""
    traces = tables.table("traces", TracesConfig)
    if traces.enabled and not _is_installed():
        tables.fault("traces: enabled: takes more packages: install referral-gateway[otel]")
    return traces


def _is_installed() -> bool:
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:  # of one of those that it is in
        return False
