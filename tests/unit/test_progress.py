"""How far long work is, as a terminal shows it."""

import io

from registry.core.progress import bar, counted, tell, told_to


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_a_bar_that_is_gone_at_the_end():
    terminal = Terminal()
    with bar(terminal):
        tell("writing", 0, 2000)
        assert list(counted("reading", range(3))) == [0, 1, 2]
    drawn = terminal.getvalue()
    assert "writing      [------------------------------] 0 of 2,000" in drawn
    assert "reading" in drawn
    assert drawn.endswith("\r\x1b[K")


def test_the_bar_fills():
    terminal = Terminal()
    with bar(terminal):
        tell("writing", 0, 2000)
        terminal.truncate(0)
    with bar(terminal):
        tell("writing", 1000, 2000)
    assert "[###############---------------] 1,000 of 2,000" in terminal.getvalue()


def test_whatever_is_no_terminal_stays_quiet():
    log = io.StringIO()
    with bar(log):
        tell("writing", 1, 2)
    assert log.getvalue() == ""


def test_it_is_told_now_and_then():
    told = []
    with told_to(lambda *said: told.append(said)):
        list(counted("reading", range(1200), 1200))
    tell("reading")
    assert told == [("reading", 0, 1200), ("reading", 500, 1200), ("reading", 1000, 1200)]
