"""The door to the process that reads files of others: whatever happens behind it, words come out."""

import io
import logging
import random
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from registry.document import DocumentProblems
from registry.files import sandbox
from registry.files.format_registry import FORMATS_BY_CODE
from registry.files.formats import table
from registry.files.sandbox_messages import BrokenMessage, encode_message, read_messages
from registry.files.sandbox_process import answer_messages

pytestmark = pytest.mark.reading_process

CASES = Path(__file__).parent / "files"
TABLE = b"Vendor,Purpose,Personal data,Country,Legal basis\r\nApsis,p,d,SE,g\r\n"
HEAD = 'sys.stdin.buffer.read(); import json; say = lambda m: sys.stdout.buffer.write(len(m).to_bytes(4, "big") + m)'
START = 'say(json.dumps({"headings": ["Vendor"], "line": 1, "below_headings": True, "faults": []}).encode())'


def program(*lines):
    return [sys.executable, "-c", "\n".join(["import os, sys, time", *lines])]


def codes(raised):
    return [problem.code for problem in raised.value.problems]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["os.abort()"], id="aborts, as a native library does when it gets no memory"),
        pytest.param(["os.kill(os.getpid(), 9)"], id="is killed"),
        pytest.param(["sys.exit(0)"], id="ends well and says nothing"),
        pytest.param([HEAD, START, "sys.stdout.flush(); os.abort()"], id="aborts in the middle of the rows"),
        pytest.param(["sys.stdout.write('Traceback' * 1000)"], id="says what is no message"),
        pytest.param([HEAD, "say(b'no JSON')"], id="says no JSON"),
        pytest.param([HEAD, "say(b'[' * 100_000)"], id="says bottomless JSON"),
        pytest.param(["sys.stdout.buffer.write(bytes([255]) * 4 + b'x')"], id="claims to say four thousand megabytes"),
    ],
)
def test_a_process_that_ends_badly_is_one_file_refused(lines, monkeypatch, caplog):
    monkeypatch.setattr(sandbox, "PROGRAM", program(*lines))
    with caplog.at_level(logging.WARNING), pytest.raises(DocumentProblems) as raised:
        FORMATS_BY_CODE["csv"]().read(TABLE)
    assert codes(raised) == ["reading_failed"]
    assert "a file (csv) could not be read" in caplog.text
    monkeypatch.undo()
    assert len(FORMATS_BY_CODE["csv"]().read(TABLE).rows) == 1


def test_a_process_that_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(sandbox, "PROGRAM", program("time.sleep(60)"))
    monkeypatch.setattr(sandbox, "SECONDS", 0.2)
    with pytest.raises(DocumentProblems) as raised:
        FORMATS_BY_CODE["csv"]().read(TABLE * 100_000)
    assert codes(raised) == ["reading_failed"]


def test_it_says_no_more_than_it_may(monkeypatch):
    monkeypatch.setattr(sandbox, "MOST_OUTPUT", 200)
    with pytest.raises(DocumentProblems) as raised:
        FORMATS_BY_CODE["csv"]().read(TABLE + b"".join(b"Apsis,p%d,d,SE,g\r\n" % n for n in range(2000)))
    assert codes(raised) == ["reading_failed"]


BOUND = "from registry.files.sandbox_process import limit_resources; limit_resources(300 * 1024**2, 1)"
END = 'say(json.dumps({"end": True}).encode())'
TOO_MUCH = {
    "memory": "bytearray(10**9)",
    "a file": "import tempfile; file = tempfile.TemporaryFile(); file.write(b'x' * 10**6); file.flush()",
    "time": "while True: pass",
}


@pytest.mark.parametrize("line", TOO_MUCH.values(), ids=TOO_MUCH)
def test_the_process_bounds_itself(line, monkeypatch):
    """Long before it would be ended from outside."""
    monkeypatch.setattr(sandbox, "PROGRAM", program(BOUND, line, HEAD, START, END))
    with pytest.raises(DocumentProblems) as raised:
        FORMATS_BY_CODE["csv"]().read(TABLE)
    assert codes(raised) == ["reading_failed"]


@pytest.mark.parametrize("name", ["memory", "a file"])
def test_without_bounds_it_would_come_to_its_end(name, monkeypatch):
    monkeypatch.setattr(sandbox, "PROGRAM", program(TOO_MUCH[name], HEAD, START, END))
    with sandbox.read_in_sandbox("csv", TABLE) as (table, _marks):
        assert list(table.rows) == []


def test_what_the_settings_say_of_memory_holds(monkeypatch):
    monkeypatch.setattr(sandbox, "MEMORY", 60 * 1024 * 1024)
    with pytest.raises(DocumentProblems) as raised:
        FORMATS_BY_CODE["json"]().read(b"[" + b'{"Vendor": "' + b"x" * 90_000_000 + b'"}]')
    assert codes(raised) == ["reading_failed"]


def test_a_reader_that_stumbles_is_a_file_refused_and_the_log_tells_over_what(monkeypatch):
    monkeypatch.setattr(table, "MOST_ROWS", 1)  # which the question sets
    said = list(answer_messages({"format": "no such", "headings": [], "most_rows": 1}, io.BytesIO(b"")))
    assert said == [{"failed": "KeyError: 'no such'"}]


def test_no_more_files_are_read_at_a_time_than_may(monkeypatch):
    monkeypatch.setattr(sandbox, "PATIENCE", 0)
    with (
        sandbox.read_in_sandbox("csv", TABLE),
        sandbox.read_in_sandbox("csv", TABLE),
        pytest.raises(DocumentProblems) as raised,
    ):
        FORMATS_BY_CODE["csv"]().read(TABLE)
    assert codes(raised) == ["readers_are_busy"]
    assert len(FORMATS_BY_CODE["csv"]().read(TABLE).rows) == 1


def test_where_no_process_can_be_started_it_is_said_that_nothing_was_read(monkeypatch):
    monkeypatch.setattr(sandbox, "PROGRAM", ["/no/such/program"])
    with pytest.raises(DocumentProblems) as raised:
        FORMATS_BY_CODE["csv"]().read(TABLE)
    assert codes(raised) == ["readers_are_busy"]


def test_the_reading_process_knows_nothing_of_the_register(monkeypatch):
    """Neither the settings nor the secrets of the server are within its reach, and it cannot write a file."""
    monkeypatch.setenv("SECRET_KEY", "known to nobody")
    with sandbox.running_process({}, b"") as process:
        environment = Path(f"/proc/{process.pid}/environ")
        assert not environment.exists() or b"SECRET_KEY" not in environment.read_bytes()


@pytest.mark.parametrize("code", sorted(FORMATS_BY_CODE))
def test_what_comes_through_the_door_is_what_was_read(code):
    from tests.files import REAL, reading

    through, here = FORMATS_BY_CODE[code]().read(REAL[code]), reading(code, REAL[code])
    assert through.rows == here.rows
    assert through.document == here.document


def test_messages_keep_the_kinds_of_cells():
    from datetime import date, datetime, time

    cells = ["a\nb\ud800", 1, 1.5, True, None, date(2020, 6, 18), datetime(2020, 6, 18, 12), "$day"]  # noqa: DTZ001
    (back,) = read_messages(io.BytesIO(encode_message(cells)), 10_000)
    assert back == cells
    assert [type(cell) for cell in back] == [type(cell) for cell in cells]
    assert list(read_messages(io.BytesIO(encode_message([time(12, 30)])), 1000)) == [["12:30:00"]]
    with pytest.raises(BrokenMessage):
        list(read_messages(io.BytesIO(encode_message("x" * 100)), 50))


@pytest.mark.parametrize("name", ["e10_bad_counts.xlsx", "sxssf_empty_sst.xlsx"])
def test_a_table_of_shared_strings_that_lies_about_its_size_is_read(name):
    rows = FORMATS_BY_CODE["xlsx"]().read((CASES / name).read_bytes()).rows
    assert len(rows) == 1


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_workbook_of_the_old_format_is_read_or_refused(seed):
    """Whatever calamine does with it."""
    from tests.files import REAL

    chance, content = random.Random(seed), bytearray(REAL["xls"])  # noqa: S311 - the same damage each time
    for _number in range(20):
        content[chance.randrange(len(content))] = chance.randrange(256)
    with suppress(DocumentProblems):
        sandbox.read_grids("xls", bytes(content))
    with suppress(DocumentProblems):
        sandbox.read_grids("xls", bytes(content[: chance.randrange(len(content))]))
