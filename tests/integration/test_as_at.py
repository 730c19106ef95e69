"""The register as it stood: what was written after an act is not seen, in whatever way it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry.files.export import Selection
from registry.files.format_registry import DocumentFormat
from registry.findings.findings import violating_entries
from registry.findings.rules import RULES
from registry.history.snapshots import database_for_reads
from registry.history.time_travel import PastIsReadOnly, as_at, last_change_set_of
from registry.models import (
    Agreement,
    ChangeSet,
    LegalBasis,
    ProcessingActivity,
    Transfer,
    TransferMechanism,
    Vendor,
    law_on,
)

pytestmark = pytest.mark.django_db


def document() -> bytes:
    return DocumentFormat().write(Selection(ProcessingActivity.objects.all()))


def newest() -> int:
    return ChangeSet.objects.values_list("pk", flat=True).first() or 0


def acts(recording: Any) -> Iterator[None]:
    """Changes of every kind, an act at a time."""

    def last_activity() -> ProcessingActivity:
        return ProcessingActivity.objects.order_by("-position").first()  # type: ignore[return-value]

    def rename() -> None:
        vendor = last_activity().vendor
        vendor.name = "Nytt namn AB"
        vendor.save()

    def move() -> None:
        activity = ProcessingActivity.objects.order_by("position").first()
        activity.position = last_activity().position + 1
        activity.save()

    def rely() -> None:
        mechanism = TransferMechanism.objects.get(label="Privacy Shield")
        Transfer(activity=last_activity(), mechanism=mechanism, position=1).save()

    def reword() -> None:
        mechanism = TransferMechanism.objects.get(label="Privacy Shield")
        mechanism.label = "Skölden"
        mechanism.save()

    def assess() -> None:
        basis = LegalBasis.objects.first()
        basis.label = "Avtal"
        basis.save()

    def delete() -> None:
        last_activity().delete()

    def delete_vendor() -> None:
        ProcessingActivity.objects.order_by("position").first().vendor.delete()

    def add() -> None:
        vendor = Vendor(name="Tillagd AB")
        vendor.save()
        ProcessingActivity(vendor=vendor, purpose="Drift", country="SE").save()

    # Each shows in the document.
    for act in (rename, move, rely, reword, assess, delete, delete_vendor, add):
        with recording(act.__name__):
            act()
        yield


def test_each_state_is_found_again_whatever_came_after(imported: None, recording: Any) -> None:
    states = {newest(): document()}
    for _act in acts(recording):
        states[newest()] = document()
    ordered = list(states.values())
    assert [at for at in range(1, len(ordered)) if ordered[at] == ordered[at - 1]] == []
    for act, state in states.items():
        with as_at(act):
            assert document() == state
    with as_at(0):
        assert not ProcessingActivity.objects.exists()
    assert document() == states[newest()]


def test_findings_and_counts_are_of_that_state(activity: ProcessingActivity, recording: Any, reference: None) -> None:
    law = law_on(date(2026, 1, 1))
    before = {rule.code: violating_entries(rule, law).count() for rule in RULES}
    act = newest()
    with recording("assessed"):
        activity.data_subjects, activity.special_categories = "Kunder", "no"
        activity.save()
        Agreement(vendor=activity.vendor, kind="processing", signed_on=date(2020, 1, 1)).save()
    assert {rule.code: violating_entries(rule, law).count() for rule in RULES} != before
    with as_at(act):
        assert {rule.code: violating_entries(rule, law).count() for rule in RULES} == before


def test_a_mechanism_has_the_name_of_then_and_the_law_of_today(reference: None, recording: Any) -> None:
    act = newest()
    with recording():
        shield = TransferMechanism.objects.get(label="Privacy Shield")
        shield.label, shield.last_day_new, shield.valid_until = "Skölden", date(2020, 7, 14), date(2020, 7, 14)
        shield.save()
    with as_at(act):
        then = TransferMechanism.objects.get(label="Privacy Shield")
        assert (then.label, then.valid_until) == ("Privacy Shield", date(2020, 7, 14))


def test_nothing_can_be_written_in_the_past(activity: ProcessingActivity, recording: Any) -> None:
    act = newest()
    with recording("later"):
        activity.notes = "later"
        activity.save()

    def write(change: Callable[[], object]) -> None:
        with recording("into the past"), as_at(act):
            change()

    past = ProcessingActivity(pk=activity.pk, vendor=activity.vendor, purpose="x", country="SE")
    changes: list[Callable[[], object]] = [
        past.save,
        activity.delete,
        lambda: Vendor(name="Ny AB").save(),
        lambda: Vendor.objects.bulk_create([Vendor(name="Ny AB")]),
        lambda: ChangeSet.objects.create(user_name="x", source="command"),
    ]
    for change in changes:
        with pytest.raises(PastIsReadOnly):
            write(change)
    activity.refresh_from_db()
    assert (activity.notes, newest()) == ("later", act + 1)


def test_the_present_is_back_after_an_error(activity: ProcessingActivity, recording: Any) -> None:
    with pytest.raises(ZeroDivisionError), as_at(0):
        assert database_for_reads() == "default"
        assert not Vendor.objects.exists()
        1 / 0  # noqa: B018
    assert Vendor.objects.exists()
    assert database_for_reads() is None


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_ends_as_well_and_keeps_nobody_from_writing(
    activity: ProcessingActivity, recording: Any
) -> None:
    with CaptureQueriesContext(connection) as asked, as_at(0):
        assert not Vendor.objects.exists()
    assert not any("IMMEDIATE" in query["sql"] for query in asked)
    assert Vendor.objects.exists()
    with recording("after"):
        Vendor(name="Efter AB").save()
    assert Vendor.objects.count() == 2


def test_inside_a_change_set_the_act_goes_on(activity: ProcessingActivity, recording: Any) -> None:
    with recording("shows the past, then writes"):
        with as_at(0):
            assert not Vendor.objects.exists()
        Vendor(name="Efter AB").save()
    assert Vendor.objects.count() == 2


def test_no_more_queries_for_more_entries(imported: None, recording: Any) -> None:
    act = newest()

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked, as_at(act):
            list(ProcessingActivity.objects.as_document())
        return len(asked)

    with recording("one"):
        Vendor(name="Ny 1").save()
    before = queries()
    with recording("many"):
        for number in range(2, 20):
            Vendor(name=f"Ny {number}").save()
    assert queries() == before


def act_at(moment: str) -> int:
    at = timezone.make_aware(datetime.fromisoformat(moment))
    return ChangeSet.objects.create(user_name="x", source="command", created_at=at).pk


def test_a_day_ends_at_midnight_on_the_clocks_of_the_register(db: None) -> None:
    first, second = act_at("2030-03-30 23:59"), act_at("2030-03-31 00:00")
    assert last_change_set_of(date(2030, 3, 29)) < first
    assert last_change_set_of(date(2030, 3, 30)) == first
    assert last_change_set_of(date(2030, 3, 31)) == second
    assert last_change_set_of(date(2031, 1, 1)) == second


def test_where_a_clock_was_set_back_the_day_shows_the_last_act_of_the_chain_by_then(db: None) -> None:
    act_at("2030-05-02 12:00")
    late = act_at("2030-05-01 09:00")
    assert last_change_set_of(date(2030, 5, 1)) == late
    assert last_change_set_of(date(2030, 5, 2)) == late
