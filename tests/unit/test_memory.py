"""No file, however made, takes more than bounded memory: neither where it is read, nor where that was asked for.

The files are a tenth of those of ``tests.load.hostile``, and so are the limits.
"""

from pathlib import Path

import pytest

from tests.hostile import HOSTILE, SMALL, reading

#: By how many megabytes the process that asks may grow: it holds the rows up to the first one too many.
ASKING = 20


@pytest.mark.uncounted("large files: test_reading_files")
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process its own peak")
@pytest.mark.parametrize("file", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_within_bounds(file):
    done = reading(file.code, file.content(SMALL), SMALL)
    assert (done.outcome, done.read < file.small, done.asked < ASKING) == (file.problem, True, True), done
