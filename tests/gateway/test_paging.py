"""One list out of several programs': every item once, whatever fails on the way."""

import asyncio
from collections import Counter, defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.model import Page
from adapters.provider import Reading
from gateway.ids import Position, decode_cursor, encode_cursor
from gateway.lists.paging import Connection, connect_pages
from gateway.merge import SourceStatus
from gateway.programs import Program
from tests.gateway.paged_programs import BOUND_TO, NOW, Library, Shelf

SHELVES = st.lists(
    st.builds(
        Shelf.of,
        st.integers(0, 350) | st.sampled_from([0, 1, 99, 100, 101, 200, 300]),
        tells_end=st.booleans(),
        is_able=st.sampled_from([True, True, True, False]),
    ),
    min_size=1,
    max_size=6,
)
LENGTHS = st.lists(st.integers(1, 100), min_size=1, max_size=8)


def sorted_by_program(items: list[str]) -> dict[str, list[str]]:
    """The items of each program, in the order in which they came."""
    by_program: defaultdict[str, list[str]] = defaultdict(list)
    for item in items:
        by_program[item.partition(":")[0]].append(item)
    return dict(by_program)


def statuses(page: Connection[str]) -> list[str]:
    return [source.status for source in page.sources]


async def walk(library: Library, lengths: list[int], after: str | None = None) -> list[str]:
    """Everything from a cursor to the end, in pages of these lengths over and over; what must
    hold for every page is asserted on the way."""
    items: list[str] = []
    pages = 0
    while True:
        first = lengths[pages % len(lengths)]
        earlier = len(library.reads)
        page = await library.page(first, after)
        reads = library.reads[earlier:]
        assert len(page.nodes) <= first
        assert [edge.node for edge in page.edges] == page.nodes
        assert max(Counter(key for key, _ in reads).values(), default=0) <= 1
        asked = {s.program.key for s in page.sources if s.status in ("FRESH", "FAILED")}
        assert asked == {key for key, _ in reads}
        items += page.nodes
        pages += 1
        info = page.page_info
        if page.nodes:
            assert info.start_cursor == page.edges[0].cursor
            assert info.end_cursor == page.edges[-1].cursor
        if not info.has_next_page:
            return items
        assert info.end_cursor is not None
        after = info.end_cursor
        assert pages < 2000, "the walk does not end"


@settings(derandomize=True, deadline=None, max_examples=150)
@given(SHELVES, LENGTHS, st.frozensets(st.integers(0, 40), max_size=12))
def test_a_walk_yields_every_item_once_in_its_programs_order(
    shelves: list[Shelf], lengths: list[int], failing: frozenset[int]
) -> None:
    library = Library(shelves, failing)
    items = asyncio.run(walk(library, lengths))
    expected = {key: held for key, held in library.everything().items() if held}
    assert sorted_by_program(items) == expected


@settings(derandomize=True, deadline=None, max_examples=60)
@given(SHELVES, st.integers(1, 100), st.data())
def test_the_cursor_of_any_item_resumes_right_behind_it(
    shelves: list[Shelf], first: int, data: st.DataObject
) -> None:
    library = Library(shelves)

    async def resumed() -> tuple[list[str], list[str]]:
        page = await library.page(first)
        if not page.edges:
            return [], []
        place = data.draw(st.integers(0, len(page.edges) - 1))
        before = page.nodes[: place + 1]
        rest = await library.page(100, page.edges[place].cursor)
        if rest.page_info.has_next_page:
            return before, rest.nodes + await walk(library, [100], rest.page_info.end_cursor)
        return before, rest.nodes

    before, behind = asyncio.run(resumed())
    expected = {key: held for key, held in library.everything().items() if held}
    assert sorted_by_program(before + behind) == expected


def test_programs_take_turns() -> None:
    library = Library([Shelf.of(3), Shelf.of(300), Shelf.of(300)])
    page = asyncio.run(library.page(30))
    told = "p0:0 p1:0 p2:0 p0:1 p1:1 p2:1 p0:2 p1:2 p2:2 p1:3 p2:3 p1:4"
    assert " ".join(page.nodes[:12]) == told
    assert len(page.nodes) == 30


def test_the_next_page_goes_on_with_the_program_whose_turn_it_is() -> None:
    async def pages() -> list[str]:
        library = Library([Shelf.of(100), Shelf.of(100), Shelf.of(100)])
        one = await library.page(31)
        two = await library.page(31, one.page_info.end_cursor)
        return [one.nodes[-1], two.nodes[0], two.nodes[1]]

    assert asyncio.run(pages()) == ["p0:10", "p1:10", "p2:10"]


def test_a_page_asks_as_few_programs_as_will_fill_it_and_names_the_others() -> None:
    library = Library([Shelf.of(100) for _ in range(10)])
    page = asyncio.run(library.page(20))
    assert len(page.nodes) == 20
    assert library.reads == [("p0", 1), ("p1", 1), ("p2", 1), ("p3", 1)]
    assert statuses(page) == ["FRESH"] * 4 + ["NOT_ASKED"] * 6
    assert [source.is_complete for source in page.sources] == [True] * 4 + [False] * 6


def test_where_programs_have_too_little_the_next_ones_are_asked() -> None:
    library = Library([Shelf.of(1), Shelf.of(0), Shelf.of(2), Shelf.of(100)])
    page = asyncio.run(library.page(10))
    assert page.nodes == ["p0:0", "p2:0", "p3:0", "p2:1", *(f"p3:{n}" for n in range(1, 7))]
    assert len(library.reads) == 4


def test_a_program_that_is_through_is_neither_asked_nor_named_again() -> None:
    async def last() -> tuple[Library, Connection[str]]:
        library = Library([Shelf.of(5), Shelf.of(60)])
        page = await library.page(20)
        library.reads.clear()
        return library, await library.page(100, page.page_info.end_cursor)

    library, page = asyncio.run(last())
    assert library.reads == [("p1", 1)]
    assert [(s.program.key, s.status) for s in page.sources] == [("p1", SourceStatus.FRESH)]
    assert not page.page_info.has_next_page
    assert page.page_info.has_previous_page


def test_an_upstream_page_with_fewer_rows_than_it_promises_is_passed_over() -> None:
    library = Library([Shelf((100, 40, 0, 100, 7))])
    items = asyncio.run(walk(library, [30]))
    assert items == library.shelves[0].items("p0")


def test_a_program_that_fails_keeps_its_place() -> None:
    async def pages() -> list[Connection[str]]:
        library = Library([Shelf.of(30), Shelf.of(30)], failing={0})
        one = await library.page(20)
        two = await library.page(60, one.page_info.end_cursor)
        return [one, two]

    one, two = asyncio.run(pages())
    assert statuses(one) == ["FAILED", "FRESH"]
    assert one.sources[0].error is not None
    assert one.nodes == [f"p1:{n}" for n in range(20)]
    assert sorted_by_program(two.nodes) == {
        "p0": [f"p0:{n}" for n in range(30)],
        "p1": [f"p1:{n}" for n in range(20, 30)],
    }


def test_when_only_failed_programs_are_left_the_page_is_empty_and_the_cursor_unchanged() -> None:
    async def pages() -> list[Connection[str]]:
        library = Library([Shelf.of(8), Shelf.of(150)], failing={2, 3})
        found = [await library.page(100)]
        for _ in range(3):
            found.append(await library.page(100, found[-1].page_info.end_cursor))
        return found

    first, empty, again, last = asyncio.run(pages())
    assert len(first.nodes) == 100
    assert first.page_info.has_next_page
    for page in (empty, again):
        assert page.nodes == []
        assert statuses(page) == ["FAILED"]
        assert page.page_info.has_next_page
        assert page.page_info.start_cursor is None
        assert page.page_info.end_cursor == first.page_info.end_cursor
    assert last.nodes == [f"p1:{n}" for n in range(92, 100)]


def test_a_first_page_on_which_all_fail_can_be_asked_for_again() -> None:
    async def pages() -> list[Connection[str]]:
        library = Library([Shelf.of(5), Shelf.of(5)], failing={0, 1})
        one = await library.page(10)
        return [one, await library.page(10, one.page_info.end_cursor)]

    one, two = asyncio.run(pages())
    assert one.nodes == []
    assert one.page_info.has_next_page
    assert len(two.nodes) == 10
    assert not two.page_info.has_next_page


def test_a_program_that_cannot_says_so_on_every_page() -> None:
    async def pages() -> list[Connection[str]]:
        library = Library([Shelf.of(50, is_able=False), Shelf.of(50)])
        one = await library.page(30)
        return [one, await library.page(30, one.page_info.end_cursor)]

    for page in asyncio.run(pages()):
        assert statuses(page) == ["UNSUPPORTED", "FRESH"]
        assert set(sorted_by_program(page.nodes)) == {"p1"}


def test_a_list_that_is_still_being_gathered_keeps_its_place() -> None:
    library = Library([Shelf.of(0)])
    gathered = Page(("a", "b"), has_next=True, is_open=True)

    async def read(program: Program, page: int) -> Reading[Page[str]]:
        assert page == 1
        return Reading(gathered, NOW)

    async def page(after: str | None) -> Connection[str]:
        return await connect_pages(
            library.programs,
            read,
            first=10,
            after=None if after is None else decode_cursor(after, BOUND_TO, 1),
            bound_to=BOUND_TO,
            count_all=False,
        )

    one = asyncio.run(page(None))
    two = asyncio.run(page(one.page_info.end_cursor))
    assert (one.nodes, two.nodes) == (["a", "b"], [])
    assert two.page_info.has_next_page
    assert two.page_info.end_cursor == one.page_info.end_cursor
    gathered = Page(("a", "b", "c"), has_next=False)
    last = asyncio.run(page(two.page_info.end_cursor))
    assert last.nodes == ["c"]
    assert not last.page_info.has_next_page


def test_programs_that_all_cannot_or_are_none_make_an_empty_list() -> None:
    for library in (Library([]), Library([Shelf.of(9, is_able=False)])):
        page = asyncio.run(library.page(10, count_all=True))
        assert page.nodes == []
        assert not page.page_info.has_next_page
        assert page.page_info.end_cursor is None
        assert page.total_count == 0


def test_the_total_adds_up_every_program_also_those_not_on_the_page() -> None:
    async def pages() -> list[Connection[str]]:
        library = Library([Shelf.of(3), Shelf.of(340), Shelf.of(7), Shelf.of(9, is_able=False)])
        one = await library.page(3, count_all=True)
        two = await library.page(100, one.page_info.end_cursor, count_all=True)
        assert max(Counter(library.reads).values()) == 2
        return [one, two, await library.page(3)]

    one, two, uncounted = asyncio.run(pages())
    assert (one.total_count, two.total_count, uncounted.total_count) == (350, 350, None)
    assert [source.total_count for source in one.sources] == [3, 340, 7, None]


def test_the_total_is_not_known_where_one_program_does_not_say_or_fails() -> None:
    silent = Library([Shelf.of(3), Shelf.of(4, tells_end=False)])
    failing = Library([Shelf.of(3), Shelf.of(4)], failing={1})
    for library in (silent, failing):
        assert asyncio.run(library.page(5, count_all=True)).total_count is None


def test_the_cursor_stays_small_over_two_hundred_programs_deep_in_their_lists() -> None:
    library = Library([Shelf.of(100_000) for _ in range(200)])
    deep = encode_cursor(Position(tuple(range(90_000, 90_200)), 199), BOUND_TO)
    page = asyncio.run(library.page(100, deep))
    assert len(page.nodes) == 100
    assert len(library.reads) == 20
    assert max(len(edge.cursor) for edge in page.edges) < 2000
