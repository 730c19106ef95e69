"""Transfers in the forms: those without a mechanism, and what becomes of them in lists, history and undo."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from registry.history.undo import plan_undo
from registry.law.verdicts import Verdict
from registry.models import ChangeSet, ProcessingActivity, StoredVerdict, Transfer
from tests.factories import make_transfer
from tests.integration.pages import form_data, text_of, url

pytestmark = pytest.mark.django_db

SUPPORT = {
    "transfers-TOTAL_FORMS": "1",
    "transfers-0-mechanism": "",
    "transfers-0-country": "US",
    "transfers-0-recipient_qualifies": "unknown",
    "transfers-0-processor_adds_data": "unknown",
    "transfers-0-importer_under_gdpr": "unknown",
    "transfers-0-position": "0",
}


@pytest.fixture
def change_page(activity):
    return url("processingactivity_change", activity.pk)


def save(client, address, **changes):
    return client.post(address, form_data(client.get(address), **changes), follow=True)


@pytest.fixture
def support(admin, activity, change_page):
    """The data of an activity in Sweden can be read from the USA; nothing is agreed."""
    save(admin, change_page, **SUPPORT, change_reason="Read from the USA by support; nothing agreed")
    return Transfer.objects.get()


def test_access_from_another_country_is_recorded_without_a_mechanism(support, activity):
    assert (support.mechanism, support.country, support.activity) == (None, "US", activity)
    assert StoredVerdict.objects.get(pk=activity.pk).verdict == Verdict.NOT_COVERED.value


def test_the_form_judges_it_before_it_is_saved(admin, activity, change_page):
    data = form_data(admin.get(change_page), **SUPPORT)
    page = text_of(admin.post(url("processingactivity_judge"), data))
    assert "not covered" in page


def test_a_row_of_the_form_that_says_nothing_is_no_transfer(admin, activity, change_page):
    save(admin, change_page, **{**SUPPORT, "transfers-0-country": ""}, notes="More")
    assert not Transfer.objects.exists()


def test_it_is_recorded_once_for_each_country(admin, support, change_page):
    page = admin.get(change_page)
    data = form_data(page)
    again = {name.replace("-0-", "-1-"): value for name, value in SUPPORT.items()} | {"transfers-TOTAL_FORMS": "2"}
    response = admin.post(change_page, {**data, **again})
    assert Transfer.objects.count() == 1
    assert "recorded already" in text_of(response)


def test_it_has_no_wording(recording, activity):
    with pytest.raises(ValidationError):
        Transfer(activity=activity, country="US", wording="SCC").full_clean()


def test_it_is_named_in_the_history_and_can_be_undone(admin, support, activity, recording):
    history = text_of(admin.get(url("vendor_history", activity.vendor_id)))
    assert "USA" in history or "US" in history
    change_set = ChangeSet.objects.latest("pk")
    undo_page = url("changeset_undo", change_set.pk)
    page = admin.get(undo_page)
    assert page.status_code == 200
    with recording("undo"):
        plan_undo(change_set).apply()
    assert not Transfer.objects.exists()
    assert StoredVerdict.objects.get(pk=activity.pk).verdict == Verdict.NO_TRANSFER.value


def test_lists_and_pages_show_it(admin, support):
    for address in (url("transfer_changelist"), url("transfer_change", support.pk), "/admin/register/"):
        assert admin.get(address).status_code == 200


class TestThatAListIsCheckedAgain:
    """A check of a certified recipient holds twelve months; a month before it asks for a new one."""

    @pytest.fixture
    def listed(self, reference, activity, recording):
        from registry.models import TransferMechanism

        with recording():
            activity.country = "US"
            activity.save()
        return make_transfer(
            activity=activity,
            mechanism=TransferMechanism.objects.get(code="dpf"),
            recipient_qualifies="yes",
            checked_on=timezone.localdate(),
        )

    def test_the_stored_verdict_holds_as_long_as_the_check(self, listed, activity):
        stored = StoredVerdict.objects.get(pk=activity.pk)
        today = timezone.localdate()
        assert (stored.verdict, stored.last_day) == (Verdict.COVERED.value, today.replace(year=today.year + 1))

    def test_the_page_of_what_is_due_shows_it(self, admin, listed, activity, recording):
        def shown():
            return activity.vendor.name in text_of(admin.get("/admin/due/"))

        assert not shown()
        with recording():
            listed.checked_on = timezone.localdate() - timezone.timedelta(days=300)
            listed.save()
        assert shown()
        assert ProcessingActivity.objects.get(pk=activity.pk)
