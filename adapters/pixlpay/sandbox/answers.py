"""Pixlpay's form of answers and errors (FACTS section 3), and of what requests carry."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import orjson

from adapters._sandbox.exchange import Answer, Refused, Request

ERRORS = {
    200: ("REFERRALS_UNAVAILABLE", "Referrals are not available right now"),
    400: ("Bad Request", "The request could not be understood"),
    401: ("Unauthorized", "Invalid or missing API token"),
    404: ("Not Found", "The requested resource was not found"),
    422: ("VALIDATION_ERROR", "The given data was invalid"),
    500: ("SERVER_ERROR", "An unexpected error occurred"),
    503: ("SERVICE_UNAVAILABLE", "The service is temporarily unavailable"),
}


def answer(value: Any, status: int = 200) -> Answer:
    """JSON; decimals come as numbers with two decimals."""
    return Answer(status, orjson.dumps(value, _encode))


def success(data: Any, message: str | None = None, status: int = 200) -> Answer:
    """A single thing or a whole list; writes also have a message."""
    value = {"success": True, "data": data}
    if message is not None:
        value["message"] = message
    return answer(value, status)


def page_of(request: Request, total: int, item: Callable[[int], Any]) -> Answer:
    """The page that is asked for of `total` items; beyond the last it is empty."""
    page = number_in(request, "page", 1, 10**9)
    per_page = number_in(request, "per_page", 15, 100)
    indices = range(total)[(page - 1) * per_page : page * per_page]
    meta = {
        "current_page": page,
        "last_page": max(1, -(-total // per_page)),
        "per_page": per_page,
        "total": total,
    }
    return answer({"success": True, "data": [item(index) for index in indices], "meta": meta})


def failure(status: int, message: str | None = None) -> Answer:
    """An error; 429 has the bare form of the framework."""
    if status == 429:
        return answer({"message": "Too Many Attempts."}, status)
    error, usual = ERRORS.get(status, ERRORS[500 if status >= 500 else 400])
    return answer({"success": False, "error": error, "message": message or usual}, status)


def forbidden(scope: str) -> Answer:
    """The error for a token without a scope."""
    message = f"Token does not have the required scope: {scope}"
    return answer({"success": False, "error": "Forbidden", "message": message}, 403)


def invalid(errors: Mapping[str, list[str]]) -> Refused:
    """The refusal of values, by field."""
    error, message = ERRORS[422]
    value = {"success": False, "error": error, "message": message, "errors": errors}
    return Refused(answer(value, 422))


def object_in(request: Request) -> dict[str, Any]:
    """The JSON object of a write; anything else counts as one without fields."""
    body = request.body()
    return body if isinstance(body, dict) else {}


def limit_in(request: Request) -> int:
    """How many entries of a board are asked for."""
    return number_in(request, "limit", 10, 100)


def number_in(request: Request, name: str, default: int, most: int) -> int:
    """A query parameter from 1 to `most`; anything else is refused."""
    text = request.query.get(name, str(default))
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= most:
        label = name.replace("_", " ")
        raise invalid({name: [f"The {label} field must be between 1 and {most}."]})
    return int(text)


def plain(value: float | Decimal) -> str:
    """A number as text."""
    return f"{value:.2f}" if isinstance(value, Decimal) else str(value)


def _encode(value: Any) -> Any:
    if isinstance(value, Decimal):
        # Two decimals also where a float would drop them: 450.00.
        return orjson.Fragment(plain(value))
    raise TypeError(type(value))
