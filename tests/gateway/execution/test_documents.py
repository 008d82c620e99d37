"""What kept documents take in memory, which is what bounds how many are kept."""

import asyncio
import gc
import tracemalloc

import pytest

from gateway.config import GraphQLConfig, LimitsConfig
from gateway.execution.documents import Document, Documents
from gateway.schema import schema

LIMITS = LimitsConfig()
COUNT = 30

SHAPES = {
    "fields": "query Q%d { programs { " + "key name provider { key name } " * 8 + "} }",
    "aliases": "{ a%d: programs { b: key c: name d: key e: name f: key g: name h: key } }",
    "arguments": 'query Q%d { program(key: "coral-avenue") { referrals(first: 20, after: null,'
    " filter: {status: COMPLETED}) { totalCount } } }",
    "variables": "query Q%d($a: Int! = 20, $b: String, $c: Boolean! = true) { programs {"
    " referrals(first: $a, after: $b) { nodes @include(if: $c) { id } } } }",
    "fragments": "query Q%d { programs { ...A ... on Program { name } } }"
    " fragment A on Program { ...B } fragment B on Program { key }",
    "errors": "query Q%d { programs { " + "nothing " * 8 + "} }",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_they_are_reckoned_as_what_they_take(shape: str) -> None:
    texts = [SHAPES[shape] % number for number in range(COUNT + 1)]
    documents = Documents(schema._schema, LIMITS, GraphQLConfig())

    async def read(some: list[str]) -> list[Document]:
        return [await documents.get(text) for text in some]

    asyncio.run(read(texts[:1]))  # what all have in common is made
    gc.collect()
    tracemalloc.start()
    kept = asyncio.run(read(texts[1:]))
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    reckoned = sum(document.size for document in kept)
    assert all(bool(document.errors) == (shape == "errors") for document in kept)
    assert taken < reckoned < 4 * taken
