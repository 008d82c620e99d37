"""The rules of the schema's text, checked over all of it."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_nullable_type,
    is_introspection_type,
    is_list_type,
    is_non_null_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from gateway.cli import main
from gateway.schema import schema

EXPORTED = Path(__file__).parents[2] / "schema.graphql"

# A missing object of `nodes` must keep its place in the list.
NULLABLE_ITEMS = {"Query.nodes"}
REMOVAL = re.compile(r"Use `\w[\w.]*`\. Removal on (\d{4}-\d{2}-\d{2}) UTC\.")

Element = GraphQLField | GraphQLInputField | GraphQLArgument | GraphQLEnumValue


def faults(linted: GraphQLSchema) -> Iterator[str]:
    """What breaks a rule, as `Type.field(argument): what is wrong`."""
    for name, kind in linted.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        if not kind.description:
            yield f"{name}: not described"
        for place, element, inherited in _elements(kind):
            if not element.description and not inherited:
                yield f"{place}: not described"
            if element.deprecation_reason and not _says_when(element.deprecation_reason):
                yield f"{place}: deprecated without a replacement and a date"
            if place not in NULLABLE_ITEMS and _has_nullable_items(element):
                yield f"{place}: list items may be null"
    for directive in linted.directives:
        if is_specified_directive(directive):
            continue
        if not directive.description:
            yield f"@{directive.name}: not described"


def _says_when(reason: str) -> bool:
    """Whether a reason names what to use instead, and a day that there is."""
    found = REMOVAL.search(reason)
    try:
        return found is not None and bool(date.fromisoformat(found[1]))
    except ValueError:
        return False


def _elements(kind: GraphQLNamedType) -> Iterator[tuple[str, Element, str | None]]:
    """Everything in a type that can have a description, and what it may inherit in its place."""
    if isinstance(kind, GraphQLEnumType):
        for value_name, value in kind.values.items():
            yield f"{kind.name}.{value_name}", value, None
    elif isinstance(kind, GraphQLInputObjectType):
        for field_name, input_field in kind.fields.items():
            yield f"{kind.name}.{field_name}", input_field, None
    elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for field_name, field in kind.fields.items():
            yield f"{kind.name}.{field_name}", field, _inherited(kind, field_name)
            for argument_name, argument in field.args.items():
                yield f"{kind.name}.{field_name}({argument_name})", argument, None


def _inherited(kind: GraphQLObjectType | GraphQLInterfaceType, field_name: str) -> str | None:
    told = (i.fields[field_name].description for i in kind.interfaces if field_name in i.fields)
    return next(told, None)


def _has_nullable_items(element: Element) -> bool:
    if isinstance(element, GraphQLEnumValue):
        return False
    listed = get_nullable_type(element.type)
    return is_list_type(listed) and not is_non_null_type(listed.of_type)


def test_the_schema_breaks_no_rule() -> None:
    assert list(faults(schema._schema)) == []


BAD = '''
directive @told(why: String) on FIELD_DEFINITION

"""Described."""
interface Named {
  """Described."""
  name: String
}

"""Described."""
type Query implements Named {
  name: String
  bare: String
  """Described."""
  items(of: Int): [String]!
  """Described."""
  old: String @deprecated(reason: "Not nice.")
  """Described."""
  leaving: String @deprecated(reason: "Use `name`. Removal on 2027-01-31 UTC.")
  """Described."""
  lost: String @deprecated(reason: "Use `name`. Removal on 2027-01-32 UTC.")
}

"""Described."""
enum Colour { RED }

input Wish {
  """Described."""
  colours: [Colour]
}
'''


@pytest.mark.parametrize(
    "fault",
    [
        "Query.bare: not described",
        "Query.items(of): not described",
        "Query.items: list items may be null",
        "Query.old: deprecated without a replacement and a date",
        "Query.lost: deprecated without a replacement and a date",
        "Colour.RED: not described",
        "Wish: not described",
        "Wish.colours: list items may be null",
        "@told: not described",
    ],
)
def test_the_lint_finds(fault: str) -> None:
    assert fault in list(faults(build_schema(BAD)))


def test_the_lint_finds_nothing_else() -> None:
    assert len(list(faults(build_schema(BAD)))) == 9


def test_a_list_says_that_its_items_may_be_null_only_where_they_keep_their_places() -> None:
    assert all(
        _has_nullable_items(schema._schema.type_map[kind].fields[field])  # type: ignore[attr-defined]
        for kind, field in (place.split(".") for place in NULLABLE_ITEMS)
    )


def test_the_exported_file_is_the_schema_of_the_code() -> None:
    assert EXPORTED.read_text(encoding="utf-8") == schema.as_str() + "\n", (
        "run `referral-gateway schema export`"
    )


def test_the_check_of_the_command_line_tells_a_file_that_differs(tmp_path: Path) -> None:
    stale = tmp_path / "schema.graphql"
    stale.write_text(EXPORTED.read_text(encoding="utf-8") + "\n# more\n", encoding="utf-8")
    run = CliRunner().invoke
    assert run(main, ["schema", "check", str(EXPORTED)]).exit_code == 0
    assert run(main, ["schema", "check", str(stale)]).exit_code == 1
    assert run(main, ["schema", "check", str(tmp_path / "missing")]).exit_code == 1


def test_the_exported_text_is_a_schema_that_anybody_can_build() -> None:
    built = build_schema(EXPORTED.read_text(encoding="utf-8"))
    assert list(faults(built)) == []
    assert built.type_map.keys() == schema._schema.type_map.keys()
