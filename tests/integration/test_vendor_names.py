"""Other and former names of vendors: search, lists, fields and imports know them, and no name stands for two."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation

from registry.document import DocumentProblems
from registry.models import ProcessingActivity, Vendor, VendorName
from tests.factories import make_activity, make_vendor
from tests.integration.imports import client_get, planned, upload
from tests.integration.pages import form_data, text_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("how names are understood")]

HEAD = "Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund"


@pytest.fixture
def meta(recording):
    """A vendor with a name, and an activity."""
    with recording():
        vendor = make_vendor(name="Meta Platforms Ireland Ltd")
        VendorName.objects.create(vendor=vendor, name="Facebook", kind="former")
        make_activity(vendor=vendor, purpose="Annonser", personal_data="Namn", country="IE")
    return vendor


def table(*rows, more=""):
    return "\n".join([HEAD + more, *rows, ""]).encode()


class TestOneNameStandsForOneVendor:
    @pytest.fixture(autouse=True)
    def in_english(self):
        with translation.override("en"):
            yield

    def test_not_for_two(self, meta, recording):
        with pytest.raises(ValidationError, match="stands for a vendor already"):
            VendorName(vendor=make_vendor(), name="FACEBOOK").full_clean()
        with pytest.raises(IntegrityError), recording(), transaction.atomic():
            VendorName(vendor=make_vendor(), name="FACEBOOK").save()

    def test_not_the_own_name_of_another(self, meta):
        make_vendor(name="Instagram AB")
        with pytest.raises(ValidationError, match="“Instagram AB” is in the register under this name"):
            VendorName(vendor=meta, name="instagram ab").full_clean()

    def test_a_vendor_is_not_called_by_the_other_name_of_another(self, meta, admin):
        data = form_data(admin.get(url("vendor_add")), name="facebook")
        page = admin.post(url("vendor_add"), data)
        assert "This is another name of “Meta Platforms Ireland Ltd”" in text_of(page)
        assert Vendor.objects.count() == 1


class TestRenaming:
    def rename(self, client, vendor, **typed):
        address = url("vendor_change", vendor.pk)
        data = form_data(client.get(address), **typed)
        return client.post(address, {name: value for name, value in data.items() if value is not None})

    def test_keeps_the_name_before_where_that_is_ticked(self, meta, admin):
        assert self.rename(admin, meta, name="Meta").status_code == 302
        kept = VendorName.objects.get(kind="former", name="Meta Platforms Ireland Ltd")
        assert kept.vendor == meta
        assert kept.history.get().change_set == Vendor.history.filter(id=meta.pk).first().change_set

    def test_does_not_where_it_is_not_ticked(self, meta, admin):
        assert self.rename(admin, meta, name="Meta", keep_name=None).status_code == 302
        assert list(VendorName.objects.values_list("name", flat=True)) == ["Facebook"]

    def test_the_tick_alone_changes_nothing(self, meta, admin):
        before = Vendor.history.count()
        self.rename(admin, meta, keep_name=None)
        assert (Vendor.history.count(), VendorName.objects.count()) == (before, 1)

    def test_a_change_of_case_is_the_same_name(self, meta, admin):
        self.rename(admin, meta, name="META PLATFORMS IRELAND LTD")
        assert VendorName.objects.count() == 1

    def test_who_may_record_no_names_is_not_asked(self, meta, sign_in):
        client = sign_in("view_vendor", "change_vendor")
        assert 'name="keep_name"' not in client.get(url("vendor_change", meta.pk)).content.decode()
        self.rename(client, meta, name="Meta", keep_name="on")
        assert VendorName.objects.count() == 1


class TestItIsFound:
    def test_by_the_search(self, meta, admin):
        page = admin.get("/admin/search/", {"q": "facebook"})
        assert "Former name of Meta Platforms Ireland Ltd" in text_of(page)
        assert url("vendor_change", meta.pk) in page.content.decode()

    @pytest.mark.parametrize(("address", "name"), [("vendors", "text"), ("register", "text"), ("register", "vendor")])
    def test_by_the_filters_of_lists(self, meta, admin, address, name):
        make_activity()
        assert admin.get(f"/admin/{address}/", {name: "faceb"}).context["page"].paginator.count == 1

    def test_by_what_is_typed_in_a_field(self, meta, admin):
        query = {"app_label": "registry", "model_name": "processingactivity", "field_name": "vendor", "term": "faceb"}
        offered = admin.get("/admin/autocomplete/", query).json()["results"]
        assert [each["id"] for each in offered] == [str(meta.pk)]


class TestAFile:
    def test_that_names_it_so_means_that_vendor(self, meta, recording):
        plan = planned("tsv", table("Facebook\tAnnonser\tNamn, bild\tIE\t", "Facebook\tMätning\tKlick\tIE\t"))
        with recording():
            plan.apply()
        assert Vendor.objects.get().name == "Meta Platforms Ireland Ltd"
        data = dict(ProcessingActivity.objects.values_list("purpose", "personal_data"))
        assert data == {"Annonser": "Namn, bild", "Mätning": "Klick"}
        assert plan.other_names == [("Facebook", "Meta Platforms Ireland Ltd")]

    def test_may_name_it_in_both_ways(self, meta, recording):
        plan = planned("tsv", table("Facebook\tA\tNamn\tIE\t", "Meta Platforms Ireland Ltd\tB\tNamn\tIE\t"))
        with recording():
            plan.apply()
        assert set(meta.activities.values_list("purpose", flat=True)) == {"Annonser", "A", "B"}

    def test_may_not_have_one_activity_under_both_names(self, meta):
        with pytest.raises(DocumentProblems, match="is already on line 2"):
            planned("tsv", table("Facebook\tA\tNamn\tIE\t", "Meta Platforms Ireland Ltd\tA\tNamn\tIE\t"))

    def test_may_not_contradict_itself_about_the_vendor(self, meta):
        rows = ("Facebook\tA\tNamn\tIE\t\tIE", "Meta Platforms Ireland Ltd\tB\tNamn\tIE\t\tUS")
        with pytest.raises(DocumentProblems, match="on line 2 for the same vendor"):
            planned("tsv", table(*rows, more="\tLeverantörens säte"))

    def test_may_refer_to_it(self, meta, recording):
        rows = ("Under AB\tA\tNamn\tSE\t\tFacebook",)
        plan = planned("tsv", table(*rows, more="\tAnlitas av"))
        with recording():
            plan.apply()
        assert Vendor.objects.get(name="Under AB").engaged_by == meta

    def test_says_so_before_it_is_imported(self, meta, admin):
        page = client_get(admin, upload(admin, table("Facebook\tAnnonser\tNamn\tIE\t"), "register.tsv", format="tsv"))
        assert "“Facebook” – Meta Platforms Ireland Ltd" in text_of(page)
