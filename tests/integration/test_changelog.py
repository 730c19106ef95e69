"""The change log: who changed what, when and why, asked in every way, and never more than the reader may see."""

import csv
import io
import re
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from openpyxl import load_workbook

from registry.history import log, logged_change_sets
from registry.history.log import PER_PAGE
from registry.history.logged_change_sets import SHOWN
from registry.models import (
    Agreement,
    ChangeSet,
    ProcessingActivity,
    Source,
    Transfer,
    User,
    Vendor,
    change_set,
)
from tests.factories import make_activity, make_agreement, make_legal_basis, make_mechanism, make_transfer, make_vendor
from tests.growth import queries_of_pages
from tests.integration.beginnings import new_user
from tests.integration.layers import layer

pytestmark = pytest.mark.django_db

LOG = reverse("admin:registry_changeset_changelist")
EXPORT = reverse("admin:registry_changeset_export")
ALL_KINDS = [
    f"view_{name}"
    for name in ("vendor", "agreement", "processingactivity", "legalbasis", "transfermechanism", "transfer")
]


def address(key):
    return reverse("admin:registry_changeset_change", args=[key])


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def reasons(response):
    """The acts that a page lists, by their reason."""
    return [act.change_set.reason for act in response.context["page"].change_sets]


def asked(client, **filters):
    response = client.get(LOG, filters)
    assert response.status_code == 200, response.context["refusal"]
    return reasons(response)


def entries(response):
    """(what, kind, entry, {field: (before, after)}) of each entry that a page shows."""
    acts = [response.context["logged"]] if "logged" in response.context else response.context["page"].change_sets
    return [
        (entry.action, entry.model_name, entry.name, {f.label: (f.before, f.after) for f in entry.fields})
        for act in acts
        for entry in act.entries
    ]


@pytest.fixture
def at(monkeypatch):
    """``with at("2026-03-01 12:00", reason, user):`` – an act at that time of day in Stockholm."""

    return lambda *act, **source: acting(monkeypatch, *act, **source)


def acting(monkeypatch, when, reason, user=None, source=Source.ADMIN):
    moment = datetime.fromisoformat(when).replace(tzinfo=ZoneInfo("Europe/Stockholm"))
    monkeypatch.setattr("registry.history.change_sets.writing_time", lambda: moment)
    return change_set(user=user, source=source, reason=reason)


def change(entry, **values):
    for name, value in values.items():
        setattr(entry, name, value)
    entry.save()
    return entry


@layer
def told():
    """Two people, two vendors, a few days."""
    with pytest.MonkeyPatch.context() as patch:
        return tell(lambda *act, **source: acting(patch, *act, **source))


@pytest.fixture
def story(told, at):
    """What was told. The clock stands where that ended."""
    at("2026-03-05 08:00", "")
    return told


def tell(at):
    bo, cia = new_user(name="bo"), new_user(name="cia")
    with at("2026-03-01 09:00", "first import", source=Source.IMPORT) as opened:
        opened.describe(file="register.txt", sha256="ab" * 32, counts="5 new")
        basis = make_legal_basis(label="Avtal")
        shield = make_mechanism(code="privacy_shield", label="Privacy Shield")
        clauses = make_mechanism(code="scc", label="Standardavtalsklausuler")
        maxmind, apsis = make_vendor(name="MaxMind INC."), make_vendor(name="Apsis")
        lookup = make_activity(
            vendor=maxmind, purpose="Geolokalisering", personal_data="IP-adress", country="US", legal_basis=basis
        )
        letters = make_activity(
            vendor=apsis, purpose="Nyhetsbrev", personal_data="Namn, e-post", country="SE", legal_basis=basis
        )
        transfer = make_transfer(activity=lookup, mechanism=shield)
    with at("2026-03-02 10:00", "Schrems II", bo):
        transfer.delete()
    with at("2026-03-02 23:59", "asked by the DPO", bo):
        change(letters, personal_data="Namn, e-post, telefon")
    with at("2026-03-03 00:00", "contract signed", cia):
        make_agreement(vendor=maxmind, kind="processing", reference="DPA-7")
    with at("2026-03-04 08:00", "its own name", cia):
        change(maxmind, name="MaxMind Ltd", role="processor")
    with at("2026-03-05 08:00", "wrong country", bo):
        change(lookup, country="GB", notes="Åland")
    return {
        "bo": bo,
        "cia": cia,
        "maxmind": maxmind,
        "apsis": apsis,
        "lookup": lookup,
        "letters": letters,
        "transfer": transfer,
        "shield": shield,
        "clauses": clauses,
        "basis": basis,
    }


SAID = ("entry", "before", "after")
TOLD = ["wrong country", "its own name", "contract signed", "asked by the DPO", "Schrems II", "first import"]


class TestAsking:
    def test_who_removed_privacy_shield_from_maxmind_and_what_else_that_day(self, admin, story):
        response = admin.get(LOG, {"vendor": "maxmind", "text": "privacy shield"})
        removal, beginning = response.context["page"].change_sets
        assert removal.change_set.user_name == "bo"
        (entry,) = removal.entries
        assert entry.action == "deleted"
        assert ("Privacy Shield", "") in [(field.before, field.after) for field in entry.fields]
        assert beginning.change_set.reason == "first import"
        day = f"{removal.change_set.created_at.astimezone(ZoneInfo('Europe/Stockholm')):%Y-%m-%d}"
        that_day = admin.get(LOG, {"person": removal.change_set.user_id, "since": day, "until": day})
        assert reasons(that_day) == ["asked by the DPO", "Schrems II"]
        link = f"?person={removal.change_set.user_id}&amp;since={day}&amp;until={day}"
        assert link in response.content.decode()

    def test_all_acts_newest_first(self, admin, story):
        assert asked(admin, kind="")[: len(TOLD)] == TOLD
        page = text_of(admin.get(LOG))
        for words in ("2026-03-02 10:00:00", "bo", "import", "first import", "register.txt", "ab" * 32, "5 new"):
            assert words in page

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({"since": "2026-03-03", "until": "2026-03-03"}, ["contract signed"]),
            ({"since": "2026-03-02", "until": "2026-03-02"}, ["asked by the DPO", "Schrems II"]),
            ({"until": "2026-03-01"}, ["first import"]),
            ({"source": "import"}, ["first import"]),
            ({"source": "undo"}, []),
            ({"reason": "schrems"}, ["Schrems II"]),
            ({"kind": "agreement"}, ["contract signed"]),
            ({"kind": "transfer"}, ["Schrems II", "first import"]),
            ({"vendor": "apsis"}, ["asked by the DPO", "first import"]),
            ({"vendor": "MAXMIND"}, [t for t in TOLD if t != "asked by the DPO"]),
            ({"vendor": "MaxMind INC."}, [t for t in TOLD if t != "asked by the DPO"]),
            ({"vendor": "MaxMind Ltd"}, [t for t in TOLD if t != "asked by the DPO"]),
            ({"field": "personal_data"}, ["asked by the DPO", "first import"]),
            ({"field": "country"}, ["wrong country", "first import"]),
            ({"field": "role"}, ["its own name", "first import"]),
            ({"field": "reference"}, ["contract signed"]),
            ({"text": "telefon"}, ["asked by the DPO"]),
            ({"text": "IP-ADRESS"}, ["first import"]),
            ({"text": "not assessed", "field": "role"}, ["its own name", "first import"]),
            ({"text": "åland"}, ["wrong country"]),
            ({"text": "100%"}, []),
            ({"text": "e_p"}, []),
            ({"kind": "vendor", "field": "name", "text": "MaxMind INC."}, ["its own name", "first import"]),
            ({"kind": "processingactivity", "field": "country", "text": "GB"}, ["wrong country"]),
            ({"kind": "processingactivity", "field": "country", "text": "telefon"}, []),
            ({"vendor": "apsis", "kind": "processingactivity", "field": "country", "text": "US"}, []),
            ({"vendor": "apsis", "since": "2026-03-02"}, ["asked by the DPO"]),
            ({"vendor": "maxmind", "source": "import", "text": "geo"}, ["first import"]),
        ],
        ids=lambda value: urlencode(value) if isinstance(value, dict) else "",
    )
    def test_each_filter_alone_and_together(self, sign_in, story, filters, expected):
        client = sign_in("view_changeset", *ALL_KINDS)
        found = asked(client, **filters)
        assert [reason for reason in found if reason in TOLD] == expected
        assert set(found) <= set(TOLD)

    def test_by_person_and_by_nobody(self, admin, story):
        assert asked(admin, person=story["cia"].pk) == ["its own name", "contract signed"]
        assert "first import" in asked(admin, person="null")
        assert "Schrems II" not in asked(admin, person="null")

    def test_filters_of_rows_speak_of_one_row(self, admin, story, at):
        """The act changed a country and a text of its own, in two rows: together they are in none."""
        with at("2026-03-06 08:00", "two rows", story["bo"]):
            change(story["letters"], country="NO")
            change(story["lookup"], notes="oslo")
        assert "two rows" in asked(admin, field="country", text="NO")
        assert "two rows" not in asked(admin, vendor="apsis", text="oslo")
        assert "two rows" not in asked(admin, field="country", text="oslo")

    def test_only_the_entries_that_fit_are_shown_and_the_others_are_counted(self, admin, story):
        response = admin.get(LOG, {"vendor": "apsis", "source": "import"})
        assert {entry[2] for entry in entries(response)} == {"Apsis", "Apsis: Nyhetsbrev"}
        assert "6 other changes do not fit the filter" in text_of(response)

    def test_a_text_that_was_taken_out_is_found_and_one_that_stayed_is_not(self, admin, story, at):
        with at("2026-03-06 08:00", "shorter", story["bo"]):
            change(story["letters"], personal_data="Namn")
        assert asked(admin, text="telefon") == ["shorter", "asked by the DPO"]
        with at("2026-03-07 08:00", "other field", story["bo"]):
            change(story["letters"], notes="x")
        assert "other field" not in asked(admin, text="Namn")

    def test_days_and_numbers_are_found_as_they_are_shown(self, admin, story, at):
        with at("2026-03-06 08:00", "dated", story["bo"]):
            change(story["maxmind"], started_on=datetime(2020, 7, 16).date(), review_interval_months=12)  # noqa: DTZ001
        assert asked(admin, text="2020-07-16") == ["dated"]
        assert asked(admin, text="2020-07", field="started_on") == ["dated"]
        assert asked(admin, text="12", field="review_interval_months") == ["dated"]
        assert asked(admin, text="13", field="review_interval_months") == []

    def test_a_deleted_vendor_and_its_entries_are_found_by_name(self, admin, story, at):
        with at("2026-03-06 08:00", "a mistake", story["bo"]):
            story["apsis"].delete()
        assert asked(admin, vendor="apsis") == ["a mistake", "asked by the DPO", "first import"]
        response = admin.get(LOG, {"vendor": "apsis"})
        page = response.content.decode()
        assert reverse("admin:registry_vendor_history", args=[entries_key(response, "Apsis")]) in page
        assert reverse("admin:registry_vendor_change", args=[entries_key(response, "Apsis")]) not in page


def entries_key(response, name):
    return next(e.key for act in response.context["page"].change_sets for e in act.entries if e.name == name)


@pytest.mark.one_database("addresses that are refused before anything is asked")
class TestRefusal:
    @pytest.mark.parametrize(
        "filters",
        [
            "colour=red",
            "q=apsis",
            "person=999999",
            "person=99999999999999999999999",
            "person=bo",
            "since=yesterday",
            "since=2026-02-30",
            "since=0001-01-01",
            "until=9999-12-31",
            "since=2026-03-04&until=2026-03-03",
            "source=magic",
            "kind=user",
            "kind=changeset",
            "field=password",
            "kind=vendor&field=purpose",
            "kind=people&field=name",
            "vendor=Nobody+Ever",
            "text=a%00b",
            "source=admin&source=import",
            "older=x",
            "older=-1",
            "older=5&newer=3",
            "newer=99999999999999999999999999",
        ],
    )
    def test_what_is_not_understood_lists_nothing_and_says_so(self, admin, story, filters):
        response = admin.get(f"{LOG}?{filters}")
        assert response.status_code == 400
        assert "nothing is listed" in text_of(response)
        assert "Schrems II" not in text_of(response)
        assert response.context["page"] is None
        before = ChangeSet.objects.count()
        if "older" not in filters and "newer" not in filters:
            assert admin.post(f"{EXPORT}?{filters}", {"format": "csv"}).status_code == 400
            assert ChangeSet.objects.count() == before

    def test_an_empty_filter_asks_for_nothing(self, admin, story):
        assert asked(admin, person="", since="", text="", kind="")[:6] == TOLD

    def test_an_unknown_format_is_refused(self, admin, story):
        assert admin.post(EXPORT, {"format": "exe"}).status_code == 400
        assert admin.post(EXPORT).status_code == 400


@pytest.mark.one_database("permissions, which Django checks")
class TestPermissions:
    def test_without_the_right_there_is_nothing(self, sign_in, story):
        client = sign_in(*ALL_KINDS, "view_user")
        key = ChangeSet.objects.first().pk
        for page in (LOG, address(key)):
            assert client.get(page).status_code == 403
        assert client.post(EXPORT, {"format": "csv"}).status_code == 403

    def test_who_is_not_signed_in_is_sent_to_the_sign_in(self, client, story):
        assert "/login/" in client.get(LOG)["location"]
        assert "/login/" in client.post(EXPORT)["location"]

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    def test_it_is_only_read(self, admin, story, method):
        key = ChangeSet.objects.first().pk
        before = ChangeSet.objects.count()
        for page in (LOG, address(key), reverse("admin:registry_changeset_history", args=[key])):
            assert getattr(admin, method)(page, {"action": "delete_selected", "reason": "x"}).status_code == 405
        assert admin.get(EXPORT).status_code == 302
        for name in ("add", "delete"):
            page = reverse(f"admin:registry_changeset_{name}", args=[key] if name == "delete" else [])
            assert admin.post(page, {"post": "yes"}).status_code == 403
        assert ChangeSet.objects.count() == before

    def test_the_export_asks_for_the_right_to_export(self, sign_in, story):
        client = sign_in("view_changeset", *ALL_KINDS)
        assert "export" not in client.get(LOG).context["query"]
        assert client.get(LOG).context["export_form"] is None
        assert client.post(EXPORT, {"format": "csv"}).status_code == 403

    def test_entries_of_hidden_kinds_are_counted_and_not_shown(self, sign_in, story):
        client = sign_in("view_changeset", "view_vendor", "export_processingactivity")
        response = client.get(LOG)
        page = text_of(response)
        for hidden in ("Geolokalisering", "Privacy Shield", "DPA-7", "telefon"):
            assert hidden not in page
        assert "MaxMind INC." in page
        assert "One more change is of a kind that you may not see." not in page  # of that change set they see nothing
        assert "6 more changes are of kinds that you may not see." in page
        exported = client.post(EXPORT, {"format": "csv"}).getvalue().decode()
        for hidden in ("Geolokalisering", "Privacy Shield", "DPA-7", "telefon"):
            assert hidden not in exported

    @pytest.mark.parametrize("filters", [{"kind": "transfer"}, {"field": "purpose"}, {"kind": "people"}])
    def test_hidden_kinds_cannot_be_asked_for(self, sign_in, story, filters):
        client = sign_in("view_changeset", "view_vendor")
        assert client.get(LOG, filters).status_code == 400

    def test_a_text_in_hidden_entries_is_not_found(self, sign_in, story):
        client = sign_in("view_changeset", "view_vendor")
        assert asked(client, text="telefon") == []
        assert asked(client, vendor="maxmind") == ["its own name", "first import"]

    def test_people_are_for_those_who_may_look_at_them(self, client, sign_in, make_user):
        eva = make_user(name="eva")
        client.post(reverse("admin:login"), {"username": "mallory", "password": "x"}, REMOTE_ADDR="192.0.2.8")
        eva.groups.add(Group.objects.create(name="Editors"))
        auditor = sign_in("view_changeset", "view_user", "export_processingactivity", name="auditor")
        outsider = sign_in("view_changeset", "export_processingactivity", name="outsider")
        for client_, sees in ((auditor, True), (outsider, False)):
            response = client_.get(LOG)
            exported = client_.post(EXPORT, {"format": "csv"}).getvalue().decode()
            for words in ("mallory", "192.0.2.8", "Editors", "failed sign-in"):
                assert (words in text_of(response)) is sees, words
                assert (words in exported) is sees, words
        assert "they require the permission to view users" in text_of(outsider.get(LOG))
        failed = ChangeSet.objects.get(source=Source.SIGN_IN_FAILED)
        assert auditor.get(address(failed.pk)).status_code == 200
        assert outsider.get(address(failed.pk)).status_code == 403
        assert outsider.get(LOG, {"source": "sign_in_failed"}).status_code == 400
        assert [
            act.change_set.source for act in auditor.get(LOG, {"source": "sign_in_failed"}).context["page"].change_sets
        ]

    def test_notes_about_people_are_found_by_kind_and_text(self, sign_in, make_user):
        make_user(name="åke").groups.add(Group.objects.create(name="Editors"))
        auditor = sign_in("view_changeset", "view_user", "view_vendor", name="auditor")

        def notes(**filters):
            acts = auditor.get(LOG, filters).context["page"].change_sets
            return [(n["entry"], n["field"], n["before"], n["after"]) for act in acts for n in act.notes]

        assert ("user: åke", "groups", "", "Editors") in notes(kind="people")
        assert notes(text="editors", kind="people") == [
            ("user: åke", "groups", "", "Editors"),
            ("group: Editors", "", "", "created"),
        ]
        assert ("user: åke", "groups", "", "Editors") in notes(text="ÅKE")
        assert notes(text="editors", kind="vendor") == []


class TestNames:
    def test_vendor_mechanism_and_person_are_named_as_they_were_then(self, admin, story, at):
        with at("2026-03-06 08:00", "renamed", story["bo"]):
            change(story["shield"], label="Skölden")
            change(story["cia"], is_active=False, username="gone")
        response = admin.get(LOG, {"kind": "transfer"})
        assert {entry[2] for entry in entries(response)} == {"MaxMind INC.: Geolokalisering: Privacy Shield"}
        assert {entry.root[1] for act in response.context["page"].change_sets for entry in act.entries} == {
            "MaxMind INC."
        }
        assert "Skölden" not in text_of(response)
        later = admin.get(LOG, {"kind": "processingactivity", "field": "country", "text": "GB"})
        assert later.context["page"].change_sets[0].entries[0].root == (story["maxmind"].pk, "MaxMind Ltd")
        assert {
            a.change_set.user_name for a in admin.get(LOG, {"person": story["cia"].pk}).context["page"].change_sets
        } == {"cia"}

    def test_a_change_of_another_field_does_not_show_a_rename_as_one(self, admin, story, at):
        with at("2026-03-06 08:00", "renamed", story["bo"]):
            change(story["basis"], label="Samtycke")
        with at("2026-03-07 08:00", "a note", story["bo"]):
            change(story["letters"], notes="x")
        newest = entries(admin.get(LOG, {"reason": "a note"}))
        assert newest == [("changed", "processing activity", "Apsis: Nyhetsbrev", {"notes": ("", "x")})]
        history = admin.get(reverse("admin:registry_processingactivity_history", args=[story["letters"].pk]))
        assert [f.label for f in history.context["change_sets"][0].entries[0].fields] == ["notes"]

    def test_before_and_after_bear_the_names_of_that_day(self, admin, story, at):
        with at("2026-03-06 08:00", "another basis", story["bo"]):
            change(story["letters"], legal_basis=make_legal_basis(label="Samtycke"))
        with at("2026-03-07 08:00", "renamed", story["bo"]):
            change(story["basis"], label="Uppdrag")
        changed = entries(admin.get(LOG, {"reason": "another basis", "kind": "processingactivity"}))
        assert changed[0][3] == {"legal basis": ("Avtal", "Samtycke")}

    def test_an_activity_that_moved_names_the_vendor_of_that_time(self, admin, story, at):
        with at("2026-03-06 08:00", "moved", story["bo"]):
            change(story["letters"], vendor=story["maxmind"])
        response = admin.get(LOG, {"kind": "processingactivity"})
        vendors = {act.change_set.reason: act.entries[-1].root[1] for act in response.context["page"].change_sets}
        assert vendors["moved"] == "MaxMind Ltd"
        assert vendors["asked by the DPO"] == "Apsis"


class TestOneAct:
    def test_it_has_an_address_of_its_own_with_seal_and_neighbours(self, admin, story):
        removal = ChangeSet.objects.get(reason="Schrems II")
        response = admin.get(address(removal.pk))
        page = response.content.decode()
        assert removal.seal.digest in page
        assert address(removal.pk - 1) in page
        assert address(removal.pk + 1) in page
        assert "Privacy Shield" in page
        assert address(removal.pk) in admin.get(LOG).content.decode()

    @pytest.mark.parametrize("key", ["0", "x", "99999999", "9" * 30, "-1", "1_0"])
    def test_what_never_was_is_not_found(self, admin, story, key):
        assert admin.get(address(key)).status_code == 404

    @pytest.mark.parametrize("query", ["p=0", "p=x", "p=2", "p=999999999999999999999", "colour=red"])
    def test_a_page_that_is_not_there_is_not_found(self, admin, story, query):
        assert admin.get(f"{address(ChangeSet.objects.first().pk)}?{query}").status_code == 404

    def test_a_large_act_is_shown_in_parts_and_the_list_stays_small(self, admin, recording, monkeypatch):
        monkeypatch.setattr(log, "ENTRIES_PER_PAGE", 20)
        with recording("large"):
            vendors = [Vendor(name=f"Leverantör {number:03}") for number in range(45)]
            Vendor.objects.bulk_create(vendors)
            ProcessingActivity.objects.bulk_create(
                [ProcessingActivity(vendor=v, purpose="x", country="SE", position=9) for v in vendors]
            )
        key = ChangeSet.objects.get(reason="large").pk
        (act,) = (a for a in admin.get(LOG).context["page"].change_sets if a.change_set.pk == key)
        assert (len(act.entries), act.more) == (SHOWN, 90 - SHOWN)
        pages = [admin.get(f"{address(key)}?p={number}") for number in range(1, 6)]
        assert [len(entries(page)) for page in pages] == [20, 20, 20, 20, 10]
        names = [entry[2] for page in pages for entry in entries(page)]
        assert sorted(names) == sorted([*(v.name for v in vendors), *(f"{v.name}: x" for v in vendors)])
        assert admin.get(f"{address(key)}?p=6").status_code == 404
        assert "Entries 21 to 40 of 90." in text_of(pages[1])

    def test_a_long_text_shows_what_changed_word_by_word(self, admin, story, at):
        words = [f"ord{number}" for number in range(2000)]
        with at("2026-03-06 08:00", "long", story["bo"]):
            change(story["letters"], notes=" ".join(words))
        with at("2026-03-07 08:00", "one word", story["bo"]):
            change(story["letters"], notes=" ".join(words).replace("ord1000 ", "annat "))
        page = admin.get(LOG, {"reason": "one word"}).content.decode()
        assert "<del>ord1000</del>" in page
        assert "<ins>annat</ins>" in page
        assert "ord500 " not in page
        whole = admin.get(address(ChangeSet.objects.get(reason="one word").pk)).content.decode()
        assert "ord500 " in whole
        history = admin.get(reverse("admin:registry_processingactivity_history", args=[story["letters"].pk]))
        assert "<del>ord1000</del>" in history.content.decode()

    def test_hostile_text_is_text(self, admin, story, at):
        evil = "<script>alert(1)</script> \u202egnp.exe"
        with at("2026-03-06 08:00", evil, story["bo"], source=Source.IMPORT) as opened:
            opened.describe(file=evil)
            opened.note(evil, evil, evil, evil)
            change(story["letters"], notes=evil, personal_data=evil)
            change(story["apsis"], name=evil)
        key = ChangeSet.objects.first().pk
        pages = [LOG, f"{LOG}?{urlencode({'text': evil})}", f"{LOG}?{urlencode({evil: 'x'})}", address(key)]
        pages.append(reverse("admin:registry_processingactivity_history", args=[story["letters"].pk]))
        for page in pages:
            content = admin.get(page).content.decode()
            assert "<script>alert" not in content
            assert "&lt;script&gt;" in content
            assert " style=" not in content
        assert f"<bdi>{'&lt;script&gt;alert(1)&lt;/script&gt; '}\u202egnp.exe</bdi>" in admin.get(LOG).content.decode()


class TestPages:
    def test_older_and_newer_lead_through_all_acts_once(self, admin, recording):
        for number in range(PER_PAGE * 2 + 5):
            with recording(f"act {number}"):
                make_vendor(name=f"Vendor {number}")
        filters = {"kind": "vendor"}
        seen, page = [], admin.get(LOG, filters)
        assert page.context["page"].newer is None
        while True:
            seen += reasons(page)
            older = page.context["page"].older
            if older is None:
                break
            assert f"?kind=vendor&amp;older={older}" in page.content.decode()
            page = admin.get(LOG, {**filters, "older": older})
        assert seen == [f"act {number}" for number in reversed(range(PER_PAGE * 2 + 5))]
        back = admin.get(LOG, {**filters, "newer": page.context["page"].newer})
        assert reasons(back) == seen[PER_PAGE : 2 * PER_PAGE]
        first = admin.get(LOG, {**filters, "newer": back.context["page"].newer})
        assert reasons(first) == seen[:PER_PAGE]
        assert first.context["page"].newer is None
        plain = admin.get(LOG, {"older": ChangeSet.objects.get(reason="act 3").pk})
        assert reasons(plain)[:3] == ["act 2", "act 1", "act 0"]

    @pytest.mark.uncounted("the page with more rows: the other tests of it")
    def test_queries_do_not_grow(self, admin, recording, monkeypatch):
        """Neither with the acts, nor with the entries of one."""
        every = [{}, {"text": "leverantör"}, {"kind": "vendor"}, {"field": "country"}]
        every.append({"vendor": "leverantör", "text": "us"})

        def queries():
            addresses = [*(f"{LOG}?{urlencode(filters)}" for filters in every), address(ChangeSet.objects.first().pk)]
            return dict(zip(map(urlencode, [*every, {"one": "act"}]), queries_of_pages(admin, addresses), strict=True))

        monkeypatch.setattr(log, "ENTRIES_PER_PAGE", 1000)
        make_acts(recording, 2, entries=logged_change_sets.SHOWN + 1)
        two = queries()
        make_acts(recording, 6, start=2, entries=2 * logged_change_sets.SHOWN)
        assert queries() == two

    def test_nothing_yet(self, sign_in):
        assert asked(sign_in("view_changeset"), source="import") == []


def make_acts(recording, count, start=0, entries=2):
    owner = User.objects.first()
    for number in range(start, start + count):
        with recording(f"act {number}"):
            basis = make_legal_basis(label=f"Grund {number}")
            mechanism = make_mechanism(code=f"m{number}", label=f"Mekanism {number}")
            vendors = Vendor.objects.bulk_create(
                Vendor(name=f"Leverantör {number} {other}") for other in range(entries)
            )
            Agreement.objects.bulk_create(Agreement(vendor=vendor, kind="processing") for vendor in vendors)
            activities = ProcessingActivity.objects.bulk_create(
                ProcessingActivity(vendor=vendor, purpose="Syfte", country="US", legal_basis=basis, position=1)
                for vendor in vendors
            )
            Transfer.objects.bulk_create(Transfer(activity=each, mechanism=mechanism) for each in activities)
            for activity, vendor in zip(activities, vendors, strict=True):
                activity.country, vendor.owner = "SE", owner
            ProcessingActivity.objects.bulk_update(activities, ["country"])
            Vendor.objects.bulk_update(vendors, ["owner"])


class TestExport:
    def rows_of(self, client, form, **filters):
        response = client.post(f"{EXPORT}?{urlencode(filters)}", {"format": form})
        assert response.status_code == 200
        if form == "csv":
            return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
        sheet = load_workbook(io.BytesIO(response.getvalue())).worksheets[0]
        return [["" if v is None else str(v) for v in row] for row in sheet.iter_rows(values_only=True)]

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    @pytest.mark.parametrize(
        "filters",
        [{}, {"vendor": "maxmind"}, {"text": "telefon"}, {"kind": "people"}, {"since": "2026-03-03"}],
        ids=urlencode,
    )
    def test_it_says_exactly_what_is_shown(self, sign_in, story, form, filters):
        client = sign_in(name="admin", superuser=True)
        shown = client.get(LOG, filters).context["page"]
        assert shown.older is None
        expected = [
            [str(act.change_set.pk), act.change_set.user_name, act.change_set.reason, entry.name, f.before, f.after]
            for act in shown.change_sets
            for entry in act.entries
            for f in entry.fields
        ]
        notes = [
            [
                str(act.change_set.pk),
                act.change_set.user_name,
                act.change_set.reason,
                n["entry"],
                n["before"],
                n["after"],
            ]
            for act in shown.change_sets
            for n in act.notes
        ]
        heading, *rows = self.rows_of(client, form, **filters)
        assert heading[:4] == ["Change set", "When", "Who", "By way of"]
        picked = [[row[0], row[2], row[5], row[8], row[12], row[13]] for row in rows if any(row[7:])]
        assert sorted(picked) == sorted(expected + notes)
        assert {row[0] for row in rows} == {str(act.change_set.pk) for act in shown.change_sets}

    def test_it_has_all_pages_and_all_entries_of_large_acts(self, admin, recording, monkeypatch):
        monkeypatch.setattr(log, "BATCH", 7)
        with recording("large"):
            Vendor.objects.bulk_create([Vendor(name=f"A{number}") for number in range(20)])
        for number in range(PER_PAGE + 5):
            with recording(f"act {number}"):
                make_vendor(name=f"B{number}")
        _heading, *rows = self.rows_of(admin, "csv", kind="vendor", field="name")
        assert {row[8] for row in rows} == {*(f"A{n}" for n in range(20)), *(f"B{n}" for n in range(PER_PAGE + 5))}
        names = [row[13] for row in rows if row[11] == "Name"]
        assert len(names) == len(set(names)) == 20 + PER_PAGE + 5

    def test_it_is_on_record_with_filter_and_digest(self, admin, story):
        response = admin.post(f"{EXPORT}?vendor=maxmind", {"format": "csv"})
        assert response["Content-Disposition"].startswith('attachment; filename="change-log-')
        newest = ChangeSet.objects.first()
        assert (newest.source, newest.user_name) == ("export", "admin")
        assert {"of": "change log", "rows": "vendor=maxmind", "format": "csv"}.items() <= newest.details.items()
        assert "vendor=maxmind" in text_of(admin.get(LOG))

    def test_what_looks_like_a_formula_is_text(self, admin, story, at):
        with at("2026-03-06 08:00", "=1+1", story["bo"]):
            change(story["letters"], notes="=HYPERLINK(1)")
        sheet = self.rows_of(admin, "xlsx", reason="=1+1")
        assert sheet[1][5] == "=1+1"
        assert "=HYPERLINK(1)" in sheet[1]
        assert "'=HYPERLINK(1)" in self.rows_of(admin, "csv", reason="=1+1")[1]

    def test_more_than_a_sheet_can_hold_is_refused_in_words(self, admin, story, monkeypatch):
        monkeypatch.setattr("registry.files.reports.change_log.EXCEL_MOST_ROWS", 3)
        before = ChangeSet.objects.count()
        response = admin.post(f"{EXPORT}?vendor=maxmind", {"format": "xlsx"}, follow=True)
        assert "more than an Excel sheet can hold" in text_of(response)
        assert response.redirect_chain[0][0] == f"{LOG}?vendor=maxmind"
        assert ChangeSet.objects.count() == before
        assert len(self.rows_of(admin, "csv", vendor="maxmind")) > 4

    def test_a_text_too_long_for_a_cell_says_so(self, admin, story, at):
        with at("2026-03-06 08:00", "long", story["bo"]):
            change(story["letters"], notes="x" * 40_000)
        assert "40000 characters in all" in self.rows_of(admin, "xlsx", reason="long")[1][13]
        assert self.rows_of(admin, "csv", reason="long")[1][13] == "x" * 40_000
