"""Lines into a pipe, whoever reads it."""

import os
import re
import time
from collections.abc import Iterator

import pytest

from gateway.telemetry import lines
from gateway.telemetry.lines import LineWriter

PIPE_BYTES = 64 * 1024


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The end to read from, and the one to write to."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


def test_lines_come_in_their_order_and_all_at_once(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    writer = LineWriter(writing, pause=600)
    for number in range(1000):
        writer.write(b"%d" % number)
    writer.flush()
    assert os.read(reading, PIPE_BYTES).split() == [b"%d" % number for number in range(1000)]


def test_a_line_comes_soon_by_itself(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    writer = LineWriter(writing, pause=0.01)
    for line in (b"one", b"two"):
        writer.write(line)
        assert os.read(reading, PIPE_BYTES) == line + b"\n"


def test_who_writes_never_waits_for_long_and_what_was_lost_is_told(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    writer = LineWriter(writing, pause=0.001)
    line = b"x" * 1023
    began = time.monotonic()
    written = 3 * lines.MOST_BYTES // len(line)
    for _ in range(written):
        writer.write(line)
    writer.flush()
    assert time.monotonic() - began < 20
    got = b""
    lost = 0
    while got.count(line) + lost < written:
        got += os.read(reading, PIPE_BYTES)
        # Told once or in parts, as somebody read a little in between.
        lost = sum(map(int, re.findall(rb'"event":"(\d+) lines of the log were lost', got)))
    assert 0 < lost < written
    assert got.count(line) + lost == written
    writer.write(b"again")
    while not got.endswith(b"again\n"):
        got += os.read(reading, PIPE_BYTES)


def test_nobody_reading_ever_again_is_no_error(pipe: tuple[int, int]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    writer = LineWriter(writing, pause=0.001)
    for _ in range(2):
        writer.write(b"into nothing")
        writer.flush()
    os.close(writing)
