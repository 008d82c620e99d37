"""What the resolvers of one request share."""

from datetime import datetime
from functools import cached_property

from gateway.loaders import Loaders
from gateway.programs import Program, Programs
from gateway.reports.computed import Reports
from gateway.reports.people import ReferralByReferredLoader
from gateway.walks import Walks


class Context:
    """The programs that the caller sees, and the request's own loaders and reports.

    `now` is the instant that the request speaks of; `has_sent_changes` whether a change was sent
    to a provider, whatever came of it. Needs a running event loop.
    """

    def __init__(self, programs: Programs, walks: Walks, now: datetime) -> None:
        self.programs = programs
        self.now = now
        self.loaders = Loaders(programs)
        self.reports = Reports(self.loaders, walks)
        self.has_sent_changes = False

    @cached_property
    def referral_by_referred(self) -> ReferralByReferredLoader:
        return ReferralByReferredLoader(self.programs, self.loaders, self.reports)

    def changed(self, program: Program) -> None:
        """A program was changed, or may have been: nothing read of it before holds any more."""
        self.has_sent_changes = True
        self.loaders.forget()
        self.reports.forget(program)
