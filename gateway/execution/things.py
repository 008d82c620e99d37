"""Things of an answer that do not tell all of themselves: what they lack is looked up."""

from asyncio import Future
from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

from gateway.execution.leaves import Surprise
from gateway.loaders import Derived

Ask: TypeAlias = Callable[[Any, Any], Any]
"""Takes a thing and the run; gives what the thing is when it tells all of itself, or what to await
for it; None where that cannot be known so."""

Make: TypeAlias = Callable[[Any, Any], dict[str, Any]]
"""Takes a thing that tells all of itself and the run; gives what it is in the answer. Raises
Surprise."""


class Lacking(Struct, eq=False):
    """A thing of which something is yet to come: empty until then. `make` makes it of what `found`
    gives."""

    found: Derived[Any]
    make: Make
    made: dict[str, Any] = {}
    has_failed: bool = False

    @property
    def future(self) -> Future[Any]:
        """What is waited for."""
        return self.found.future

    def fill(self, run: Any) -> bool:
        """Make it, now that all has come; False where that is a matter for graphql-core."""
        if not self.made and not self.has_failed:
            if self.future.cancelled() or self.future.exception() is not None:
                self.has_failed = True
                return False
            try:
                self.made.update(self.make(self.found.derive(self.future.result()), run))
            except Exception:  # graphql-core meets it again, in its place
                self.has_failed = True
        return not self.has_failed


class Things:
    """Those of one run, each made once for all that are equal. `lacking` are those that were given
    empty since it was cleared."""

    def __init__(self) -> None:
        self._known: dict[tuple[Make, Any], dict[str, Any] | Lacking] = {}
        self.lacking: set[Lacking] = set()

    def made(self, thing: Any, ask: Ask, make: Make, run: Any) -> dict[str, Any]:
        """What a thing is in the answer; empty where that is yet to come. Raises Surprise."""
        key = make, thing
        try:
            known = self._known.get(key)
        except TypeError:  # it holds something that cannot be hashed
            raise Surprise from None
        if known is None:
            known = self._known[key] = _look_up(thing, ask, make, run)
        if not isinstance(known, Lacking):
            return known
        if known.has_failed:
            raise Surprise
        if not known.made:
            self.lacking.add(known)
        return known.made

    def take_lacking(self) -> set[Lacking]:
        """Those that are to be filled, which are cleared."""
        lacking, self.lacking = self.lacking, set()
        return lacking


def _look_up(thing: Any, ask: Ask, make: Make, run: Any) -> dict[str, Any] | Lacking:
    found = ask(thing, run)
    if found is None:
        raise Surprise
    if type(found) is not Derived:
        return make(found, run)
    lacking = Lacking(found, make)
    if found.future.done() and not lacking.fill(run):
        raise Surprise
    return lacking
