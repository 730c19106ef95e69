"""The first page: each figure is the number of rows behind the link."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry.models import Agreement, ProcessingActivity, Vendor

pytestmark = pytest.mark.django_db


def figures(page: Any) -> list[tuple[int, str]]:
    context = page.context
    found = [*context["verdicts"], *(figure for _group, countries in context["groups"] for figure in countries)]
    found += [rule for _severity, rules in context["severities"] for rule in rules]
    return [(figure.count, figure.address) for figure in found]


def test_each_figure_is_the_number_of_rows_behind_it(admin: Client, reference: None, imported: None) -> None:
    told = figures(admin.get("/admin/"))
    assert len(told) > 15
    for count, address in told:
        page = admin.get(address)
        assert page.context["page"].paginator.count == count, address


def test_groups_and_verdicts_add_up_to_the_register(admin: Client, reference: None, imported: None) -> None:
    context = admin.get("/admin/").context
    assert sum(figure.count for figure in context["verdicts"]) == 38
    assert sum(group.count for group, _countries in context["groups"]) == 38
    assert sum(figure.count for _group, countries in context["groups"] for figure in countries) == 38


def test_what_is_due_is_counted(admin: Client, reference: None, activity: ProcessingActivity, recording: Any) -> None:
    today = timezone.localdate()
    with recording("due"):
        Agreement(vendor=activity.vendor, kind="processing", valid_until=today + timedelta(days=30)).save()
        activity.vendor.review_interval_months, activity.vendor.last_reviewed_on = 1, today - timedelta(days=90)
        activity.vendor.save()
    assert [figure.count for figure in admin.get("/admin/").context["due"]] == [1, 1, 1, 0]


def test_an_empty_register_says_what_to_do_first(admin: Client, reference: None) -> None:
    page = admin.get("/admin/").content.decode()
    assert "What to do first" in page
    assert "/admin/registry/processingactivity/import/" in page


def test_without_reference_data_it_says_that_nothing_can_be_judged(admin: Client, activity: ProcessingActivity) -> None:
    assert "sync_reference" in admin.get("/admin/").content.decode()


def test_who_may_see_nothing_is_told_nothing(sign_in: Callable[..., Client], imported: None) -> None:
    page = sign_in().get("/admin/")
    assert page.status_code == 200
    assert "verdicts" not in page.context
    assert "last_changes" not in page.context
    assert not re.search("Atlassian|first import", page.content.decode())


def test_the_menu_has_the_pages_that_one_may_open(sign_in: Callable[..., Client], admin: Client) -> None:
    def menu(client: Client) -> list[str]:
        return [address for _name, address, _here in client.get("/admin/").context["navigation"]]

    assert "/admin/register/" in menu(admin)
    assert menu(sign_in("view_changeset", name="log")) == ["/admin/", "/admin/registry/changeset/"]
    for address in menu(admin):
        assert admin.get(address).status_code == 200


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(
    admin: Client, reference: None, imported: None, recording: Any
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            admin.get("/admin/")
        return len(asked)

    def add(count: int) -> None:
        with recording("more"):
            for number in range(count):
                vendor = Vendor(name=f"Ny {count} {number}")
                vendor.save()
                ProcessingActivity(vendor=vendor, purpose="Drift", country="IN").save()

    queries()  # fills the caches of a process
    add(1)
    before = queries()
    add(20)
    assert queries() == before
    assert before < 55  # of which the last changes take two for each kind of entry, and their names
