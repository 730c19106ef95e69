"""A reason may be added to a change set afterwards: beside the first, which stays as it was, and sealed like it."""

import csv
import io

import pytest
from django.db import connection

from registry.history import triggers
from registry.history.verify import DoesNotFit, verify
from registry.models import AddedReason, ChangeSet, Source
from tests.integration.pages import text_of, url

pytestmark = pytest.mark.django_db
NOTE = "Asked for by the DPO"


@pytest.fixture
def act(activity):
    return ChangeSet.objects.get(reason="set-up of a test")


def add(client, act, note=NOTE):
    return client.post(url("changeset_note", act.pk), {"note": note}, follow=True)


def test_it_is_a_change_set_of_its_own_and_the_first_stays(admin, act):
    before = (act.reason, act.seal.digest)
    page = add(admin, act)
    assert "The note is added." in text_of(page)
    newest = ChangeSet.objects.first()
    assert (newest.source, newest.reason, newest.details) == (Source.NOTE, NOTE, {"noted": act.pk})
    act.refresh_from_db()
    assert (act.reason, act.seal.digest) == before
    verify()


def test_it_is_shown_beside_the_first(admin, act, activity):
    add(admin, act)
    for address in (
        url("changeset_change", act.pk),
        url("changeset_changelist"),
        url("vendor_history", activity.vendor_id),
    ):
        words = text_of(admin.get(address))
        assert words.index("set-up of a test") < words.rindex(NOTE), address
        assert "Added by admin" in words
    assert f"Note on change set {act.pk}" in text_of(admin.get(url("changeset_change", ChangeSet.objects.first().pk)))


def test_it_is_exported_beside_the_first(admin, act):
    add(admin, act)
    add(admin, act, "And a second one")
    file = b"".join(admin.post(url("changeset_export"), {"format": "csv"}).streaming_content).decode("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(file)) if str(act.pk) in row[:1]]
    assert rows
    assert all(any(NOTE in cell and "And a second one" in cell for cell in row) for row in rows)


def test_lists_do_not_ask_for_each(admin, act, django_assert_max_num_queries):
    from django.test.utils import CaptureQueriesContext

    counts = []
    for _ in range(2):
        add(admin, act)
        with CaptureQueriesContext(connection) as queries:
            admin.get(url("changeset_changelist"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("note", ["", "  ", "\u200b"])
def test_an_empty_one_is_none(admin, act, note):
    assert "The note is empty, so nothing was saved." in text_of(add(admin, act, note))
    assert not AddedReason.objects.exists()


@pytest.mark.parametrize(
    ("rights", "may"),
    [(("view_vendor", "change_vendor"), True), (("view_vendor",), False), (("change_agreement",), False)],
)
def test_who_may_edit_may_add_one(sign_in, act, rights, may):
    client = sign_in("view_changeset", *rights)
    assert (add(client, act).status_code == 200) is may
    assert AddedReason.objects.exists() is may
    shown = client.get(url("changeset_change", act.pk))
    assert (shown.status_code == 200 and 'name="note"' in shown.content.decode()) is may


def test_none_is_added_to_a_sign_in(admin, make_user):
    from registry.models import record

    record(user=make_user(), source=Source.SIGN_IN)
    assert add(admin, ChangeSet.objects.first()).status_code == 403


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM registry_addedreason",
        "UPDATE registry_addedreason SET about_id = change_set_id",
        "UPDATE registry_changeset SET reason = 'forged' WHERE source = 'note'",
    ],
)
def test_the_database_refuses_to_change_it_and_verification_finds_who_did(admin, act, statement):
    from django.db import DatabaseError, transaction

    add(admin, act)
    with connection.cursor() as cursor:
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(statement)
        for table in triggers.append_only_tables(connection):
            triggers.triggers_of(connection).drop(table)
        cursor.execute(statement)
    with pytest.raises(DoesNotFit, match="change set"):
        verify()
