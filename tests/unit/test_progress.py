"""How far long work is, as a terminal shows it."""

import io

from registry.core.progress import progress_bar, report_progress, reporting_to, with_progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_a_bar_that_is_gone_at_the_end():
    terminal = Terminal()
    with progress_bar(terminal):
        report_progress("writing", 0, 2000)
        assert list(with_progress("reading", range(3))) == [0, 1, 2]
    drawn = terminal.getvalue()
    assert "writing      [------------------------------] 0 of 2,000" in drawn
    assert "reading" in drawn
    assert drawn.endswith("\r\x1b[K")


def test_the_bar_fills():
    terminal = Terminal()
    with progress_bar(terminal):
        report_progress("writing", 0, 2000)
        terminal.truncate(0)
    with progress_bar(terminal):
        report_progress("writing", 1000, 2000)
    assert "[###############---------------] 1,000 of 2,000" in terminal.getvalue()


def test_whatever_is_no_terminal_stays_quiet():
    log = io.StringIO()
    with progress_bar(log):
        report_progress("writing", 1, 2)
    assert log.getvalue() == ""


def test_it_is_told_now_and_then():
    told = []
    with reporting_to(lambda *said: told.append(said)):
        list(with_progress("reading", range(1200), 1200))
    report_progress("reading")
    assert told == [("reading", 0, 1200), ("reading", 500, 1200), ("reading", 1000, 1200)]
