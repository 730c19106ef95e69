"""The admin as people use it, through real requests."""

import re

import pytest
from django.contrib.admin import site
from django.urls import reverse

from registry.history.ownership import tracked_models
from registry.models import (
    ChangeSet,
    LegalBasis,
    ProcessingActivity,
    Transfer,
    TransferMechanism,
    Vendor,
)
from tests.factories import make_activity, make_agreement, make_legal_basis, make_mechanism, make_transfer, make_vendor
from tests.integration.pages import form_data, text_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("forms and pages, which Django makes of any database")]

#: The lists in place of a change list of the admin.
LISTS = ("vendors", "register")


@pytest.fixture
def maxmind(imported):
    return ProcessingActivity.objects.get(vendor__name="MaxMind INC.")


class TestEditing:
    def test_an_edit_has_its_reason_in_the_history(self, admin, activity):
        page = admin.get(url("processingactivity_change", activity.pk))
        response = admin.post(
            url("processingactivity_change", activity.pk),
            form_data(page, personal_data="Namn, adress", change_reason="Asked by the DPO"),
        )
        assert response.status_code == 302
        newest = ProcessingActivity.history.order_by("-history_id").first()
        assert (newest.personal_data, newest.user_name) == ("Namn, adress", "admin")
        assert newest.change_set.reason == newest.history_change_reason == "Asked by the DPO"

    def test_a_form_saved_unchanged_writes_nothing_and_says_so(self, admin, maxmind):
        before = ChangeSet.objects.count()
        address = url("processingactivity_change", maxmind.pk)
        response = admin.post(address, form_data(admin.get(address)), follow=True)
        assert "Nothing was changed" in text_of(response)
        assert ChangeSet.objects.count() == before

    def test_a_vendor_with_its_activities_is_one_change_set(self, admin, imported):
        vendor = Vendor.objects.get(name="Tucows Domains Inc.")
        before = ChangeSet.objects.count()
        address = url("vendor_change", vendor.pk)
        response = admin.post(
            address,
            form_data(admin.get(address), legal_name="Tucows", **{"activities-0-country": "US"}),
        )
        assert response.status_code == 302
        assert ChangeSet.objects.count() == before + 1
        assert ChangeSet.objects.first().historicalvendor_rows.count() == 1
        assert ChangeSet.objects.first().historicalprocessingactivity_rows.count() == 1

    def test_a_new_activity_stands_last_in_the_document(self, admin, imported):
        vendor = Vendor.objects.get(name="Apsis")
        address = url("processingactivity_add")
        response = admin.post(
            address,
            form_data(admin.get(address), vendor=vendor.pk, purpose="Ny sak", country="SE"),
        )
        assert response.status_code == 302, response.context["errors"]
        assert ProcessingActivity.objects.as_document().last().purpose == "Ny sak"

    @pytest.mark.both_databases
    def test_the_same_purpose_twice_for_a_vendor_is_refused(self, admin, imported):
        vendor = Vendor.objects.get(name="Apsis")
        address = url("processingactivity_add")
        purpose = vendor.activities.get().purpose.upper()
        response = admin.post(address, form_data(admin.get(address), vendor=vendor.pk, purpose=purpose, country="SE"))
        assert "This vendor already has an activity with this purpose." in text_of(response)

    def test_a_vendor_name_that_is_taken_is_refused(self, admin, imported):
        address = url("vendor_add")
        response = admin.post(address, form_data(admin.get(address), name=" APSIS "))
        assert "A vendor with this name is already in the register." in text_of(response)

    def test_an_unprintable_character_is_refused_by_name(self, admin, activity):
        address = url("processingactivity_change", activity.pk)
        response = admin.post(address, form_data(admin.get(address), notes="a\x01b"))
        assert "U+0001" in text_of(response)

    def test_deleting_keeps_the_history_and_the_reason(self, admin, activity):
        response = admin.post(
            url("vendor_delete", activity.vendor_id), {"post": "yes", "change_reason": "entered by mistake"}
        )
        assert response.status_code == 302
        assert not Vendor.objects.exists()
        assert ChangeSet.objects.first().reason == "entered by mistake"
        history = text_of(admin.get(url("processingactivity_history", activity.pk)))
        assert "entered by mistake" in history
        assert "This entry has been deleted" in history

    def test_a_request_that_fails_leaves_nothing_behind(self, admin, activity, monkeypatch):
        def fail(*args, **kwargs):
            raise ZeroDivisionError

        monkeypatch.setattr("registry.web.admin.activities.ActivityAdmin.response_change", fail)
        before = ChangeSet.objects.count()
        address = url("processingactivity_change", activity.pk)
        admin.raise_request_exception = False
        assert admin.post(address, form_data(admin.get(address), notes="x")).status_code == 500
        assert ChangeSet.objects.count() == before
        assert ProcessingActivity.objects.get(pk=activity.pk).notes == ""


class TestHistory:
    def test_it_shows_who_when_why_and_what_with_removed_and_added_transfers(self, admin, maxmind):
        other = TransferMechanism.objects.exclude(code="privacy_shield").first()
        address = url("processingactivity_change", maxmind.pk)
        data = form_data(
            admin.get(address),
            change_reason="Schrems II",
            personal_data="Endast IP-adress",
            **{"transfers-0-DELETE": "on"},
        )
        assert admin.post(address, data).status_code == 302
        history = admin.get(url("processingactivity_history", maxmind.pk))
        newest = text_of(history).split("Reason")[0]
        for words in ("admin", "Schrems II", "deleted", "Privacy Shield", "Endast IP-adress", "Personal data"):
            assert words in newest
        assert "first import" in text_of(history)
        assert other is None

    def test_it_names_entries_as_they_were_called_then(self, admin, maxmind, recording):
        with recording("renamed"):
            mechanism = TransferMechanism.objects.get(code="privacy_shield")
            mechanism.label = "Skölden"
            mechanism.save()
        history = text_of(admin.get(url("processingactivity_history", maxmind.pk)))
        assert "Privacy Shield" in history
        assert "Skölden" not in history

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    @pytest.mark.parametrize("superuser", [True, False])
    def test_a_version_can_be_looked_at_and_never_written(self, sign_in, activity, method, superuser):
        client = sign_in("view_processingactivity", superuser=superuser)
        version = activity.history.get()
        address = url("processingactivity_simple_history", activity.pk, version.history_id)
        assert "Fakturering" in text_of(client.get(address))
        response = getattr(client, method)(
            address, {"purpose": "overwritten", "country": "US", "vendor": activity.vendor_id}
        )
        assert response.status_code == 405
        assert ProcessingActivity.objects.get().purpose == "Fakturering"

    def test_what_belongs_to_an_entry_is_shown_only_to_who_may_look_at_it(self, sign_in, imported):
        vendor = Vendor.objects.get(name="MaxMind INC.")
        address = url("vendor_history", vendor.pk)
        assert "Privacy Shield" not in text_of(sign_in("view_vendor", name="eva").get(address))
        client = sign_in("view_vendor", "view_processingactivity", "view_transfer", name="olle")
        assert "Privacy Shield" in text_of(client.get(address))

    def test_it_asks_for_the_right_to_look(self, sign_in, activity):
        client = sign_in("view_vendor")
        version = activity.history.get()
        assert client.get(url("processingactivity_history", activity.pk)).status_code == 403
        assert client.get(url("processingactivity_simple_history", activity.pk, version.history_id)).status_code == 403

    @pytest.mark.parametrize("key", ["0", "x", "99999999999999999999"])
    def test_what_never_was_is_not_found(self, admin, activity, key):
        assert admin.get(url("processingactivity_history", key)).status_code == 404


class TestEveryModel:
    @pytest.mark.parametrize("model", tracked_models(), ids=lambda model: model.__name__)
    def test_it_has_an_admin_with_reason_and_history(self, admin, imported, model):
        assert model in site._registry
        entry = model.objects.first()
        if entry is None:
            return
        name = model._meta.model_name
        page = admin.get(url(f"{name}_change", entry.pk))
        assert "change_reason" in page.context["adminform"].form.fields
        assert admin.get(url(f"{name}_history", entry.pk)).status_code == 200
        assert admin.get(url(f"{name}_changelist"), follow=True).status_code == 200

    @pytest.mark.parametrize("model", tracked_models(), ids=lambda model: model.__name__)
    def test_who_may_only_look_sees_it_and_cannot_post(self, sign_in, imported, model):
        name = model._meta.model_name
        client = sign_in(f"view_{name}")
        entry = model.objects.first()
        if entry is None:
            return
        before = ChangeSet.objects.count()
        assert client.get(url(f"{name}_change", entry.pk)).status_code == 200
        assert client.post(url(f"{name}_change", entry.pk), {"name": "x"}).status_code == 403
        assert client.post(url(f"{name}_delete", entry.pk), {"post": "yes"}).status_code == 403
        assert client.post(url(f"{name}_add"), {"name": "x"}).status_code == 403
        assert ChangeSet.objects.count() == before

    def test_users_cannot_be_deleted(self, admin, make_user):
        eva = make_user()
        assert admin.post(url("user_delete", eva.pk), {"post": "yes"}).status_code == 403

    def test_who_is_not_signed_in_is_sent_to_the_sign_in(self, client, activity):
        response = client.post(url("processingactivity_change", activity.pk), {"purpose": "x"})
        assert response.status_code == 302
        assert "/login/" in response["location"]


@pytest.mark.both_databases
class TestLists:
    def test_the_activity_list_reads_like_the_document(self, admin, imported, original):
        page = text_of(admin.get(reverse("admin:register")))
        for row in original.decode().splitlines():
            cells = row.split("\t")
            if len(cells) == 5 and cells[0] != "Leverantör":
                for cell in cells:
                    assert cell.replace("&", "&amp;") in page

    def test_the_vendor_list_counts_and_says_who_changed_it_last(self, admin, imported):
        vendor = Vendor.objects.get(name="Tucows Domains Inc.")
        address = url("processingactivity_change", vendor.activities.first().pk)
        admin.post(address, form_data(admin.get(address), notes="x"))
        page = admin.get(reverse("admin:vendors") + "?text=tucows")
        assert re.search(r"Tucows Domains Inc\. active not assessed 2 CA .* admin", text_of(page))

    @pytest.mark.parametrize(
        "name",
        ["vendors", "register", "agreement", "legalbasis", "transfermechanism", "transfer", "changeset"],
    )
    def test_queries_do_not_grow_with_the_rows(self, admin, recording, django_assert_num_queries, name):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        def queries():
            with CaptureQueriesContext(connection) as caught:
                address = reverse(f"admin:{name}") if name in LISTS else url(f"{name}_changelist")
                assert admin.get(address).status_code == 200
            return len(caught)

        make_rows(recording, 12)  # of acts with more than ten rows the change log asks once where to stop
        queries()  # fills the caches of a process
        make_rows(recording, 12, start=12)
        twelve = queries()
        make_rows(recording, 20, start=24)
        assert queries() == twelve

    @pytest.mark.parametrize("name", ["vendor", "processingactivity"])
    def test_queries_of_a_history_do_not_grow_with_it(self, admin, recording, name):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        make_rows(recording, 1)
        activity = ProcessingActivity.objects.get()
        key = activity.vendor_id if name == "vendor" else activity.pk

        def queries(changes):
            for number in range(changes):
                with recording(f"change {number}"):
                    activity.notes = f"{activity.notes}{number}"
                    activity.save()
                    basis = make_legal_basis(label=f"{LegalBasis.objects.count()} x")
                    activity.legal_basis = basis
                    activity.save()
                    Transfer.objects.filter(activity=activity).update_or_create(
                        activity=activity,
                        mechanism=TransferMechanism.objects.first(),
                        defaults={"position": number + 5},
                    )
            with CaptureQueriesContext(connection) as caught:
                assert admin.get(url(f"{name}_history", key)).status_code == 200
            return len(caught)

        queries(1)
        assert queries(2) == queries(20)


def make_rows(recording, count, start=0):

    with recording("rows"):
        basis, _ = LegalBasis.objects.get_or_create(label="Avtal")
        for number in range(start, start + count):
            make_legal_basis(label=f"Grund {number}")
            mechanism = make_mechanism(code=f"m{number}", label=f"Mekanism {number}")
            vendor = make_vendor(name=f"Leverantör {number}")
            make_agreement(vendor=vendor, kind="processing")
            activity = make_activity(vendor=vendor, purpose=f"Syfte {number}", country="US", legal_basis=basis)
            make_transfer(activity=activity, mechanism=mechanism)
    if count > 2:
        for number in range(count):
            with recording(f"act {number}"):
                make_vendor(name=f"Akt {start + number}")
