"""Whose an entry is, is said once: change log, last change, review and deletion follow it."""

import pytest
from django.core.checks import Error
from django.urls import reverse

from registry.history.checks import undeclared_owners
from registry.history.ownership import owned_by, root, ways_to
from registry.models import (
    Acceptance,
    Agreement,
    ChangeSet,
    MechanismAlias,
    ProcessingActivity,
    Transfer,
    Vendor,
    VendorName,
)

pytestmark = pytest.mark.django_db


def test_each_way_leads_to_the_root():
    assert root() is Vendor
    assert dict(ways_to(Vendor)) == {
        Vendor: ["id"],
        Agreement: ["vendor_id"],
        VendorName: ["vendor_id"],
        ProcessingActivity: ["vendor_id"],
        Transfer: ["activity__vendor_id"],
        Acceptance: ["vendor_id", "activity__vendor_id"],
    }
    assert {owned for owned, _column in owned_by(ProcessingActivity)} == {Transfer, Acceptance}


@pytest.mark.parametrize(
    "model", [Vendor, Agreement, ProcessingActivity, Transfer, Acceptance, MechanismAlias, VendorName]
)
def test_an_owner_that_is_not_declared_is_an_error(model, monkeypatch):
    assert not list(undeclared_owners(model))
    monkeypatch.setattr(model, "belongs_to", ("id",) if model is Vendor else ())
    assert any(isinstance(message, Error) for message in undeclared_owners(model))


class TestAnAcceptedFindingOfAnActivity:
    @pytest.fixture
    def accepted(self, admin, activity):
        typed = {
            "rule": "no_data_subjects",
            "activity": activity.pk,
            "why": "because",
            "until": "2050-01-01",
            "change_reason": "",
        }
        assert admin.post(reverse("admin:registry_acceptance_add"), typed).status_code == 302
        return ChangeSet.objects.first()

    def test_is_logged_under_its_vendor(self, admin, accepted, activity):
        page = admin.get(reverse("admin:registry_changeset_changelist"), {"vendor": activity.vendor.name})
        assert page.context["page"].change_sets[0].change_set == accepted
        entry = page.context["page"].change_sets[0].entries[0]
        assert entry.root == (activity.vendor_id, activity.vendor.name)

    def test_counts_as_the_last_change_of_both(self, accepted, activity):
        assert Vendor.objects.with_last_change().get().last_change_set_id == accepted.pk
        assert ProcessingActivity.objects.with_last_change().get().last_change_set_id == accepted.pk

    def test_is_part_of_the_history_of_the_vendor(self, admin, accepted, activity):
        page = admin.get(reverse("admin:registry_vendor_history", args=[activity.vendor_id]))
        assert page.context["change_sets"][0].change_set == accepted
