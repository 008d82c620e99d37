"""What is found in a program by an address or a code."""

from collections.abc import Awaitable
from typing import NamedTuple

from adapters.model import CodeValidation, Person
from adapters.provider import Reading
from gateway.loaders.sharing import Loader


class EmailKey(NamedTuple):
    """An e-mail address in a program."""

    program_key: str
    email: str


class PeopleByEmailLoader(Loader[EmailKey, tuple[Person, ...]]):
    """People of a program by their address."""

    def read(self, key: EmailKey) -> Awaitable[Reading[tuple[Person, ...]]]:
        return self.provider(key.program_key).people_by_email(key.email)


class CodeKey(NamedTuple):
    """A referral code in a program."""

    program_key: str
    code: str


class ValidationByCodeLoader(Loader[CodeKey, CodeValidation]):
    """What programs say of codes."""

    def read(self, key: CodeKey) -> Awaitable[Reading[CodeValidation]]:
        return self.provider(key.program_key).validate_code(key.code)
