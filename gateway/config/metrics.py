"""`[metrics]`: where `/metrics` is, if not among the other addresses."""

from ipaddress import ip_address
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct

from gateway.config.described import key
from gateway.config.origins import is_loopback
from gateway.config.tables import Tables


class MetricsTable(Struct, frozen=True, forbid_unknown_fields=True):
    """Where metrics are told."""

    address: Annotated[
        str | None,
        key(
            "Where `/metrics` is, without credentials, such as `127.0.0.1:9100`.",
            unset="among the other addresses",
        ),
    ] = None


class MetricsAddress(NamedTuple):
    """Where metrics are told to whoever asks. `host` is an IP address as the system writes it."""

    host: str
    port: int

    def is_reached_by(self, local: tuple[str, int | None] | None) -> bool:
        """Whether a connection to that address of this machine came in here."""
        if local is None or local[1] != self.port:
            return False
        return local[0] == self.host or ip_address(self.host).is_unspecified


def read_metrics(tables: Tables, *, is_open: bool) -> MetricsAddress | None:
    """The address of their own; None when there is none. Where the gateway is open to its own
    machine alone, so are they."""
    told = tables.table("metrics", MetricsTable).address
    if told is None:
        return None
    address = _parsed(told)
    if address is None:
        tables.fault("metrics: address: must be an IP address and a port, such as 127.0.0.1:9100")
    elif is_open and not is_loopback(address.host):
        tables.fault(
            "metrics: address: must be of this machine, as there are no callers ([access])"
        )
    return address


def _parsed(text: str) -> MetricsAddress | None:
    try:
        parts = urlsplit(f"//{text}")
        host, port = ip_address(parts.hostname or ""), parts.port
    except ValueError:
        return None
    written = f"[{parts.hostname}]" if host.version == 6 else str(host)
    if not port or text != f"{written}:{port}":
        return None
    return MetricsAddress(str(host), port)
