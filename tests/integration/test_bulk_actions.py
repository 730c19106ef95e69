"""What is done to several vendors at once is recorded for each of them, inside one change set."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.models import ChangeSet, ProcessingActivity, Status, Transfer, User, Vendor
from tests.factories import make_mechanism
from tests.integration.pages import text_of

pytestmark = pytest.mark.django_db

LIST = reverse("admin:vendors_action")


@pytest.fixture
def chosen(imported):
    return list(Vendor.objects.all()[:3])


def act(client, action, chosen, **values):
    return client.post(LIST, {"action": action, "_selected_action": [v.pk for v in chosen], **values}, follow=True)


def changed_by_the_newest_act():
    return set(ChangeSet.objects.first().historicalvendor_rows.values_list("id", flat=True))


@pytest.mark.parametrize(
    ("action", "values", "expected", "said"),
    [
        (
            "end_selected",
            {"ended_on": "2026-11-24", "outcome": "end"},
            {"status": Status.ENDED, "ended_on": date(2026, 11, 24)},
            "ended",
        ),
        ("mark_as_reviewed", {"last_reviewed_on": "2026-11-24"}, {"last_reviewed_on": date(2026, 11, 24)}, "reviewed"),
    ],
)
def test_it_is_asked_first_and_then_recorded_for_each(admin, chosen, action, values, expected, said):
    before = ChangeSet.objects.count()
    asked = act(admin, action, chosen)
    assert all(vendor.name in text_of(asked) for vendor in chosen)
    assert ChangeSet.objects.count() == before
    hidden = {field.html_name: field.value() for field in asked.context["form"].hidden_fields()}
    done = act(admin, action, chosen, apply="1", change_reason="spring cleaning", **hidden, **values)
    assert f"3 vendors were {said}." in text_of(done)
    assert Vendor.objects.filter(**expected).count() == 3
    assert ChangeSet.objects.count() == before + 1
    assert changed_by_the_newest_act() == {vendor.pk for vendor in chosen}
    assert ChangeSet.objects.first().reason == "spring cleaning"


def test_an_owner_is_assigned_to_each(admin, chosen):
    owner = User.objects.get(username="admin")
    act(admin, "assign_owner", chosen, apply="1", owner=owner.pk)
    assert Vendor.objects.filter(owner=owner).count() == 3
    assert changed_by_the_newest_act() == {vendor.pk for vendor in chosen}


def test_deleting_several_is_recorded_for_each_with_the_reason(admin, chosen):
    act(admin, "delete_selected", chosen, post="yes", change_reason="entered twice")
    assert not Vendor.objects.filter(pk__in=[vendor.pk for vendor in chosen]).exists()
    newest = ChangeSet.objects.first()
    assert newest.reason == "entered twice"
    assert newest.historicalvendor_rows.filter(history_type="-").count() == 3
    assert newest.historicalprocessingactivity_rows.filter(history_type="-").count() == 3


def test_what_the_register_does_not_allow_for_one_is_done_for_none(admin, chosen, recording):
    with recording():
        chosen[0].started_on = date(2026, 1, 1)
        chosen[0].save()
    page = act(admin, "end_selected", chosen, apply="1", ended_on="2025-01-01", outcome="end")
    assert "cannot end before it starts" in text_of(page)
    assert not Vendor.objects.filter(status=Status.ENDED).exists()


@pytest.mark.parametrize("action", ["end_selected", "assign_owner", "mark_as_reviewed", "delete_selected"])
def test_who_may_only_look_may_not_do_it(sign_in, chosen, action):
    client = sign_in("view_vendor")
    before = ChangeSet.objects.count()
    act(client, action, chosen, apply="1", post="yes", ended_on="2026-11-24", last_reviewed_on="2026-11-24", owner="1")
    assert ChangeSet.objects.count() == before
    assert Vendor.objects.filter(status=Status.ACTIVE, owner=None, last_reviewed_on=None).count() == 37


class TestTheNumberOfQueries:
    """It is the same for 2 and for 60 vendors, each with an activity and a transfer."""

    @pytest.fixture
    def vendors(self, recording):
        def make(count, name):
            with recording():
                mechanism = make_mechanism(code=name, label=name)
                made = Vendor.objects.bulk_create(Vendor(name=f"{name} {number}") for number in range(count))
                rows = ProcessingActivity.objects.bulk_create(
                    ProcessingActivity(vendor=vendor, purpose="P", country="US") for vendor in made
                )
                Transfer.objects.bulk_create(Transfer(activity=row, mechanism=mechanism) for row in rows)
            return made

        return make

    @pytest.mark.parametrize(
        ("action", "values"),
        [
            ("end_selected", {"apply": "1", "ended_on": "2026-11-24", "outcome": "end"}),
            ("mark_as_reviewed", {"apply": "1", "last_reviewed_on": "2026-11-24"}),
            ("delete_selected", {"post": "yes"}),
        ],
    )
    def test_does_not_grow(self, admin, vendors, action, values):
        counted = []
        for count in (2, 60):
            chosen = vendors(count, f"{action} {count}")
            if action == "mark_as_reviewed":
                values["version"] = ChangeSet.objects.first().pk
            with CaptureQueriesContext(connection) as asked:
                act(admin, action, chosen, **values)
            counted.append(len(asked))
            assert ChangeSet.objects.first().historicalvendor_rows.count() == count
        assert counted[0] == counted[1], counted

    def test_does_not_grow_where_it_is_refused(self, admin, vendors, recording):
        counted = []
        for count in (2, 60):
            chosen = vendors(count, f"Refused {count}")
            with recording():
                for vendor in chosen:
                    vendor.started_on = date(2026, 1, 1)
                Vendor.objects.bulk_update(chosen, ["started_on"])
            with CaptureQueriesContext(connection) as asked:
                page = act(admin, "end_selected", chosen, apply="1", ended_on="2025-01-01", outcome="end")
            counted.append(len(asked))
            assert text_of(page).count("cannot end before it starts") == count
        assert counted[0] == counted[1], counted
