"""Plans of operations, made outside of an engine."""

from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse
from graphql.execution.values import VariableValues

from gateway.execution.executable import Executable
from gateway.execution.plan import Plan
from gateway.execution.plans import Plans
from gateway.schema import schema


def executable(text: str) -> Executable:
    """The only operation of a document."""
    definitions = parse(text).definitions
    [operation] = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
    fragments = {
        each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)
    }
    return Executable(
        schema._schema, operation, fragments, hides_suggestions=False, document_bytes=0
    )


def plan(
    plans: Plans, made: Executable, *, sees_people: bool = True, **given: object
) -> Plan | None:
    """Its plan with these variables, None where it has none."""
    variables = made.variables(given)
    assert isinstance(variables, VariableValues)
    return plans.get(made, variables, sees_people=sees_people)
