"""Findings of vendors: page and list say the same, and never "none" beside a red verdict."""

import re
from datetime import date

import pytest

from registry.models import Acceptance, Status, User, Vendor
from tests.factories import make_activity, make_vendor
from tests.growth import queries_of_pages
from tests.integration.pages import text_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("one set of rules, compared on its pages")]

BEFORE_THE_FRAMEWORK = "law=2020-07-16"


def panel_of(client, vendor, query=""):
    return client.get(f"{url('vendor_change', vendor.pk)}?{query}")


def counted_in_list(client, query=""):
    page = client.get(f"/admin/vendors/?column=vendor&column=finding_count&column=verdict&{query}")
    return {row.key: [cell.text for cell in row.cells] for row in page.context["rows"]}


@pytest.mark.uncounted("the page of each vendor: the other tests of it")
def test_panel_and_column_agree_for_each_vendor_of_the_original_register(admin, reference, imported):
    rows = counted_in_list(admin, BEFORE_THE_FRAMEWORK)
    assert len(rows) == 37
    red = 0
    for vendor in Vendor.objects.all():
        page = panel_of(admin, vendor, BEFORE_THE_FRAMEWORK)
        _name, count, verdict = rows[vendor.pk]
        of_vendor = page.context["of_vendor"]
        listed = [*of_vendor.own, *(each for _activity, findings in of_vendor.of_activities for each in findings)]
        assert str(of_vendor.open_count) == count, vendor
        assert len([each for each in listed if each.is_open]) == of_vendor.open_count
        said = page.content.decode()
        assert f"{count} open" in text_of(page)
        assert verdict in page.context["assessment"]
        if "verdict-not_covered" in said:
            red += 1
            assert "No findings." not in said, vendor
    assert red > 10


def test_findings_of_an_activity_lead_to_it(admin, reference):
    activity = make_activity(country="US", purpose="Support from afar")
    said = panel_of(admin, activity.vendor).content.decode()
    assert f'href="{url("processingactivity_change", activity.pk)}">Support from afar</a>' in said
    assert f'href="{url("processingactivity_change", activity.pk)}#transfers-group">Transfer not covered</a>' in said


def test_accepted_findings_are_listed_and_not_counted(admin, reference, recording):
    activity = make_activity(country="US")
    before = panel_of(admin, activity.vendor).context["of_vendor"].open_count
    with recording():
        Acceptance.objects.create(
            rule="transfer_not_covered",
            activity=activity,
            accepted_by=User.objects.get(username="admin"),
            why="Until the move",
            until=date(2099, 1, 1),
        )
    page = panel_of(admin, activity.vendor)
    assert page.context["of_vendor"].open_count == before - 1
    assert "accepted until 2099-01-01" in text_of(page)
    assert counted_in_list(admin)[activity.vendor_id][1] == str(before - 1)


def test_a_draft_that_is_not_covered_is_no_reason_to_say_that_nothing_is_found(admin, reference):
    vendor = make_vendor(status=Status.ENDED, role="separate_controller")
    make_activity(vendor=vendor, country="US", status=Status.DRAFT)
    page = panel_of(admin, vendor)
    assert page.context["of_vendor"].none
    assert "verdict-not_covered" in page.content.decode()
    assert "No findings." not in page.content.decode()
    assert "Drafts and ended activities are not checked" in text_of(page)


def test_a_vendor_with_many_activities_lists_some_and_counts_all(admin, reference):
    vendor = make_vendor()
    for _number in range(27):
        make_activity(vendor=vendor, country="US")
    page = panel_of(admin, vendor)
    assert re.search(r"2 more activities with findings", text_of(page))
    assert str(page.context["of_vendor"].open_count) == counted_in_list(admin)[vendor.pk][1]


def test_queries_do_not_grow_with_activities(admin, reference):
    few, many = make_vendor(), make_vendor()
    for vendor, number in ((few, 3), (many, 9)):
        for _number in range(number):
            make_activity(vendor=vendor, country="US")
    of_few, of_many = queries_of_pages(admin, [url("vendor_change", each.pk) for each in (few, many)])
    assert of_few == of_many
