"""The reason for a change: asked for once where it is missing, without losing anything; a setting requires it."""

from copy import deepcopy

import pytest
from django.contrib.messages import get_messages
from django.db import transaction
from django.urls import reverse

from registry.accounts.roles import sync_roles
from registry.models import ChangeSet, ProcessingActivity, Transfer, User, Vendor
from tests.factories import make_mechanism
from tests.integration.attempts import PAGES, make_world
from tests.integration.imports import confirm, document, upload
from tests.integration.pages import form_data, text_of, token, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what forms ask")]

ASK, ONCE = {"reason_asked": "no"}, "confirm again to save without a reason"


@pytest.fixture
def address(activity):
    return url("processingactivity_change", activity.pk)


def marker(page):
    return 'name="reason_asked" value="yes"' in page.content.decode()


class TestAForm:
    def test_asks_once_and_keeps_what_was_typed(self, admin, address):
        page = admin.get(address)
        assert 'name="reason_asked" value="no"' in page.content.decode()
        before = ChangeSet.objects.count()
        asked = admin.post(address, form_data(page, notes="Typed", **ASK))
        assert asked.status_code == 200
        assert ONCE in text_of(asked)
        assert [problem.anchor for problem in asked.context["problems"]] == ["id_change_reason"]
        assert "autofocus" in str(asked.context["adminform"].form["change_reason"])
        assert asked.context["adminform"].form["notes"].value() == "Typed"
        assert ChangeSet.objects.count() == before
        assert marker(asked)
        assert admin.post(address, form_data(asked, reason_asked="yes")).status_code == 302
        assert ProcessingActivity.objects.get().notes == "Typed"
        assert ChangeSet.objects.first().reason == ""

    def test_asks_nobody_who_says_why(self, admin, address):
        data = form_data(admin.get(address), notes="Typed", change_reason="Because", **ASK)
        assert admin.post(address, data).status_code == 302

    def test_asks_nobody_who_changes_nothing(self, admin, address):
        assert admin.post(address, form_data(admin.get(address), **ASK)).status_code == 302

    def test_asks_of_what_belongs_to_it_too(self, admin, address, recording):
        with recording():
            mechanism = make_mechanism()
        row = {"mechanism": mechanism.pk, "recipient_qualifies": "unknown", "position": "0"}
        row |= {"processor_adds_data": "unknown", "importer_under_gdpr": "unknown"}
        inline = {f"transfers-0-{name}": value for name, value in row.items()} | {"transfers-TOTAL_FORMS": "1"}
        page = admin.get(address)
        assert ONCE in text_of(admin.post(address, form_data(page, **inline, **ASK)))
        assert not Transfer.objects.exists()
        assert admin.post(address, form_data(page, **inline, reason_asked="yes")).status_code == 302
        assert Transfer.objects.exists()

    def test_asks_only_where_nothing_else_is_wrong(self, admin, address):
        page = admin.post(address, form_data(admin.get(address), purpose="", **ASK))
        assert ONCE not in text_of(page)
        assert not marker(page)


def test_a_deletion_asks_once(admin, recording):
    with recording():
        vendor = Vendor(name="Ensam AB")
        vendor.save()
    address = url("vendor_delete", vendor.pk)
    asked = admin.post(address, {"post": "yes", **ASK})
    assert ONCE in text_of(asked)
    assert marker(asked)
    assert Vendor.objects.exists()
    assert admin.post(address, {"post": "yes", "reason_asked": "yes"}).status_code == 302
    assert not Vendor.objects.exists()


@pytest.mark.parametrize("action", ["end_selected", "delete_selected"])
def test_an_action_asks_once(admin, recording, action):
    with recording():
        vendor = Vendor(name="Ensam AB")
        vendor.save()
    data = {"action": action, "_selected_action": [vendor.pk], "post": "yes", "apply": "1", "ended_on": "2026-01-02"}
    asked = admin.post(reverse("admin:vendors_action"), {**data, **ASK})
    assert ONCE in text_of(asked)
    assert marker(asked)
    assert Vendor.objects.filter(ended_on=None).exists()
    assert admin.post(reverse("admin:vendors_action"), {**data, "reason_asked": "yes"}).status_code == 302
    assert not Vendor.objects.filter(ended_on=None).exists()


def test_an_import_asks_once_and_keeps_what_was_chosen(admin, imported):
    preview = admin.get(upload(admin, document("Avtal"))["location"])
    sent = confirm(admin, preview, end_missing="on", form_of=token(preview), **ASK)
    asked = admin.get(sent["location"])
    assert ONCE in text_of(asked)
    assert marker(asked)
    assert asked.context["form"]["end_missing"].value() == "on"
    assert not Vendor.objects.filter(name="Firma 1").exists()
    assert confirm(admin, asked, reason_asked="yes")["location"] == reverse("admin:register")
    assert Vendor.objects.filter(name="Firma 1").exists()


def test_undoing_asks_once(admin, activity):
    address = url("changeset_undo", ChangeSet.objects.first().pk)
    data = {"digest": admin.get(address).context["undo_plan"].digest}
    asked = admin.post(address, {**data, **ASK})
    assert ONCE in text_of(asked)
    assert marker(asked)
    assert ProcessingActivity.objects.exists()
    assert admin.post(address, {**data, "reason_asked": "yes"}).status_code == 302
    assert not ProcessingActivity.objects.exists()


@pytest.mark.uncounted("each form, by what the tests of its page try")
def test_where_it_is_required_nothing_is_changed_without_one(sign_in, settings):
    sync_roles()
    world = make_world(sign_in(name="boss", superuser=True))
    boss = User.objects.get(username="boss")
    settings.REASON_REQUIRED = True
    cookies, wrong, refused = deepcopy(world.boss.cookies), [], 0
    for name, attempts in PAGES.items():
        for attempt in attempts:
            world.boss.cookies = deepcopy(cookies)
            with transaction.atomic():
                address, data = attempt.ask(world, boss)
                if data is not None:
                    newest = ChangeSet.objects.first().pk
                    blank = {"change_reason": " ", "reason_asked": "yes"} if "change_reason" in data else {}
                    answer = world.boss.post(address, {**data, **blank})
                    made = ChangeSet.objects.filter(pk__gt=newest, reason="", source__in=["admin", "import", "undo"])
                    if any(change_set.seal.row_count for change_set in made):
                        wrong.append(f"{name}: {attempt.action}")
                    refused += "without a reason nothing is saved" in said(answer)
                transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)
    assert refused > 20


def said(answer):
    page = answer.content.decode() if not answer.streaming else ""
    return page + " ".join(map(str, get_messages(answer.wsgi_request)))
