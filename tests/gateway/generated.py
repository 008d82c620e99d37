"""Valid operations made up at random over the whole schema, whose arguments find things."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import cast

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

DEEPEST = 5

Fields = GraphQLObjectType | GraphQLInterfaceType


@dataclass(frozen=True)
class Known:
    """What arguments may name."""

    programs: Sequence[str]
    program_ids: Sequence[str]
    tiers: Sequence[str]
    ids: Sequence[str]
    emails: Sequence[str]
    codes: Sequence[str]


class Generator:
    """Makes operations. The same chance makes the same ones."""

    def __init__(self, schema: GraphQLSchema, known: Known, chance: Random) -> None:
        self._schema = schema
        self._known = known
        self._chance = chance
        self._fragments: dict[str, str] = {}
        self._aliases = 0

    def query(self) -> str:
        """A query."""
        assert self._schema.query_type
        self._fragments.clear()
        self._aliases = 0
        selected = self._select(self._schema.query_type, 1)
        return " ".join([selected, *self._fragments.values()])

    def query_with(self, stem: str, kind: Fields, name: str) -> str:
        """A query in which a field of a type, with the plainest of what is below it, stands in the
        place of `%s`."""
        self._fragments.clear()
        field = self._field(kind.fields[name], name, DEEPEST)
        return " ".join([stem % field, *self._fragments.values()])

    def _select(self, kind: Fields, depth: int) -> str:
        chance = self._chance
        names = list(kind.fields)
        leaves = [n for n in names if is_leaf_type(get_named_type(kind.fields[n].type))]
        others = [n for n in names if n not in leaves]
        chosen = chance.sample(leaves, min(len(leaves), chance.randint(0, 3)))
        if depth < DEEPEST:
            chosen += chance.choices(others, k=chance.choice([1, 1, 2, 3])) if others else []
        texts = [self._field(kind.fields[name], name, depth) for name in chosen]
        if isinstance(kind, GraphQLInterfaceType) and depth < DEEPEST:
            texts += [
                f"... on {implementation} {self._select(implementation, depth + 1)}"
                for implementation in self._schema.get_possible_types(kind)
            ]
        texts.append("__typename")
        selected = "{ " + " ".join(texts) + " }"
        if depth > 1 and chance.random() < 0.2:
            name = f"F{len(self._fragments)}"
            self._fragments[name] = f"fragment {name} on {kind} {selected}"
            return f"{{ ...{name} }}"
        return selected

    def _field(self, field: GraphQLField, name: str, depth: int) -> str:
        arguments = self._arguments(field)
        text = name + (f"({', '.join(arguments)})" if arguments else "")
        kind = get_named_type(field.type)
        # Of several fields of one name, each is a field of its own.
        self._aliases += 1
        below = "" if is_leaf_type(kind) else self._select(cast(Fields, kind), depth + 1)
        return f"a{self._aliases}: {text} {below}"

    def _arguments(self, field: GraphQLField) -> list[str]:
        given = []
        for name, argument in field.args.items():
            literal = self._literal(name)
            if literal and (is_required_argument(argument) or self._chance.random() < 0.6):
                given.append(f"{name}: {literal}")
        return given

    def _literal(self, name: str) -> str | None:
        chance, known = self._chance, self._known
        match name:
            case "first" | "limit":
                return chance.choice(["1", "1", "2", "3", "5", "10", "100"])
            case "programs":
                return chance.choice(["null", *(f"[{_text(key)}]" for key in known.programs)])
            case "key":
                return _text(chance.choice(known.programs))
            case "programId":
                return _text(chance.choice(known.program_ids))
            case "id":
                return _text(chance.choice(known.ids))
            case "ids":
                ids = chance.choices(known.ids, k=chance.choice([0, 1, 2, 21]))
                return f"[{' '.join(map(_text, ids))}]"
            case "email":
                return _text(chance.choice(known.emails))
            case "code":
                return _text(chance.choice(known.codes))
            case "filter":
                return self._filter()
            case "status":
                return chance.choice(["PENDING", "COMPLETED", "FAILED", "UNKNOWN"])
            case "interval":
                return chance.choice(["DAY", "WEEK", "MONTH"])
            case "from":
                return chance.choice(['"2024-06-01"', '"2025-01-01"'])
            case "combineByEmail":
                return chance.choice(["true", "false"])
        return None

    def _filter(self) -> str:
        chance = self._chance
        conditions = [
            f"status: {self._literal('status')}",
            f"search: {_text(chance.choice(['a', 'em', 'nobody at all', ' ']))}",
            'referredFrom: "2024-06-01"',
            f"referrerId: {_text(chance.choice(self._known.ids))}",
        ]
        return f"{{{' '.join(chance.sample(conditions, chance.choice([0, 1, 1, 2])))}}}"


def _text(value: str) -> str:
    return json.dumps(value)
