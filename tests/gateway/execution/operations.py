"""Operations made at random over the whole schema, with arguments that mostly mean something."""

from random import Random

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

from gateway import ids

_IDS = [
    ids.encode(ids.Kind.PROGRAM, "a"),
    ids.encode(ids.Kind.PROGRAM, "nobody"),
    ids.encode(ids.Kind.PERSON, "a", "1"),
    ids.encode(ids.Kind.PERSON, "b", "2"),
    ids.encode(ids.Kind.TIER, "a", "1"),
    ids.encode(ids.Kind.TIER, "b", "77"),
    ids.encode(ids.Kind.REFERRAL, "a", "1"),
    "junk",
]

# By name: every argument of that name takes these.
_VALUES = {
    "id": [f'"{id_}"' for id_ in _IDS],
    "ids": ["[" + ", ".join(f'"{id_}"' for id_ in _IDS[:n]) + "]" for n in (0, 2, 5, 8)],
    "key": ['"a"', '"b"', '"nobody"'],
    "provider": ['"shop"', '"none"', "null"],
    "first": ["3", "100", "0", "1", "null", "$number"],
    "limit": ["2", "100", "0", "$number"],
    "after": ["null", '"junk"'],
    "programs": ['["a"]', '["b", "a"]', "null", '["nobody"]', "[]", "$keys"],
    "filter": [
        "{status: COMPLETED}",
        "{status: UNKNOWN}",
        '{search: "person"}',
        '{referredFrom: "2025-01-01", referredTo: "2025-01-30"}',
        f'{{referrerId: "{_IDS[2]}"}}',
        "{}",
    ],
    "status": ["PENDING", "null"],
    "from": ['"2025-01-01"'],
    "to": ['"2025-01-20"'],
    "interval": ["DAY", "WEEK", "MONTH"],
    "timeZone": ['"UTC"', '"Europe/Amsterdam"', '"Nowhere/Else"'],
    "email": ['"person1@example.com"', '" "', '""'],
    "code": ['"CODE1"', '"other"'],
    "combineByEmail": ["true", "false", "$yes"],
}

VARIABLES = "query ($yes: Boolean! = true, $no: Boolean!, $number: Int! = 2, $keys: [String!])"


class Operations:
    """Makes operations of a schema by chance. Each is valid."""

    def __init__(self, schema: GraphQLSchema, chance: Random) -> None:
        self._schema = schema
        self._chance = chance
        self._fragments: list[str] = []

    def query(self, depth: int) -> str:
        """A query with variables `yes`, `no`, `number` and `keys`, `no` being required."""
        root = self._schema.query_type
        assert root is not None
        selections = self._selections(root, depth)
        # Every variable is used, and every fragment.
        used = "__typename @skip(if: $yes) ... @include(if: $no) { __typename }"
        used += " unused: programs @skip(if: true) { referrals(first: $number) { __typename } }"
        used += " unasked: tiers(programs: $keys) @skip(if: true) { __typename }"
        return "\n".join([f"{VARIABLES} {{ {used} {selections} }}", *self._fragments])

    def _selections(self, type_: GraphQLNamedType, depth: int) -> str:
        assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        chance = self._chance
        fields = [
            (name, field)
            for name, field in type_.fields.items()
            if depth > 0 or not is_composite_type(get_named_type(field.type))
        ]
        chosen = [chance.choice(fields) for _ in range(chance.randint(1, 5))] if fields else []
        parts = [self._field(type_, name, field, depth) for name, field in chosen]
        if chance.random() < 0.2 or not parts:
            parts.append(chance.choice(["__typename", "kind_of: __typename"]))
        if chance.random() < 0.3:
            parts.append(self._spread(type_, depth))
        if isinstance(type_, GraphQLInterfaceType):
            possible = list(self._schema.get_possible_types(type_))
            for each in chance.sample(possible, chance.randint(0, len(possible))):
                below = self._selections(each, depth)
                parts.append(f"... on {each.name}{self._condition()} {{ {below} }}")
        chance.shuffle(parts)
        return " ".join(parts)

    def _spread(self, type_: GraphQLNamedType, depth: int) -> str:
        below = self._selections(type_, max(0, depth - 1))
        if self._chance.random() < 0.5:
            return f"...{self._condition()} {{ {below} }}"
        name = f"F{len(self._fragments)}"
        self._fragments.append(f"fragment {name} on {type_.name} {{ {below} }}")
        return f"...{name}{self._condition()} ...{name}"

    def _field(self, type_: GraphQLNamedType, name: str, field: GraphQLField, depth: int) -> str:
        given = [
            f"{argument}: {self._chance.choice(_VALUES[argument])}"
            for argument, definition in field.args.items()
            if is_required_argument(definition) or self._chance.random() < 0.4
        ]
        arguments = f"({', '.join(given)})" if given else ""
        named = get_named_type(field.type)
        below = ""
        if is_composite_type(named):
            below = f" {{ {self._selections(named, depth - 1)} }}"
        # Fields of one key must be the same, so that any two of them have two keys.
        number = self._chance.randint(0, 10**9)
        alias = f"{name}{number}: " if given or below or self._chance.random() < 0.2 else ""
        if below and not given and self._chance.random() < 0.5:
            alias = ""
        return f"{alias}{name}{arguments}{self._condition()}{below}"

    def _condition(self) -> str:
        if self._chance.random() < 0.85:
            return ""
        return self._chance.choice(
            [" @skip(if: $no)", " @include(if: $yes)", " @skip(if: $yes)", " @include(if: true)"]
        )
