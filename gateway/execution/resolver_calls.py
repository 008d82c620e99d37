"""Calls of resolvers, as they are written in a plan."""

from graphql.execution.values import VariableValues

from gateway.execution.fields import Call, Selected
from gateway.execution.source import Source


class ResolverCalls:
    """Writes the calls of one plan. `informed` are the fields whose resolvers want to know about
    the request, `variable` those whose arguments depend on the variables: a run makes both by their
    places here."""

    def __init__(self, source: Source, variables: VariableValues) -> None:
        self._source = source
        self._variables = variables
        self.informed: list[Selected] = []
        self.variable: list[Selected] = []

    def call(self, by: Call, field: Selected, root: str) -> str:
        """What calls a field's resolver for an object of that name."""
        given = []
        for kind, name in by.parameters:
            value = root
            if kind == "info":
                value = f"x.infos[{len(self.informed)}]"
                self.informed.append(field)
            given.append(value if name is None else f"{name}={value}")
        if field.definition.args:
            given.append(self._arguments(field))
        return f"{self._source.name('call', by.function)}({', '.join(given)})"

    def _arguments(self, field: Selected) -> str:
        if not field.has_variables:
            try:
                # The same objects for all runs: no resolver changes its arguments.
                return "**" + self._source.name("arguments", field.arguments(self._variables))
            except Exception:  # noqa: S110 - raised again by every run, in its place
                pass
        self.variable.append(field)
        return f"**x.arguments({len(self.variable) - 1})"
