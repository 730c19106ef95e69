"""What was typed when a session ended comes back to whom it was made for, unsaved, and to nobody else."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registry.history import typed_forms
from registry.history.typed_forms import PERSON_FIELD, TypedForm
from registry.models import Agreement, ChangeSet, ProcessingActivity, User, Vendor
from tests.integration.beginnings import browser, session_of
from tests.integration.pages import form_data, text_of, token, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("forms and sessions")]


@pytest.fixture
def eva(sign_in):
    return sign_in(name="eva", superuser=True)


@pytest.fixture
def olle(sign_in):
    return sign_in(name="olle", superuser=True)


@pytest.fixture
def address(activity):
    return url("processingactivity_change", activity.pk)


def end_sessions():
    Session.objects.all().delete()


def again(name="eva"):
    return browser(session_of(User.objects.get(username=name)))


def send(client, address, page, **changes):
    return client.post(address, {**form_data(page, **changes), PERSON_FIELD: token(page)})


def way_back(client, sent):
    """The address to which the sign-in leads, and what its page says."""
    assert sent.status_code == 302
    page = client.get(sent["location"])
    return page.context["next"], text_of(page)


class TestAForm:
    def test_comes_back_as_it_was_typed_and_unsaved(self, eva, address):
        page = eva.get(address)
        end_sessions()
        acts = ChangeSet.objects.exclude(source__startswith="sign")
        before = acts.count()
        back, said = way_back(eva, send(eva, address, page, notes="Typed", change_reason="Because"))
        assert "nothing of this was saved" in said
        assert "What you typed comes back" in said
        assert ProcessingActivity.objects.get().notes == ""
        shown = again().get(back)
        form = shown.context["adminform"].form
        assert (form["notes"].value(), form["change_reason"].value()) == ("Typed", "Because")
        assert [problem.label for problem in shown.context["problems"]] == [""]
        assert "Your session had ended. This is what you typed: look at it and save it." in text_of(shown)
        assert ProcessingActivity.objects.get().notes == ""
        assert acts.count() == before

    def test_is_saved_from_there_and_then_forgotten(self, eva, address):
        page = eva.get(address)
        end_sessions()
        back, _said = way_back(eva, send(eva, address, page, notes="Typed", change_reason="Because"))
        client = again()
        assert send(client, back, client.get(back)).status_code == 302
        assert ProcessingActivity.objects.get().notes == "Typed"
        assert ChangeSet.objects.filter(source="admin").first().reason == "Because"
        assert not TypedForm.objects.exists()

    def test_shows_what_others_changed_meanwhile(self, eva, olle, address):
        page = eva.get(address)
        send(olle, address, olle.get(address), personal_data="Olles text")
        end_sessions()
        back, _said = way_back(eva, send(eva, address, page, personal_data="Evas text"))
        shown = again().get(back)
        assert "from “Namn” to “Olles text” (olle," in text_of(shown)
        assert shown.context["adminform"].form["personal_data"].value() == "Evas text"
        assert ProcessingActivity.objects.get().personal_data == "Olles text"

    def test_comes_back_even_where_the_way_back_leads_to_the_sign_in_once_more(self, eva, address):
        page = eva.get(address)
        end_sessions()
        back, _said = way_back(eva, send(eva, address, page, notes="Typed"))
        once_more = eva.get(eva.get(back)["location"]).context["next"]
        assert once_more == back
        assert again().get(once_more).context["adminform"].form["notes"].value() == "Typed"

    def test_of_a_new_entry_too(self, eva, activity):
        address = url("agreement_add")
        page = eva.get(address)
        end_sessions()
        back, _said = way_back(eva, send(eva, address, page, vendor=activity.vendor_id, reference="A7"))
        assert again().get(back).context["adminform"].form["reference"].value() == "A7"
        assert not Agreement.objects.exists()

    def test_of_an_action_comes_back_with_what_was_chosen(self, eva, activity):
        address = reverse("admin:vendors_action")
        data = {"action": "end_selected", "_selected_action": [activity.vendor_id]}
        page = eva.post(address, data)
        end_sessions()
        sent = {**data, "apply": "1", "ended_on": "2026-01-02", "change_reason": "Over", PERSON_FIELD: token(page)}
        back, _said = way_back(eva, eva.post(address, sent))
        shown = again().get(back)
        assert shown.context["form"]["ended_on"].value() == "2026-01-02"
        assert list(shown.context["entries"]) == [activity.vendor]
        assert Vendor.objects.get().ended_on is None

    @pytest.mark.parametrize("what", ["vendor_delete", "changeset_undo", "selected"])
    def test_that_confirms_something_comes_back_unconfirmed_with_its_reason(self, eva, activity, recording, what):
        with recording("another"):
            vendor = Vendor(name="Ensam AB")
            vendor.save()
        selected = {"action": "delete_selected", "_selected_action": [vendor.pk]}
        if what == "selected":
            address = reverse("admin:vendors_action")
            page = eva.post(address, selected)
        else:
            address = url(what, vendor.pk if what == "vendor_delete" else ChangeSet.objects.first().pk)
            page, selected = eva.get(address), {}
        end_sessions()
        sent = {**selected, "post": "yes", "change_reason": "Twice", PERSON_FIELD: token(page)}
        back, _said = way_back(eva, eva.post(address, sent))
        assert ">Twice</textarea>" in again().get(back).content.decode()
        assert Vendor.objects.filter(pk=vendor.pk).exists()


class TestNobodyElse:
    @pytest.fixture
    def back(self, eva, address):
        page = eva.get(address)
        end_sessions()
        return way_back(eva, send(eva, address, page, notes="Evas secret"))[0]

    def test_sees_it_in_the_same_browser(self, olle, back):
        shown = again("olle").get(back)
        assert "Evas secret" not in shown.content.decode()
        assert "belongs to another user" in text_of(shown)

    def test_has_it_in_their_browser(self, eva, address):
        page = eva.get(address)
        end_sessions()
        sent = send(eva, address, page, notes="Evas secret")
        assert "secret" not in str(sent.headers) + str(sent.cookies) + eva.get(sent["location"]).content.decode()

    def test_keeps_a_form_for_them_without_their_token(self, eva, olle, address):
        page = eva.get(address)
        end_sessions()
        data = form_data(page, notes="x")
        for forged in ("", "1", f"{User.objects.get(username='olle').pk}:1:x", token(page)[1:]):
            sent = eva.post(address, {**data, PERSON_FIELD: forged})
            assert "What you typed comes back" not in way_back(eva, sent)[1]
        assert not TypedForm.objects.exists()

    def test_finds_it_after_an_hour(self, back):
        TypedForm.objects.update(created_at=timezone.now() - timedelta(hours=1, seconds=1))
        assert "Evas secret" not in again().get(back).content.decode()

    def test_sees_it_at_another_page(self, back, recording, activity):
        key = back.partition("typed=")[2]
        page = again().get(url("vendor_change", activity.vendor_id) + f"?typed={key}")
        assert "Evas secret" not in page.content.decode()


def test_only_so_many_are_kept_and_none_that_is_too_long(eva, address, monkeypatch):
    page = eva.get(address)
    end_sessions()
    monkeypatch.setattr(typed_forms, "MOST_KEPT", 2)
    for number in range(3):
        send(eva, address, page, notes=f"n{number}")
    assert [form.fields["notes"] for form in TypedForm.objects.order_by("pk")] == ["n1", "n2"]
    monkeypatch.setattr(typed_forms, "LONGEST", 10)
    _back, said = way_back(eva, send(eva, address, page, notes="n3"))
    assert "do it once more" in said
    assert TypedForm.objects.count() == 2


def test_what_a_script_fetches_is_not_kept(eva, address):
    page = eva.get(address)
    end_sessions()
    data = {**form_data(page), PERSON_FIELD: token(page)}
    eva.post(address, data, headers={"sec-fetch-mode": "cors"})
    assert not TypedForm.objects.exists()


def test_a_file_has_to_be_chosen_again_and_the_page_says_so(eva, activity, tmp_path):
    (tmp_path / "x.csv").write_text("x")
    end_sessions()
    with (tmp_path / "x.csv").open("rb") as file:
        sent = eva.post(url("processingactivity_import"), {"import_file": file, "format": ""})
    assert "The file was not kept: choose it again." in way_back(eva, sent)[1]


class TestWithoutAValidToken:
    """Of CSRF: it changes with each sign-in, so that a form of another window has an old one."""

    @pytest.fixture
    def strict(self, activity, make_user):
        user = make_user(name="eva", superuser=True)
        client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        return client

    def test_whose_session_has_ended_signs_in_and_has_it_back(self, strict, address):
        page = strict.get(address)
        end_sessions()
        back, _said = way_back(strict, send(strict, address, page, notes="Typed"))
        assert again().get(back).context["adminform"].form["notes"].value() == "Typed"

    def test_who_signed_in_again_in_another_window_has_it_at_once(self, strict, address):
        page = strict.get(address)
        sent = send(strict, address, page, notes="Typed")
        assert sent.status_code == 302
        assert strict.get(sent["location"]).context["adminform"].form["notes"].value() == "Typed"
        assert ProcessingActivity.objects.get().notes == ""

    def test_a_form_of_somebody_else_is_refused(self, strict, olle, address):
        sent = send(strict, address, olle.get(address), notes="Typed")
        assert sent.status_code == 403
        assert "Nothing of this was saved" in text_of(sent)

    def test_at_the_sign_in_says_so(self, db):
        client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
        sent = client.post(reverse("admin:login"), {"username": "eva", "password": "x"})
        assert sent.status_code == 403
        assert "Nothing of this was saved" in text_of(sent)


class TestTheWarning:
    def seconds(self, page):
        return int(re.findall(r'data-seconds="(\d+)"', page.content.decode())[0])

    def test_knows_when_the_session_ends(self, eva, settings):
        page = eva.get(reverse("admin:index"))
        assert settings.SESSION_IDLE_SECONDS - 60 <= self.seconds(page) <= settings.SESSION_IDLE_SECONDS
        assert 'data-can-stay="yes"' in page.content.decode()

    def test_and_when_staying_is_no_longer_possible(self, eva, settings):
        settings.SESSION_COOKIE_AGE = settings.SESSION_IDLE_SECONDS - 100
        page = eva.get(reverse("admin:index"))
        assert self.seconds(page) <= settings.SESSION_IDLE_SECONDS - 100
        assert 'data-can-stay="no"' in page.content.decode()

    def test_the_button_makes_the_session_longer(self, eva, settings, monkeypatch):
        import time

        now = time.time()
        later = settings.SESSION_IDLE_SECONDS - 120
        monkeypatch.setattr("registry.accounts.sessions.time.time", lambda: now + later)
        answer = eva.post(reverse("admin:stay_signed_in")).json()
        assert answer == {"seconds": settings.SESSION_IDLE_SECONDS, "canStay": True}
        monkeypatch.setattr("registry.accounts.sessions.time.time", lambda: now + later + 600)
        assert eva.get(reverse("admin:index")).status_code == 200

    def test_is_not_on_pages_without_a_session(self, db):
        assert "session-end" not in Client().get(reverse("admin:login")).content.decode()
