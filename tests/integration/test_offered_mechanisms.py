"""Which mechanisms the form of a transfer offers, in which order, and what it says of each."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from registry.models import TransferMechanism
from registry.search.offered_mechanisms import PURPOSES, MechanismRank, offered_mechanisms
from tests.factories import make_activity, make_mechanism
from tests.integration.pages import url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what a field offers")]

ON = date(2026, 11, 1)


@pytest.fixture
def reference(recording):
    call_command("sync_reference", verbosity=0)


def codes(typed="", country="", on=ON):
    return [each.mechanism.code for each in offered_mechanisms(typed, country, on)]


def offered(client, **query):
    query = {"app_label": "registry", "model_name": "transfer", "field_name": "mechanism", **query}
    return client.get("/admin/autocomplete/", query).json()["results"]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("modul 2", "scc_2021_m2"),
        ("module 2", "scc_2021_m2"),
        ("Modul två", "scc_2021_m2"),
        ("scc 2", "scc_2021_m2"),
        ("SCC modul 3", "scc_2021_m3"),
        ("dpf", "dpf"),
        ("2016/1250", "privacy_shield"),
        ("privacy shield 2016/1250", "privacy_shield"),
        ("32021D1772", "gb_2021"),
    ],
)
def test_what_is_typed_offers_the_one_that_is_meant(reference, typed, code):
    assert codes(typed) == [code]


def test_part_of_a_number_finds_it_too(reference):
    assert "privacy_shield" in codes("2016/125")
    assert codes("no such words") == []


class TestOrder:
    def test_those_for_the_country_come_first_then_general_ones_and_ended_ones_last(self, reference):
        offered = offered_mechanisms("", "US", ON)
        assert offered[0].mechanism.code == "dpf"
        assert [each.place for each in offered] == sorted(each.place for each in offered)
        places = {each.mechanism.code: each.place for each in offered}
        assert places["scc_2021_m2"] == MechanismRank.GENERAL
        assert places["art49_a"] == MechanismRank.SINGLE_TRANSFERS
        assert places["scc"] == MechanismRank.NOT_DECIDING
        assert places["jp_2019"] == MechanismRank.ELSEWHERE
        assert places["privacy_shield"] == places["scc_2010_c2p"] == MechanismRank.ENDED

    def test_is_that_of_the_day(self, reference):
        assert codes(country="US", on=date(2020, 7, 15))[0] == "privacy_shield"
        assert codes(country="US", on=date(2020, 7, 16))[0] != "privacy_shield"

    def test_without_a_country_none_is_left_out(self, reference):
        assert len(codes()) == len(codes(country="JP")) == TransferMechanism.objects.count()

    def test_one_that_cannot_be_concluded_any_more_says_so(self, reference):
        with translation.override("en"):
            named = {each.mechanism.code: each for each in offered_mechanisms("", "US", date(2021, 10, 1))}
        assert named["scc_2010_c2p"].text.endswith("(not after 2021-09-26)")
        assert named["scc_2010_c2p"].place == MechanismRank.ELSEWHERE


class TestThePage:
    def test_marks_what_has_ended_and_says_what_each_is_for(self, admin, reference):
        (shield,) = offered(admin, term="privacy shield")
        assert shield["text"] == "Privacy Shield (ended 2020-07-15)"
        assert shield["purpose"] == "decision on United States, for organisations that have joined"
        (module,) = offered(admin, term="modul 2")
        assert module["purpose"] == "module 2: from a controller to a processor"

    def test_takes_the_country_from_the_form(self, admin, reference):
        assert offered(admin, country="JP")[0]["text"] == "Adekvansbeslut Japan"
        assert offered(admin, country="nowhere")[0]["text"] != "Adekvansbeslut Japan"

    def test_else_from_the_activity(self, admin, reference):
        activity = make_activity(country="JP")
        assert offered(admin, activity=activity.pk)[0]["text"] == "Adekvansbeslut Japan"
        assert offered(admin, activity=activity.pk, country="KR")[0]["text"] == "Adekvansbeslut Sydkorea"

    def test_does_not_tell_the_country_of_an_activity_to_who_may_not_see_it(self, sign_in, reference):
        activity = make_activity(country="JP")
        client = sign_in("view_transfermechanism")
        assert offered(client, activity=activity.pk)[0]["text"] != "Adekvansbeslut Japan"

    def test_takes_the_day_of_the_page(self, admin, reference):
        assert offered(admin, country="US", law="2019-01-01")[0]["text"] == "Privacy Shield"

    def test_other_fields_offer_mechanisms_as_ever(self, admin, reference):
        query = {"model_name": "transfermechanism", "field_name": "replaced_by", "term": "privacy shield"}
        assert [each["text"] for each in offered(admin, **query)] == ["Privacy Shield"]

    def test_is_read_by_the_page(self, admin, reference):
        query = {"app_label": "registry", "model_name": "transfer", "field_name": "mechanism"}
        first = admin.get("/admin/autocomplete/", query).json()
        second = admin.get("/admin/autocomplete/", {**query, "page": 2}).json()
        assert (len(first["results"]), first["pagination"]["more"]) == (20, True)
        assert first["results"] != second["results"]

    def test_the_queries_do_not_grow(self, admin):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                offered(admin, term="mech")
            return len(captured)

        make_mechanism()
        queries()
        few = queries()
        for _number in range(10):
            make_mechanism()
        assert queries() == few


@pytest.mark.parametrize(
    ("page", "attribute"),
    [
        ("processingactivity_add", 'data-countries="country /country"'),
        ("transfer_add", 'data-countries="country" data-activity="activity"'),
        ("vendor_add", 'data-countries="transfer_country country"'),
    ],
)
def test_each_form_tells_where_the_country_stands(admin, page, attribute):
    assert attribute in admin.get(url(page)).content.decode()


def test_each_purpose_is_of_a_mechanism_of_the_reference_data(reference):
    assert set(PURPOSES) <= set(TransferMechanism.objects.values_list("code", flat=True))
