"""GraphQL errors as callers see them: with a code, and without anything they must not see."""

import logging
import secrets
import traceback
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

from adapters.errors import ProviderError
from gateway.caller import Scope
from gateway.context import Context
from gateway.errors import ErrorCode, GatewayError

log = logging.getLogger("referral_gateway")

LONGEST_MESSAGE = 1000
"""Characters of a message, which may quote what is wrong with a request from one end to the other.
"""


def formatted(error: GraphQLError, request_error: ErrorCode) -> dict[str, Any]:
    """An entry of `errors` (GraphQL specification, section 7.1.2).

    `request_error` is the code of an error that the GraphQL engine itself raised. What nobody
    foresaw is masked; its reference leads to the log.
    """
    message = error.message
    if len(message) > LONGEST_MESSAGE:
        message = f"{message[:LONGEST_MESSAGE]}…"
    told: dict[str, Any] = {"message": message}
    if error.locations:
        told["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        told["path"] = error.path
    cause = error.original_error
    if isinstance(cause, ProviderError):
        told["message"] = cause.message
        told["extensions"] = _about(cause)
    elif isinstance(cause, GatewayError):
        told["extensions"] = cause.extensions
    elif isinstance(error, GraphQLSyntaxError):
        told["extensions"] = {"code": ErrorCode.GRAPHQL_PARSE_FAILED}
    elif cause is None or isinstance(cause, GraphQLError):
        told["extensions"] = {"code": request_error}
    else:
        told |= masked(cause)
    return told


def as_graphql_error(error: GatewayError) -> GraphQLError:
    """A mistake of the caller that was found before anything ran."""
    return GraphQLError(error.message, original_error=error)


def masked(error: Exception) -> dict[str, Any]:
    """What callers learn of an error that nobody foresaw."""
    reference = _logged(error)
    return {
        "message": f"Internal error. Quote the reference {reference}.",
        "extensions": {"code": ErrorCode.INTERNAL_SERVER_ERROR, "reference": reference},
    }


def told(errors: Sequence[GraphQLError] | None, context: Context) -> list[dict[str, Any]]:
    """The entries of `errors` for what was executed; with the one that tells which fields were
    withheld, once a request."""
    entries = [formatted(error, ErrorCode.BAD_USER_INPUT) for error in errors or ()]
    fields = context.take_withheld()
    return [*entries, _withheld(fields)] if fields else entries


def _withheld(fields: Sequence[str]) -> dict[str, Any]:
    # They are null on every row: an error for each would be most of the answer.
    return {
        "message": f"Names, e-mail addresses and codes need the scope {Scope.PEOPLE_READ}.",
        "extensions": {
            "code": ErrorCode.FORBIDDEN,
            "scope": Scope.PEOPLE_READ,
            "fields": fields,
        },
    }


def _about(error: ProviderError) -> dict[str, Any]:
    return {
        "code": error.code,
        "program": error.program_key,
        "provider": error.provider_key,
        "providerCode": error.provider_code,
        "upstreamStatus": error.upstream_status,
        "isRetryable": error.is_retryable,
        "retryAfterSeconds": error.retry_after_seconds,
    }


def _logged(error: Exception) -> str:
    """Log where an unforeseen error came from, but not its text, which may quote anything."""
    reference = secrets.token_hex(6)
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in frames[::-1])
    log.error("internal error %s: %s in %s", reference, type(error).__name__, where)
    return reference
