"""What release 1.0.0 said of a day, where it differs from today's reference data."""

from datetime import date

import pytest

from registry.law.release_1_0_0 import LawThen
from registry.law.verdicts import Verdict


@pytest.mark.parametrize(
    ("country", "on", "verdict"),
    [
        pytest.param("GB", date(2021, 6, 30), Verdict.NO_TRANSFER, id="the last day of the bridge as it was given"),
        pytest.param("GB", date(2021, 7, 1), Verdict.NOT_COVERED, id="the day after"),
        pytest.param("NO", date(2018, 7, 20), Verdict.NO_TRANSFER, id="the first day of the EEA as it was given"),
        pytest.param("NO", date(2018, 7, 19), Verdict.NEEDS_CHECK, id="the day before, of which nothing was given"),
        pytest.param("SE", date(2018, 5, 25), Verdict.NO_TRANSFER, id="the EU"),
    ],
)
def test_free_flow_as_it_was_given(country: str, on: date, verdict: Verdict) -> None:
    assert LawThen(on, []).verdict_without_evidence(country).verdict == verdict
