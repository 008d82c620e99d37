"""Validation by graphql-core's own rules, in a walk of our own.

https://spec.graphql.org/September2025/#sec-Validation

graphql-core asks every rule of every node whether it has something to say. Here a node is taken to
those rules alone that have a method for its kind, which is most of the difference. The rest is that
graphql-core looks up definitions by all that they contain.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    BREAK,
    SKIP,
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    TypeInfo,
    ValidationContext,
    Visitor,
)
from graphql.pyutils import RefMap
from graphql.validation.validate import (
    FragmentNestingVisitor,
    ValidationAbortedError,
    query_document_keys_to_validate,
)
from graphql.validation.validation_context import VariableUsage, VariableUsageVisitor

from gateway.errors import LimitExceeded

MOST_ERRORS = 20
LONGEST_ERRORS = 10_000
"""Characters of errors after which no more are looked for: they may quote what is wrong, and that
may be most of the document."""

COST_OF_A_PAIR = 2
"""What graphql-core takes from its budget for comparing two fields. Looking into fragments and at
what is below costs, too."""

MOST_FRAGMENT_WORK = 5_000
"""Spreads and uses of variables that are looked at, of a document's operations together. By itself
graphql-core allows ten times as many, which takes too long."""


def validate(
    schema: GraphQLSchema,
    document: DocumentNode,
    rules: Sequence[type[ASTValidationRule]],
    *,
    field_pairs: int = 0,
    hide_suggestions: bool = False,
) -> list[GraphQLError]:
    """What is wrong with a document by these rules, in the order of graphql-core; at last, that
    there is more. Of fields that have one name in the answer, `field_pairs` are compared at most,
    any number if that is 0. Raises LimitExceeded."""
    errors: list[GraphQLError] = []
    length = 0

    def add(error: GraphQLError) -> None:
        nonlocal length
        if len(errors) >= MOST_ERRORS:
            raise ValidationAbortedError(
                "Too many validation errors, error limit reached. Validation aborted."
            )
        errors.append(error)
        # Where it is was found out by going through the lines before.
        lines = error.locations[-1].line if error.locations else 0
        length += len(error.message) + lines // 10
        if length > LONGEST_ERRORS:
            raise ValidationAbortedError("Validation aborted.")

    type_info = TypeInfo(schema)
    context = _Context(schema, document, type_info, add, hide_suggestions)
    visitors: list[Visitor] = [rule(context) for rule in rules]
    merging = [v.rule_context for v in visitors if isinstance(v, OverlappingFieldsCanBeMergedRule)]
    for comparing in merging:
        if field_pairs:
            comparing.remaining_complexity_budget = COST_OF_A_PAIR * field_pairs
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    if fragments:
        visitors.insert(0, FragmentNestingVisitor(fragments))
    try:
        walk(document, type_info, visitors)
    except ValidationAbortedError as error:
        # Neither the frames of the rules nor what they were handling are to be kept.
        error.__context__ = None
        errors.append(error.with_traceback(None))
        if field_pairs and any(comparing.remaining_complexity_budget < 0 for comparing in merging):
            message = f"The document has more than {field_pairs} pairs of fields of one name."
            raise LimitExceeded("field_pairs", field_pairs, field_pairs + 1, message) from None
    except RecursionError:
        errors.append(ValidationAbortedError("Validation aborted."))
    return errors


class _Context(ValidationContext):
    """What rules share, found by the definition itself."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._remaining_fragment_work = MOST_FRAGMENT_WORK
        # By default these are dictionaries, which hash every node of a definition at each look-up.
        self._fragment_spreads = RefMap()  # type: ignore[assignment]
        self._variable_usages = RefMap()  # type: ignore[assignment]
        self._recursive_variable_usages = RefMap()  # type: ignore[assignment]

    def get_variable_usages(
        self, node: OperationDefinitionNode | FragmentDefinitionNode
    ) -> list[VariableUsage]:
        usages = self._variable_usages.get(node)
        if usages is None:
            fragment = node if isinstance(node, FragmentDefinitionNode) else None
            visitor = VariableUsageVisitor(self._type_info, fragment)
            walk(node, self._type_info, [visitor])
            usages = self._variable_usages[node] = visitor.usages
        return usages


class _Asked(NamedTuple):
    """What is done at a node of some kind: visitors are told by their numbers."""

    enter_type: Callable[[Any], None] | None
    enters: list[tuple[int, Callable[..., Any]]]
    keys: tuple[str, ...]
    leaves: list[tuple[int, Callable[..., Any]]]
    leave_type: Callable[[], None] | None


def walk(root: Node, type_info: TypeInfo, visitors: Sequence[Visitor]) -> None:
    """Take visitors that change nothing through a tree, each as if alone: as graphql-core's `visit`
    does with a `ParallelVisitor` in a `TypeInfoVisitor`, but for descriptions, which are left out.
    """
    kinds = tuple(map(type, visitors))
    # Most nodes are names, and no rule so far has anything to say of a name.
    are_names_asked = any(_methods(kinds, "name"))
    known: dict[str, _Asked] = {}
    # Of each visitor, the node below which it sees nothing, or BREAK when it wants no more.
    skipped: list[Any] = [None] * len(visitors)
    path: list[str | int] = []
    ancestors: list[Node | tuple[Node, ...]] = []

    def asked(kind: str) -> _Asked:
        enters, leaves = _methods(kinds, kind)
        keys = query_document_keys_to_validate.get(kind, ())
        found = known[kind] = _Asked(
            getattr(type_info, f"enter_{kind}", None),
            [(n, getattr(visitors[n], name)) for n, name in enters],
            tuple(key for key in keys if are_names_asked or key not in ("name", "alias")),
            [(n, getattr(visitors[n], name)) for n, name in leaves],
            getattr(type_info, f"leave_{kind}", None),
        )
        return found

    def visit(node: Node, key: str | int | None, parent: Node | tuple[Node, ...] | None) -> None:
        kind = node.kind
        enter_type, enters, keys, leaves, leave_type = known[kind] if kind in known else asked(kind)
        if not enters and not leaves:
            for below in keys:
                if getattr(node, below) is not None:
                    break
            else:  # to enter it and to leave it comes to nothing
                return
        if key is not None:
            path.append(key)
        if enter_type is not None:
            enter_type(node)
        for n, enter in enters:
            if skipped[n] is None:
                action = enter(node, key, parent, path, ancestors)
                if action is not None:
                    skipped[n] = node if action is SKIP else action
        if keys:
            if parent is not None:
                ancestors.append(parent)
            for below in keys:
                child = getattr(node, below)
                if child.__class__ is tuple:
                    path.append(below)
                    ancestors.append(node)
                    for number, item in enumerate(child):
                        visit(item, number, child)
                    ancestors.pop()
                    path.pop()
                elif child is not None:
                    visit(child, below, node)
            if parent is not None:
                ancestors.pop()
        for n, leave in leaves:
            if skipped[n] is None and leave(node, key, parent, path, ancestors) is BREAK:
                skipped[n] = BREAK
        for n, _ in enters:
            if skipped[n] is node:
                skipped[n] = None
        if leave_type is not None:
            leave_type()
        if key is not None:
            path.pop()

    visit(root, None, None)


_Methods: TypeAlias = list[tuple[int, str]]


@cache
def _methods(visitors: tuple[type[Visitor], ...], kind: str) -> tuple[_Methods, _Methods]:
    """Which of the visitors want to see nodes of a kind, by which method: before and after what is
    below."""

    def named(way: str) -> _Methods:
        found = []
        for number, visitor in enumerate(visitors):
            name = f"{way}_{kind}" if hasattr(visitor, f"{way}_{kind}") else way
            if hasattr(visitor, name):
                found.append((number, name))
        return found

    return named("enter"), named("leave")
