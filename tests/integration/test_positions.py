"""Rows that keep their order keep their number."""

import pytest

from registry.files.importing.positions import positions


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([None, None], [1024, 2048], id="all new"),
        pytest.param([(10, 1), (20, 2)], [10, 20], id="all kept"),
        pytest.param([(10, 1), None, (20, 2)], [10, 15, 20], id="one between"),
        pytest.param([(10, 1), (20, 2), None], [10, 20, 1044], id="one at the end"),
        pytest.param([(30, 3), (10, 1), (20, 2)], [5, 10, 20], id="one moved to the front"),
        pytest.param([(10, 1), None, (11, 2)], [1024, 2048, 3072], id="no room: all anew"),
        pytest.param([(10, 1), (10, 2)], [10, 10], id="equal numbers, in the order of their keys"),
        pytest.param([(10, 2), (10, 1)], [5, 10], id="equal numbers, the other way round"),
    ],
)
def test_positions(places, expected):
    assert positions(places) == expected
