"""The plans of operations: made when an operation is first run, the least used forgotten first."""

from collections import OrderedDict

from graphql.execution.values import VariableValues

from gateway.execution.classes import Known
from gateway.execution.compiler import compiled
from gateway.execution.executable import Executable
from gateway.execution.fields import Unplannable
from gateway.execution.kept_rows import KeptRows
from gateway.execution.plan import Plan

KEPT_BYTES = 64 * 1024 * 1024

# What a field of a plan takes in memory, at most (measured by the suite).
BYTES_A_FIELD = 6500


class Plans:
    """Makes the plans of one schema's operations, and keeps those in use."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._kept_rows = rows = KeptRows()
        self._known = {sees: Known(rows, sees_people=sees) for sees in (True, False)}
        # An operation has a plan for every choice of what @skip and @include leave of it, and for
        # callers from whom something is withheld another one.
        self._kept: OrderedDict[tuple[Executable, bool, tuple[object, ...]], Plan] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(
        self, executable: Executable, variables: VariableValues, *, sees_people: bool
    ) -> Plan | None:
        """The plan for an operation with these variables and such callers; None where graphql-core
        has to run it."""
        if executable.is_unplannable:
            return None
        steering = tuple([variables.coerced.get(name) for name in executable.steering])
        choice = executable, sees_people, steering
        plan = self._kept.get(choice)
        if plan is not None:
            self._kept.move_to_end(choice)
            return plan
        try:
            plan = compiled(executable, self._known[sees_people], variables)
        except (Unplannable, RecursionError):
            executable.is_unplannable = True
            return None
        self._kept[choice] = plan
        self._size += _size(plan)
        while self._size > self._kept_bytes:
            _, forgotten = self._kept.popitem(last=False)
            self._size -= _size(forgotten)
            for make in forgotten.rows:
                self._kept_rows.drop(make)
        return plan


def _size(plan: Plan) -> int:
    """The bytes that a plan takes, with the document that it keeps from being forgotten."""
    return plan.executable.document_bytes + BYTES_A_FIELD * plan.field_count
