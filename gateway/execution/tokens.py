"""How long a document and its variables are, told before anything is made of them."""

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from gateway.errors import LimitExceeded

_BLANK = " \t\n\r,\ufeff"

# GraphQL specification, section 2.1 "Source Text", and comments, which are as much work to read.
# What is not closed counts to the end of its line or text, and blanks before what is no token count
# as one, so that no character is read twice.
TOKEN = re.compile(
    rf"[{_BLANK}]*+("
    r'"""(?:[^"\\]++|\\"""|\\|"(?!""))*+(?:""")?'
    r'|"(?:[^"\\\n\r]++|\\.)*+"?'
    r"|#[^\n\r]*+"
    r"|[A-Za-z_][A-Za-z_0-9]*+"
    r"|-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"
    r"|\.\.\.|[!$&()\[\]{}:=@|]"
    rf")|[{_BLANK}]++"
)


def check_tokens(text: str, most: int) -> None:
    """Refuse a document of more than `most` tokens, comments included; 0 is no limit.

    Takes a tenth of a microsecond a token, where reading one takes ten. Raises LimitExceeded.
    """
    if most and next(islice(TOKEN.finditer(text.rstrip(_BLANK)), most, None), None):
        message = f"The document has more than {most} tokens."
        raise LimitExceeded("tokens", most, most + 1, message)


def check_values(variables: Mapping[str, Any], most: int) -> None:
    """Refuse variables of more than `most` values, names of fields included, which is what they
    would be in the document; 0 is no limit. Raises LimitExceeded."""
    if not most:
        return
    number = len(variables)
    waiting: list[Any] = list(variables.values()) if number <= most else []
    while waiting and number <= most:
        value = waiting.pop()
        if isinstance(value, dict):
            number += 2 * len(value)
            waiting += value.values()
        elif isinstance(value, list):
            number += len(value)
            waiting += value
    if number > most:
        message = f"The variables have more than {most} values."
        raise LimitExceeded("tokens", most, most + 1, message)
