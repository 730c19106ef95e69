"""Many keys as one parameter: the same rows as ``__in``."""

import pytest

from registry.models import Agreement, ProcessingActivity, Transfer, Vendor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("wanted", [list, set, tuple])
def test_it_finds_what_in_finds(imported, wanted):
    keys = wanted(ProcessingActivity.objects.values_list("pk", flat=True)[5:20])
    among = ProcessingActivity.objects.filter(pk__among=keys).order_by("pk")
    assert list(among) == list(ProcessingActivity.objects.filter(pk__in=keys).order_by("pk"))
    assert len(among) == 15


def test_of_what_is_referred_to_too(imported):
    keys = list(ProcessingActivity.objects.filter(transfers__isnull=False).values_list("pk", flat=True)[:3])
    assert Transfer.objects.filter(activity_id__among=keys).count() == 3
    assert ProcessingActivity.objects.filter(vendor_id__among=[-1]).count() == 0


def test_none_finds_none_and_more_than_a_statement_takes_are_one_parameter(imported):
    assert not Agreement.objects.filter(vendor_id__among=[]).exists()
    assert Vendor.objects.filter(pk__among=range(300_000)).count() == 37
