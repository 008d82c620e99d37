"""What the resolvers of one request share."""

from datetime import datetime
from functools import cached_property
from typing import Any

from gateway.caller import Caller, Scope
from gateway.errors import ErrorCode, GatewayError
from gateway.loaders import Loaders
from gateway.programs import Program, Programs
from gateway.reports.computed import Reports
from gateway.reports.people import ReferralByReferredLoader
from gateway.walks import Walks


class Context:
    """The caller and the programs they see, and the request's own loaders and reports.

    `now` is the instant that the request speaks of; `has_sent_changes` whether a change was sent
    to a provider, whatever came of it. Needs a running event loop.
    """

    def __init__(self, programs: Programs, walks: Walks, now: datetime, caller: Caller) -> None:
        self.programs = programs.only(caller.program_keys)
        self.caller = caller
        self._withheld: set[str] = set()
        self._has_told_withheld = False
        self.now = now
        self.loaders = Loaders(self.programs)
        self.reports = Reports(self.loaders, walks)
        self.has_sent_changes = False

    @cached_property
    def referral_by_referred(self) -> ReferralByReferredLoader:
        return ReferralByReferredLoader(self.programs, self.loaders, self.reports)

    def withhold(self, field: str) -> Any:
        """The null in the place of a name, an address or a code; the field is written
        `Type.field`."""
        self._withheld.add(field)
        return None

    def take_withheld(self) -> list[str]:
        """The fields withheld so far; none when they were told before."""
        if not self._withheld or self._has_told_withheld:
            return []
        self._has_told_withheld = True
        return sorted(self._withheld)

    def require(self, scope: Scope, asked: str) -> None:
        """Go on only for a caller with a scope. Raises GatewayError FORBIDDEN."""
        if not self.caller.may(scope):
            raise GatewayError(ErrorCode.FORBIDDEN, f"{asked} needs the scope {scope}.")

    def changed(self, program: Program) -> None:
        """A program was changed, or may have been: nothing read of it before holds any more."""
        self.has_sent_changes = True
        self.loaders.forget()
        self.reports.forget(program)
