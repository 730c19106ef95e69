"""A clock that is set back changes no order and no page about the past, and the history still fits."""

import time
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from registry.models import ChangeSet, Vendor
from tests.integration.pages import form_data

pytestmark = pytest.mark.django_db


class SetBack(datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) - timedelta(days=3)


def test_after_the_clock_was_set_back_the_order_and_the_proof_stay(admin, activity, monkeypatch):
    address = reverse("admin:registry_vendor_change", args=[activity.vendor_id])
    admin.post(address, form_data(admin.get(address), notes="first", change_reason="before"))
    monkeypatch.setattr("django.utils.timezone.datetime", SetBack)
    admin.get(reverse("admin:index"))
    admin.post(address, form_data(admin.get(address), notes="second", change_reason="after"))
    assert Vendor.objects.get(pk=activity.vendor_id).notes == "second"
    newest, before = ChangeSet.objects.filter(source="admin")[:2]
    assert (newest.reason, before.reason) == ("after", "before")
    assert newest.created_at == before.created_at
    page = admin.get(reverse("admin:registry_vendor_history", args=[activity.vendor_id])).content.decode()
    assert page.index("after") < page.index("before")
    call_command("verify_history", verbosity=0)


def test_a_session_does_not_outlive_a_clock_that_is_set_forward(admin, monkeypatch, settings):
    later = time.time() + settings.SESSION_COOKIE_AGE + 1
    monkeypatch.setattr("registry.accounts.sessions.time.time", lambda: later)
    assert admin.get(reverse("admin:index")).status_code == 302


def test_a_session_goes_on_when_the_clock_is_set_back(admin, monkeypatch):
    earlier = time.time() - 7200
    monkeypatch.setattr("registry.accounts.sessions.time.time", lambda: earlier)
    assert admin.get(reverse("admin:index")).status_code == 200
