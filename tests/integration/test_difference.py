from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry.history.difference import changed_row_pairs, describe
from registry.history.ownership import tracked_models
from registry.models import ChangeSet, ProcessingActivity, Source, Vendor

pytestmark = pytest.mark.django_db
PAGE = "/admin/register/difference/"


def newest() -> int:
    return ChangeSet.objects.values_list("pk", flat=True).first() or 0


def told(first: int, second: int) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    return [
        (each.what, each.entry.name, [(change.label, change.before, change.after) for change in each.entry.fields])
        for each in describe(changed_row_pairs(tracked_models(), first, second))
    ]


@pytest.fixture
def acts(activity: ProcessingActivity, recording: Any, settings: Any) -> list[int]:
    """The states after some acts: nothing yet, an entry, renamed, renamed back, ended, a second one, deleted."""
    settings.LANGUAGE_CODE = "en"
    states = [newest() - 1, newest()]

    def act(reason: str, change: Callable[[], object]) -> None:
        with recording(reason):
            change()
        states.append(newest())

    vendor = activity.vendor

    def name(text: str) -> None:
        vendor.name = text
        vendor.save()

    def end() -> None:
        activity.status = "ended"
        activity.save()

    act("renamed", lambda: name("Nytt AB"))
    act("renamed back", lambda: name("Exempel AB"))
    act("ended", end)
    act("another", lambda: Vendor(name="Andra AB").save())
    act("deleted", lambda: Vendor.objects.get(name="Andra AB").delete())
    return states


def test_nothing_differs_from_itself_nor_from_what_was_changed_back(acts: list[int]) -> None:
    assert told(acts[1], acts[1]) == []
    assert told(acts[1], acts[3]) == []
    assert told(acts[4], acts[6]) == []


def test_what_came_went_ended_and_changed_is_told_field_by_field(acts: list[int]) -> None:
    assert [(what, name) for what, name, _fields in told(acts[0], acts[1])] == [
        ("added", "Exempel AB"),
        ("added", "Exempel AB: Fakturering"),
    ]
    assert told(acts[1], acts[2]) == [("changed", "Nytt AB", [("name", "Exempel AB", "Nytt AB")])]
    assert told(acts[3], acts[4]) == [("ended", "Exempel AB: Fakturering", [("status", "active", "ended")])]
    assert [(what, name) for what, name, _fields in told(acts[5], acts[6])] == [("deleted", "Andra AB")]


def test_what_is_deleted_reads_as_it_stood_in_the_earlier_state(acts: list[int]) -> None:
    (what, _name, fields), *_rest = told(acts[5], acts[6])
    assert (what, ("name", "Andra AB", "") in fields) == ("deleted", True)


def test_the_page_tells_it_and_its_export_is_on_record(
    admin: Client, imported: None, recording: Any, next_day: Callable[[], None]
) -> None:
    first = timezone.localdate()
    next_day()
    with recording("today"):
        vendor = Vendor.objects.first()
        vendor.name = "Omdöpt AB"
        vendor.save()
    address = f"{PAGE}?from={first}&to={first + timedelta(days=1)}"
    page = admin.get(address).content.decode()
    assert "1 entry differs" in page
    assert "Omdöpt" in page
    assert "Nothing differs" in admin.get(f"{PAGE}?from={first}&to={first}").content.decode()
    response = admin.post(address.replace("difference/", "difference/export/"))
    sheet = openpyxl.load_workbook(io.BytesIO(response.getvalue())).worksheets[0]
    assert sheet[2][0].value == "changed"
    assert ChangeSet.objects.first().source == Source.EXPORT


@pytest.mark.parametrize("query", ["from=soon", "from=2026-01-02&to=2026-01-01", "from=2020-01-01&to=2020-13-01"])
def test_what_is_no_day_is_refused(admin: Client, query: str) -> None:
    assert admin.get(f"{PAGE}?{query}").status_code == 400
    assert admin.post(f"{PAGE}export/?{query}").status_code == 400


def test_kinds_that_one_may_not_see_are_not_told(
    sign_in: Callable[..., Client], activity: ProcessingActivity, recording: Any
) -> None:
    client = sign_in("view_vendor", "view_processingactivity")
    with recording("secret"):
        activity.vendor.agreements.model(vendor=activity.vendor, kind="other", reference="hemligt avtal").save()
    page = client.get(f"{PAGE}?from=2001-01-01").content.decode()
    assert "Fakturering" in page
    assert "hemligt" not in page


def test_the_number_of_queries_does_not_depend_on_what_differs(
    admin: Client, activity: ProcessingActivity, recording: Any
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            admin.get(f"{PAGE}?from=2001-01-01")
        return len(asked)

    queries()
    before = queries()
    with recording("more"):
        for number in range(20):
            vendor = Vendor(name=f"Ny {number}")
            vendor.save()
            ProcessingActivity(vendor=vendor, purpose="Drift", country="SE").save()
    assert queries() == before
