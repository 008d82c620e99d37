"""Traces by OpenTelemetry, an extra: a span a request, one an operation, one an upstream call.

What is sampled and where it is sent say the variables that the specification names
(https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/); spans are named
after its conventions (https://opentelemetry.io/docs/specs/semconv/http/http-spans/).
"""

import os
import random
import sys
from binascii import unhexlify
from collections.abc import Sequence
from importlib.metadata import version
from math import inf, log1p

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import (
    Decision,
    ParentBased,
    Sampler,
    TraceIdRatioBased,
)
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from requests import Session
from requests.utils import get_netrc_auth

from adapters.trace import TRACE, FollowedCall, Server
from gateway.telemetry.batches import Batches, Batching
from gateway.telemetry.otlp import Encoder
from gateway.telemetry.spans import Call, Ended, Span
from gateway.telemetry.trace_context import SPAN_ID, TRACE_ID, is_sampled, parsed

CLOSE_SECONDS = 1.0
"""How long the end of a process waits for what is still to be sent."""

_NAME = "referral-gateway"


class _Exporter(OTLPSpanExporter):
    """Sends spans as OpenTelemetry does, but for how they are encoded."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self._encoder = encoder
        session = getattr(self._client._transport, "_session", None)
        if type(session) is Session:  # else it is somebody's own
            _settle(session, self._endpoint)

    def send(self, spans: Sequence[Ended]) -> None:
        """Send these. What fails is tried again and logged as OpenTelemetry does."""
        self._client.export(self._encoder.encoded(spans))

    def close(self) -> None:
        """Try nothing again."""
        self._client.shutdown()


def _settle(session: Session, url: str) -> None:
    """Have it take from the environment what it needs for one address, once: else it looks for a
    proxy each time, which takes as long as all the rest."""
    settings = session.merge_environment_settings(url, {}, None, None, None)
    session.proxies, session.verify = settings["proxies"], settings["verify"]
    session.auth = get_netrc_auth(url)
    session.trust_env = False


class Traces:
    """The traces of this process; a tracer of its programs' calls."""

    def __init__(self) -> None:
        provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        follows_clients, self._end = _sampled(provider.sampler)
        self._takes = is_sampled if follows_clients else self._takes_by_id
        share = self._end / 2**64
        self._rate = -log1p(-share) if share < 1 else inf
        self._unrecorded = self._gap()
        scope = InstrumentationScope(_NAME, version(_NAME))
        self._exporter = _Exporter(Encoder(provider.resource, scope))
        self._batches = Batches(self._exporter.send, Batching.from_environment())
        self.record = self._batches.add
        self.passes_on = "tracecontext" in _listed("OTEL_PROPAGATORS", "tracecontext,baggage")

    def request(self, traceparent: bytes | None) -> Span | bytes | None:
        """A request begins, with this header maybe: its span if it is recorded; else the client's
        trace, which goes on without it; else nothing.

        To be called in a context that is the request's own.
        """
        if TRACE.get() is not None:  # of a request before it, which it came in a row with
            TRACE.set(None)
        carried = parsed(traceparent) if traceparent and self.passes_on else b""
        if not carried:
            return self.root()
        if not self._takes(carried):
            return carried
        return Span(self, unhexlify(carried[TRACE_ID]), unhexlify(carried[SPAN_ID]))

    def root(self) -> Span | None:
        """Something begins that is in no trace yet. None when it is not recorded.

        How many in a row are not is drawn instead of each one: it comes to the same, and most
        requests pay for a number that is counted down.
        """
        if self._unrecorded:
            self._unrecorded -= 1
            return None
        self._unrecorded = self._gap()
        low = random.getrandbits(64) * self._end >> 64  # says in each process that it is recorded
        return Span(self, (random.getrandbits(64) << 64 | low).to_bytes(16), b"")

    def call(self, server: Server, method: str, path: str) -> FollowedCall | None:
        """An upstream call begins that nobody waits for: a trace of its own."""
        span = self.root()
        if span is None:
            return None
        cause = TRACE.get()
        link = cause if isinstance(cause, Span) else None
        return Call.begun(span, server, method, path, link)

    def _gap(self) -> int:
        """How many are passed over until the next one that is recorded."""
        return int(random.expovariate(self._rate)) if self._rate else sys.maxsize

    def close(self) -> None:
        """Send what is left, as far as that goes quickly."""
        # A thread that is still at it does not keep the process.
        self._batches.close(CLOSE_SECONDS)
        self._exporter.close()

    def _takes_by_id(self, carried: bytes) -> bool:
        """Whether what comes in a client's trace is recorded, where clients do not say so."""
        return int(carried[TRACE_ID][16:], 16) < self._end


def _sampled(sampler: Sampler) -> tuple[bool, int]:
    """Whether clients say for their own traces what is recorded, and where the ids of all others
    that are, in their lower half, end.

    Those are all samplers that the environment can name; to ask one each time takes longer than
    everything else that a request costs that is not recorded.
    """
    follows_clients = isinstance(sampler, ParentBased)
    root = sampler._root if isinstance(sampler, ParentBased) else sampler
    if isinstance(root, TraceIdRatioBased):
        return follows_clients, root.bound
    takes_all = root.should_sample(None, 0, "").decision is Decision.RECORD_AND_SAMPLE
    return follows_clients, 2**64 if takes_all else 0


def is_switched_off() -> bool:
    """Whether the environment says that nothing is to be recorded."""
    is_disabled = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return is_disabled or "none" in _listed("OTEL_TRACES_EXPORTER", "otlp")


def _listed(variable: str, default: str) -> list[str]:
    return [name.strip() for name in (os.environ.get(variable) or default).split(",")]


def _resource() -> Resource:
    resource = Resource.create({SERVICE_VERSION: version(_NAME)})
    if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
        return resource.merge(Resource({SERVICE_NAME: _NAME}))
    return resource
