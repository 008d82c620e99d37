"""Every code that `extensions.code` of a GraphQL error can carry, and the gateway's own errors."""

from enum import StrEnum
from typing import Any


class ErrorCode(StrEnum):
    """The codes. The first group are those of `ProviderErrorCode`: a provider did not answer.

    Without a program, UNAUTHENTICATED and FORBIDDEN are said of the caller, NOT_FOUND of an
    address, and UNAVAILABLE of the issuer of tokens.
    """

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    INVALID_INPUT = "INVALID_INPUT"
    RATE_LIMITED = "RATE_LIMITED"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    REJECTED = "REJECTED"
    MALFORMED_RESPONSE = "MALFORMED_RESPONSE"

    # The request was wrong.
    BAD_REQUEST = "BAD_REQUEST"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    MISDIRECTED_REQUEST = "MISDIRECTED_REQUEST"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    ORIGIN_NOT_ALLOWED = "ORIGIN_NOT_ALLOWED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_IN_USE = "IDEMPOTENCY_KEY_IN_USE"
    IDEMPOTENCY_OUTCOME_UNKNOWN = "IDEMPOTENCY_OUTCOME_UNKNOWN"
    UNKNOWN_PROGRAM = "UNKNOWN_PROGRAM"
    INVALID_ID = "INVALID_ID"
    INVALID_CURSOR = "INVALID_CURSOR"
    INTROSPECTION_DISABLED = "INTROSPECTION_DISABLED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"

    # The gateway was wrong.
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


MOST_TOLD = 10**9
"""Doubling fragments make figures that no JSON number can tell."""


class GatewayError(Exception):
    """A mistake of the caller, told as a GraphQL error with its code."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def extensions(self) -> dict[str, Any]:
        """What stands in `extensions` of the error."""
        return {"code": self.code}


class LimitExceeded(GatewayError):
    """More was asked than one of the limits allows. `limit` is its key under `[limits]`, `actual`
    the figure that broke it, or the one at which counting stopped."""

    def __init__(self, limit: str, maximum: int, actual: int, message: str) -> None:
        super().__init__(ErrorCode.LIMIT_EXCEEDED, message)
        self.limit = limit
        self.maximum = maximum
        self.actual = min(actual, MOST_TOLD)

    @property
    def extensions(self) -> dict[str, Any]:
        told = {"limit": self.limit, "maximum": self.maximum, "actual": self.actual}
        return {**super().extensions, **told}
