"""An activity that moves to a country without need of its mechanisms asks what becomes of them."""

import re

import pytest

from registry.models import ChangeSet, Transfer
from tests.factories import make_activity, make_mechanism, make_transfer
from tests.integration.pages import form_data, text_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what a form asks")]


@pytest.fixture
def activity(recording):
    with recording():
        activity = make_activity(country="US")
        clauses = make_mechanism(code="scc_2021_m2", label="Modul 2", kind="standard_clauses")
        make_transfer(activity=activity, mechanism=clauses)
        make_transfer(activity=activity, mechanism=clauses, country="IN", position=1)
    return activity


def save(client, activity, page=None, **typed):
    address = url("processingactivity_change", activity.pk)
    return client.post(address, form_data(page or client.get(address), **{"change_reason": "x", **typed}))


def country_of(activity):
    activity.refresh_from_db()
    return activity.country


def test_it_is_asked_and_nothing_is_saved(admin, activity):
    before = ChangeSet.objects.count()
    page = save(admin, activity, country="SE")
    assert page.status_code == 200
    assert "these are not needed: Modul 2. Choose what becomes of them" in text_of(page)
    assert 'href="#id_not_needed"' in page.content.decode()
    assert 'id="id_not_needed"' in page.content.decode()
    radios = re.findall(r'<input type="radio" name="not_needed"[^>]*>', page.content.decode())
    assert len(radios) == 2
    assert not any("checked" in each for each in radios)
    assert (ChangeSet.objects.count(), country_of(activity)) == (before, "US")


def test_it_is_asked_until_it_is_answered(admin, activity):
    page = save(admin, activity, country="SE")
    assert save(admin, activity, page).status_code == 200
    assert country_of(activity) == "US"


def test_they_are_removed_in_the_same_change_set(admin, activity):
    page = save(admin, activity, country="SE")
    assert save(admin, activity, page, not_needed="remove").status_code == 302
    assert country_of(activity) == "SE"
    assert [each.country for each in Transfer.objects.all()] == ["IN"]
    removed = Transfer.history.filter(history_type="-").get()
    assert removed.change_set == activity.history.first().change_set


def test_they_are_kept(admin, activity):
    page = save(admin, activity, country="SE")
    assert save(admin, activity, page, not_needed="keep").status_code == 302
    assert country_of(activity) == "SE"
    assert Transfer.objects.count() == 2


def test_the_reason_is_asked_for_at_the_same_time(admin, activity):
    page = save(admin, activity, country="SE", change_reason="", reason_asked="no")
    assert "confirm again to save without a reason" in text_of(page)
    assert "Choose what becomes of them" in text_of(page)
    assert save(admin, activity, page, change_reason="", reason_asked="yes", not_needed="keep").status_code == 302


@pytest.mark.parametrize("typed", [{"country": "IN"}, {"notes": "x"}, {"country": "SE", "transfers-0-DELETE": "on"}])
def test_nothing_is_asked_where_none_becomes_needless(admin, activity, typed):
    assert save(admin, activity, **typed).status_code == 302


def test_what_was_needless_before_is_left_to_its_finding(admin, recording):
    with recording():
        activity = make_activity(country="SE")
        make_transfer(activity=activity)
    assert save(admin, activity, country="DK").status_code == 302
    assert Transfer.objects.exists()


def test_an_answer_without_a_move_removes_nothing(admin, activity):
    assert save(admin, activity, notes="x", not_needed="remove").status_code == 302
    assert Transfer.objects.count() == 2


def test_who_may_not_remove_transfers_is_not_asked(sign_in, activity):
    rights = ("view_processingactivity", "change_processingactivity", "view_transfer", "change_transfer")
    client = sign_in(*rights, "view_vendor", "view_transfermechanism", "view_legalbasis")
    assert save(client, activity, country="SE", not_needed="remove").status_code == 302
    assert Transfer.objects.count() == 2
