"""Pages of rows: all of them, once, in order, with nothing left open."""

import pytest

from registry.history.keyset import in_pages
from registry.models import ProcessingActivity, Vendor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("size", [1, 2, 3, 5, 37, 38, 39, 100])
def test_every_row_comes_once_and_in_order(imported, size):
    expected = list(ProcessingActivity.objects.order_by("country", "id"))
    assert list(in_pages(ProcessingActivity.objects.all(), "country", "id", size=size)) == expected


def test_values_are_paged_too(imported):
    keys = [row["id"] for row in in_pages(Vendor.objects.values("id"), "id", size=4)]
    assert keys == list(Vendor.objects.order_by("id").values_list("id", flat=True))


def test_a_reader_that_stops_early_has_asked_once(imported, django_assert_num_queries):
    with django_assert_num_queries(1):
        next(in_pages(Vendor.objects.all(), "id", size=4))
