"""Identifiers and cursors: what comes back from clients is read whole or refused, never trusted."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from string import ascii_lowercase, digits
from typing import TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway import ids
from gateway.errors import ErrorCode, GatewayError
from gateway.ids import Kind, Position

T = TypeVar("T")

KEYS = st.text(ascii_lowercase + digits + "-", min_size=1, max_size=64)
LOCALS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
OFFSETS = st.none() | st.integers(0, 2**40 - 1)
BOUND_TO = ids.binding("referrals", ["coral-avenue", "block-haven"])

repeatable = settings(derandomize=True, deadline=None, max_examples=200)


@st.composite
def positions(draw: st.DrawFn) -> Position:
    offsets = draw(st.lists(OFFSETS, min_size=1, max_size=200))
    return Position(tuple(offsets), draw(st.integers(0, len(offsets) - 1)))


def armoured(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def outcome(decode: Callable[[], T]) -> T | ErrorCode:
    """What was read, or the code of the refusal; anything else goes through."""
    try:
        return decode()
    except GatewayError as refused:
        return refused.code


def refusal_of_id(text: str) -> GatewayError:
    with pytest.raises(GatewayError) as refused:
        ids.decode(text)
    return refused.value


def refusal_of_cursor(text: str, bound_to: bytes = BOUND_TO, programs: int = 2) -> GatewayError:
    with pytest.raises(GatewayError) as refused:
        ids.decode_cursor(text, bound_to, programs)
    return refused.value


@repeatable
@given(st.sampled_from(Kind), KEYS, LOCALS)
def test_an_id_says_what_was_put_into_it(kind: Kind, program_key: str, local: str) -> None:
    assert ids.decode(ids.encode(kind, program_key, local)) == (kind, program_key, local)


@repeatable
@given(st.sampled_from(Kind), KEYS, LOCALS)
def test_an_id_is_safe_in_a_url_and_hides_what_is_inside(
    kind: Kind, program_key: str, local: str
) -> None:
    text = ids.encode(kind, program_key, local)
    assert set(text) <= set(ascii_lowercase + ascii_lowercase.upper() + digits + "-_")


@repeatable
@given(positions())
def test_a_cursor_resumes_where_it_was_made(position: Position) -> None:
    cursor = ids.encode_cursor(position, BOUND_TO)
    assert ids.decode_cursor(cursor, BOUND_TO, len(position.offsets)) == position
    assert len(cursor) < 2000


@repeatable
@given(st.text(max_size=300) | st.binary(max_size=300).map(armoured))
@example("")
@example("=")
@example("\ud800")
@example("ÄÖ")
@example("A" * 5000)
@example(armoured(b"1"))
@example(armoured(b"1P"))
@example(armoured(b"1Pcoral-avenue"))
@example(armoured(b"1Zcoral-avenue:"))
@example(armoured(b"1P\xff:"))
@example(armoured(b"1P\xed\xa0\x80:"))
def test_text_that_never_was_an_id_or_a_cursor_is_refused_by_its_code(text: str) -> None:
    found = outcome(lambda: ids.decode(text))
    if isinstance(found, ErrorCode):
        assert found is ErrorCode.INVALID_ID
    else:
        # What can be read has no second spelling.
        assert ids.encode(*found) == text
    assert refusal_of_cursor(text).code is ErrorCode.INVALID_CURSOR


@repeatable
@given(st.binary(max_size=60), st.integers(1, 300))
def test_numbers_that_nobody_wrote_make_no_position(raw: bytes, programs: int) -> None:
    text = armoured(b"\x01" + BOUND_TO + raw)
    position = outcome(lambda: ids.decode_cursor(text, BOUND_TO, programs))
    if isinstance(position, ErrorCode):
        assert position is ErrorCode.INVALID_CURSOR
        return
    assert len(position.offsets) == programs
    assert 0 <= position.turn < programs
    assert all(offset is None or 0 <= offset < 2**40 for offset in position.offsets)


@repeatable
@given(st.sampled_from(Kind), KEYS, LOCALS, st.data())
def test_an_id_that_lost_its_end_is_refused_or_another_id(
    kind: Kind, program_key: str, local: str, data: st.DataObject
) -> None:
    text = ids.encode(kind, program_key, local)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    found = outcome(lambda: ids.decode(cut))
    if isinstance(found, ErrorCode):
        assert found is ErrorCode.INVALID_ID
    else:
        assert found[:2] == (kind, program_key)
        assert found.local != local
        assert local.startswith(found.local)


@repeatable
@given(positions(), st.data())
def test_a_cursor_that_lost_its_end_is_refused(position: Position, data: st.DataObject) -> None:
    cursor = ids.encode_cursor(position, BOUND_TO)
    cut = cursor[: data.draw(st.integers(0, len(cursor) - 1))]
    refused = refusal_of_cursor(cut, programs=len(position.offsets))
    assert refused.code is ErrorCode.INVALID_CURSOR


@repeatable
@given(positions())
def test_a_cursor_of_another_list_is_refused_with_what_to_do(position: Position) -> None:
    cursor = ids.encode_cursor(position, ids.binding("claims", ["coral-avenue", "block-haven"]))
    refused = refusal_of_cursor(cursor, programs=len(position.offsets))
    assert refused.code is ErrorCode.INVALID_CURSOR
    assert "other programs or with another filter" in refused.message
    assert "Start over" in refused.message


def test_a_cursor_over_another_number_of_programs_is_refused() -> None:
    cursor = ids.encode_cursor(Position((1, 2, 3), 0), BOUND_TO)
    for programs in (0, 1, 2, 4, 200):
        assert "Start over" in refusal_of_cursor(cursor, programs=programs).message


@pytest.mark.parametrize(
    "numbers",
    [
        b"\x02\x01\x01",  # the turn of a third program
        b"\x00\x01",  # one offset too few
        b"\x00\x01\x01\x01",  # one too many
        b"\x00\x01\x81",  # a number without its end
        b"\x00\x01" + b"\x80" * 7 + b"\x00",  # a zero written at length
        b"\x00\x01" + b"\xff" * 5 + b"\x7f",  # over 2**40
    ],
)
def test_a_cursor_with_impossible_numbers_is_refused(numbers: bytes) -> None:
    refused = refusal_of_cursor(armoured(b"\x01" + BOUND_TO + numbers))
    assert refused.code is ErrorCode.INVALID_CURSOR


def test_what_is_longer_than_anything_made_here_is_not_read() -> None:
    assert refusal_of_id(ids.encode(Kind.PERSON, "coral-avenue", "7" * 4000))
    deep = ids.encode_cursor(Position((2**39,) * 1000, 0), BOUND_TO)
    assert refusal_of_cursor(deep, programs=1000)


@pytest.mark.parametrize("version", [b"0", b"2", b"\x01", b"\xff"])
def test_an_id_of_another_version_is_refused(version: bytes) -> None:
    raw = version + b"Pcoral-avenue:"
    assert refusal_of_id(armoured(raw)).code is ErrorCode.INVALID_ID


@pytest.mark.parametrize("version", [0, 2, 49, 255])
def test_a_cursor_of_another_version_is_refused(version: int) -> None:
    raw = bytes([version]) + BOUND_TO + b"\x00\x01\x01"
    assert "Start over" in refusal_of_cursor(armoured(raw)).message


def test_an_id_is_no_cursor_and_a_cursor_no_id() -> None:
    cursor = ids.encode_cursor(Position((0, 0), 0), BOUND_TO)
    assert refusal_of_id(cursor).code is ErrorCode.INVALID_ID
    id_ = ids.encode(Kind.PERSON, "coral-avenue", "7")
    assert refusal_of_cursor(id_).code is ErrorCode.INVALID_CURSOR


@pytest.mark.parametrize("change", ["{}=", "{}==", "{} ", "\n{}", "{}.", "{}\u00e9"])
def test_a_second_spelling_of_an_id_is_refused(change: str) -> None:
    assert refusal_of_id(change.format(ids.encode(Kind.TIER, "coral-avenue", "12")))


def test_a_binding_tells_lists_apart_by_every_part_of_them() -> None:
    lists = [
        ("referrals", ["a", "b"], None),
        ("referrals", ["b", "a"], None),
        ("referrals", ["a"], None),
        ("referrals", ["a,b"], None),
        ("claims", ["a", "b"], None),
        ("referrals", ["a", "b"], "PENDING"),
    ]
    assert len({ids.binding(*parts) for parts in lists}) == len(lists)
    assert ids.binding(*lists[0]) == ids.binding("referrals", ["a", "b"], None)
