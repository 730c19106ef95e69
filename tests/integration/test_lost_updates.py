"""A form that was opened on an older state does not overwrite a newer one."""

import threading

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registry.models import ChangeSet, ProcessingActivity, Transfer, User, Vendor, change_set
from tests.factories import make_mechanism, make_transfer
from tests.integration.pages import form_data, text_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("forms, compared in Python")]


@pytest.fixture
def eva(sign_in):
    return sign_in(name="eva", superuser=True)


@pytest.fixture
def olle(sign_in):
    return sign_in(name="olle", superuser=True)


@pytest.fixture
def address(activity):
    return url("processingactivity_change", activity.pk)


def save(client, address, page, **changes):
    return client.post(address, form_data(page, **changes))


def stored():
    return ProcessingActivity.objects.get()


def test_the_second_to_save_is_told_who_changed_what_and_keeps_what_was_typed(eva, olle, address):
    evas_page = eva.get(address)
    assert (
        save(olle, address, olle.get(address), personal_data="Olles text", notes="Olles anteckning").status_code == 302
    )
    answer = save(eva, address, evas_page, personal_data="Evas text")
    assert answer.status_code == 200
    words = text_of(answer)
    assert "changed while you had it open" in words
    assert "from “Namn” to “Olles text” (olle," in words
    assert "Taken over: Notes: from “” to “Olles anteckning” (olle," in words
    assert stored().personal_data == "Olles text"
    form = answer.context["adminform"].form
    assert (form["personal_data"].value(), form["notes"].value()) == ("Evas text", "Olles anteckning")


def test_saving_again_is_a_decision(eva, olle, address):
    evas_page = eva.get(address)
    save(olle, address, olle.get(address), personal_data="Olles text", notes="Olles anteckning")
    answer = save(eva, address, evas_page, personal_data="Evas text")
    assert save(eva, address, answer).status_code == 302
    assert (stored().personal_data, stored().notes) == ("Evas text", "Olles anteckning")


def test_a_third_change_in_between_is_told_again(eva, olle, address):
    evas_page = eva.get(address)
    save(olle, address, olle.get(address), personal_data="Olles text")
    answer = save(eva, address, evas_page, personal_data="Evas text")
    save(olle, address, olle.get(address), personal_data="Olles andra text")
    assert "Olles andra text" in text_of(save(eva, address, answer))
    assert stored().personal_data == "Olles andra text"


def test_the_same_change_twice_as_by_a_double_click_is_saved_once(eva, address):
    page = eva.get(address)
    assert save(eva, address, page, notes="x").status_code == 302
    before = ChangeSet.objects.count()
    assert save(eva, address, page, notes="x").status_code == 302
    assert ChangeSet.objects.count() == before


def test_a_form_saved_unchanged_does_not_undo_what_others_changed(eva, olle, address):
    evas_page = eva.get(address)
    save(olle, address, olle.get(address), personal_data="Olles text")
    assert save(eva, address, evas_page).status_code == 302
    assert stored().personal_data == "Olles text"


@pytest.mark.parametrize("version", ["", "0" * 32])
def test_a_post_that_does_not_say_what_it_saw_is_not_saved(eva, address, version):
    answer = save(eva, address, eva.get(address), notes="x", version=version)
    assert "This form is out of date" in text_of(answer)
    assert stored().notes == ""


def test_rows_within_a_form_know_their_state_too(eva, olle, activity):
    address = url("vendor_change", activity.vendor_id)
    evas_page = eva.get(address)
    save(olle, address, olle.get(address), **{"activities-0-personal_data": "Olles text"})
    answer = save(eva, address, evas_page, **{"activities-0-personal_data": "Evas text"})
    assert "from “Namn” to “Olles text” (olle," in text_of(answer)
    assert stored().personal_data == "Olles text"
    assert save(eva, address, answer).status_code == 302
    assert stored().personal_data == "Evas text"


def test_a_row_that_others_changed_and_i_did_not_stays_theirs(eva, olle, activity):
    address = url("vendor_change", activity.vendor_id)
    evas_page = eva.get(address)
    save(olle, address, olle.get(address), **{"activities-0-personal_data": "Olles text"})
    assert save(eva, address, evas_page, legal_name="Exempel Aktiebolag").status_code == 302
    assert stored().personal_data == "Olles text"
    assert Vendor.objects.get().legal_name == "Exempel Aktiebolag"


def test_a_row_deleted_meanwhile_is_said_and_not_brought_back(eva, olle, activity, recording):
    with recording():
        mechanism = make_mechanism(code="scc", label="SCC")
        transfer = make_transfer(activity=activity, mechanism=mechanism)
    address = url("processingactivity_change", activity.pk)
    evas_page = eva.get(address)
    with change_set(user=User.objects.get(username="olle"), source="admin"):
        transfer.delete()
    answer = save(eva, address, evas_page, **{"transfers-0-evidence_url": "https://example.com/"})
    assert "This row was deleted meanwhile" in text_of(answer)
    assert "https://example.com/" in answer.content.decode()
    assert not Transfer.objects.exists()
    assert save(eva, address, answer).status_code == 302
    assert Transfer.objects.get().evidence_url == "https://example.com/"


def test_a_row_deleted_meanwhile_in_which_i_typed_nothing_stays_deleted(eva, activity, recording):
    with recording():
        mechanism = make_mechanism(code="scc", label="SCC")
        other = make_mechanism(code="bcr", label="BCR")
        transfer = make_transfer(activity=activity, mechanism=mechanism)
        stays = make_transfer(activity=activity, mechanism=other, position=1)
    address = url("processingactivity_change", activity.pk)
    evas_page = eva.get(address)
    with recording():
        transfer.delete()
    answer = save(eva, address, evas_page, notes="x", **{"transfers-1-evidence_url": "https://example.com/"})
    assert answer.status_code == 302
    assert Transfer.objects.get() == stays
    assert Transfer.objects.get().evidence_url == "https://example.com/"


def test_an_entry_deleted_meanwhile_shows_what_was_typed_and_who_deleted_it(eva, olle, activity, address):
    evas_page = eva.get(address)
    olle.post(url("processingactivity_delete", activity.pk), {"post": "yes", "change_reason": "a mistake"})
    answer = save(eva, address, evas_page, personal_data="Evas långa text")
    assert answer.status_code == 409
    words = text_of(answer)
    assert "olle deleted this entry" in words
    assert "a mistake" in words
    assert "Evas långa text" in words
    assert not ProcessingActivity.objects.exists()


@pytest.mark.both_databases
def test_a_save_reads_each_entry_once(eva, activity, address, recording):
    with recording():
        mechanism = make_mechanism(code="scc", label="SCC")
        make_transfer(activity=activity, mechanism=mechanism)
    page = eva.get(address)
    with CaptureQueriesContext(connection) as caught:
        assert save(eva, address, page, notes="x").status_code == 302
    own = ("registry_processingactivity", "registry_transfer", "registry_vendor")
    read = [sum(f'FROM "{table}"' in query["sql"] for query in caught) for table in own]
    # Read by the form, and to see what differs; then which verdicts have lapsed, and what is judged anew.
    assert read == [5, 2, 2]
    assert sum("registry_seal" in query["sql"] for query in caught) == 2


def test_a_post_from_elsewhere_is_refused(eva, address):
    page = eva.get(address)
    eva.handler.enforce_csrf_checks = True
    assert save(eva, address, page, notes="x").status_code == 403
    assert stored().notes == ""


@pytest.mark.both_databases
def test_a_save_that_fails_in_the_database_leaves_nothing_behind(eva, activity, address, monkeypatch):
    def fail(*args):
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing")

    page, before = eva.get(address), ChangeSet.objects.count()
    monkeypatch.setattr("registry.web.admin.tracked.TrackedAdmin.response_change", fail)
    with pytest.raises(DatabaseError):
        save(eva, address, page, notes="x")
    assert (stored().notes, ChangeSet.objects.count()) == ("", before)


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_in_the_same_moment_one_is_asked(eva, activity, address):
    users = User.objects.create_superuser("one"), User.objects.create_superuser("two")
    answers = []
    together = threading.Barrier(2)

    def save_as(user):
        client = Client(headers={"accept-language": "en"})
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        data = form_data(client.get(address), personal_data=f"of {user}")
        together.wait()
        answers.append(client.post(address, data).status_code)
        connection.close()

    threads = [threading.Thread(target=save_as, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 302]
    assert ProcessingActivity.history.count() == 2
