"""A new vendor that may be in the register already: shown while it is typed, and asked once when it is saved."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.models import Vendor, VendorName
from tests.factories import make_vendor
from tests.integration.pages import form_data, text_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("how vendors are compared")]


@pytest.fixture
def meta(recording):
    with recording():
        vendor = make_vendor(
            name="Meta Platforms Ireland Ltd",
            legal_name="Meta Platforms Ireland Limited",
            registration_number="462932",
            website="https://www.meta.example/ie",
        )
        VendorName.objects.create(vendor=vendor, name="Facebook")
    return vendor


def offered(client, **typed):
    page = client.get(url("vendor_same"), typed)
    assert page.status_code == 200
    return text_of(page).strip()


class TestWhileItIsTyped:
    @pytest.mark.parametrize(
        ("typed", "why"),
        [
            ({"name": "meta platforms ireland"}, "the same name"),
            ({"name": "Facebook, Inc."}, "also called “Facebook”"),
            ({"name": "X", "registration_number": "IE-462 932"}, "the same registration number"),
            ({"name": "X", "website": "http://meta.example"}, "the same website"),
        ],
    )
    def test_it_is_offered_with_the_reason(self, admin, meta, typed, why):
        make_vendor(name="Another")
        text = offered(admin, **typed)
        assert text.startswith("May be in the register already: Meta Platforms Ireland Ltd")
        assert why in text
        assert "Another" not in text

    @pytest.mark.parametrize("typed", [{"name": "Meta"}, {"name": ""}, {"registration_number": "-"}, {"website": "x"}])
    def test_others_are_not(self, admin, meta, typed):
        assert offered(admin, **typed) == ""

    def test_the_link_opens_beside_the_form(self, admin, meta):
        page = admin.get(url("vendor_same"), {"name": "facebook"}).content.decode()
        assert f'href="{url("vendor_change", meta.pk)}"' in page
        assert 'target="_blank"' in page

    def test_only_a_new_vendor_is_compared(self, admin, meta):
        assert "data-same=" in admin.get(url("vendor_add")).content.decode()
        assert "data-same=" not in admin.get(url("vendor_change", meta.pk)).content.decode()

    def test_the_queries_do_not_grow_with_the_register(self, admin, meta):
        def queries():
            offered(admin, name="facebook")  # reads the index
            with CaptureQueriesContext(connection) as captured:
                offered(admin, name="facebook")
            return len(captured)

        few = queries()
        Vendor.objects.first()
        for number in range(20):
            make_vendor(name=f"Facebook {number} AB", website="https://meta.example")
        assert queries() == few

    def test_a_vendor_that_was_just_added_is_known(self, admin, meta):
        assert offered(admin, name="Nytt") == ""
        make_vendor(name="Nytt AB")
        assert "Nytt AB" in offered(admin, name="Nytt")

    def test_who_may_not_see_vendors_sees_none(self, sign_in, meta):
        client = sign_in("add_vendor")
        assert client.get(url("vendor_same"), {"name": "facebook"}).status_code == 403
        assert "data-same=" not in client.get(url("vendor_add")).content.decode()


class TestSavedWithoutAScript:
    def save(self, client, page=None, **typed):
        return client.post(url("vendor_add"), form_data(page or client.get(url("vendor_add")), **typed))

    def test_it_is_asked_once(self, admin, meta):
        page = self.save(admin, name="Facebook Inc.")
        assert page.status_code == 200
        assert Vendor.objects.count() == 1
        assert "Meta Platforms Ireland Ltd (also called “Facebook”). Save again to add it all the same." in text_of(
            page
        )
        assert f'href="{url("vendor_change", meta.pk)}"' in page.content.decode()
        assert self.save(admin, page).status_code == 302
        assert Vendor.objects.filter(name="Facebook Inc.").exists()

    def test_another_one_is_asked_about_anew(self, admin, meta):
        make_vendor(name="Nytt AB")
        page = self.save(admin, name="Facebook Inc.")
        page = self.save(admin, page, name="Nytt")
        assert page.status_code == 200
        assert "Nytt AB (the same name)" in text_of(page)

    def test_what_the_page_has_shown_is_not_asked(self, admin, meta):
        assert self.save(admin, name="Facebook Inc.", same_shown=str(meta.pk)).status_code == 302

    def test_a_new_one_is_simply_saved(self, admin, meta):
        assert self.save(admin, name="Nytt AB").status_code == 302

    def test_who_may_not_see_vendors_is_told_of_none(self, sign_in, meta):
        page = self.save(sign_in("add_vendor"), name="Facebook Inc.")
        assert "Meta" not in text_of(page)
        assert Vendor.objects.filter(name="Facebook Inc.").exists()
