"""Finished rows live as long as the page that they are of, within bounds."""

import gc
import json
from collections.abc import Sequence
from typing import Any

import pytest

from adapters.model import Page
from gateway.execution.kept_rows import ENTRY_BYTES, KeptRows, dumped
from gateway.execution.leaves import Surprise
from gateway.lists.paging import Span
from tests.gateway.execution.shops import Shop, ask, engine

QUERY = '{ program(key: "a") { referrals { nodes { providerId referrer { email } } } } }'


class Maker:
    """Makes rows out of items, and counts."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, items: Sequence[Any]) -> bytes:
        self.made += 1
        return json.dumps(items, separators=(",", ":")).encode()


def page(items: tuple[Any, ...] = ("a", "b", "c")) -> Page[Any]:
    return Page(items, has_next=False)


def test_rows_of_a_page_are_made_once_for_each_span() -> None:
    kept, make, of = KeptRows(), Maker(), page()
    for _ in range(3):
        whole, part = kept.get(Span(of, 0, 3), make), kept.get(Span(of, 1, 2), make)
        assert whole is not None
        assert whole.body == b'["a","b","c"]'
        assert part is not None
        assert part.body == b'["b"]'
    assert make.made == 2


def test_another_operation_makes_rows_of_its_own() -> None:
    kept, one, other, of = KeptRows(), Maker(), Maker(), page()
    kept.get(Span(of, 0, 3), one)
    kept.get(Span(of, 0, 3), other)
    assert (one.made, other.made) == (1, 1)


def test_equal_pages_are_not_the_same_page() -> None:
    kept, make, one, other = KeptRows(), Maker(), page(), page()
    kept.get(Span(one, 0, 3), make)
    kept.get(Span(other, 0, 3), make)
    assert make.made == 2


def test_rows_go_with_their_page() -> None:
    kept, make = KeptRows(), Maker()
    of = page()
    kept.get(Span(of, 0, 3), make)
    assert kept.size > 0
    del of
    gc.collect()
    assert kept.size == 0


def test_what_is_kept_is_bounded_and_the_least_used_goes_first() -> None:
    most = 3 * (ENTRY_BYTES + len(b'["a","b","c"]'))
    kept, make = KeptRows(kept_bytes=most), Maker()
    pages = [page() for _ in range(10)]
    for of in pages:
        kept.get(Span(of, 0, 3), make)
        kept.get(Span(pages[0], 0, 3), make)
        assert kept.size <= most
    assert make.made == len(pages)


def test_rows_go_with_the_function_that_makes_them() -> None:
    kept, one, other, of = KeptRows(), Maker(), Maker(), page()
    for make in (one, other):
        kept.get(Span(of, 0, 3), make)
    size = kept.size
    kept.drop(one)
    assert kept.size == size // 2
    kept.get(Span(of, 0, 3), other)
    assert other.made == 1


def test_rows_with_a_surprise_and_rows_that_are_no_json_are_not_kept() -> None:
    def surprised(items: Sequence[Any]) -> bytes:
        raise Surprise

    kept, of, odd = KeptRows(), page(), page((2**70,))
    assert kept.get(Span(of, 0, 3), surprised) is None
    assert kept.get(Span(odd, 0, 1), dumped(list)) is None
    assert kept.get(None, Maker()) is None
    assert kept.size == 0


@pytest.mark.anyio
async def test_a_page_that_changed_is_answered_as_it_is_now() -> None:
    compiled = engine(compiled=True)
    for size in (3, 4):
        answer = await ask(compiled, [Shop("a", size=size)], QUERY)
        assert len(answer["data"]["program"]["referrals"]["nodes"]) == size
