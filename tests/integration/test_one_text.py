"""One text is one text, in whichever form it comes; and a wording of a mechanism is no legal basis."""

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse

from registry.files.format_registry import FORMATS_BY_CODE
from registry.files.importing.planner import plan_import
from registry.findings.findings import violating_entries
from registry.findings.rules import RULES_BY_CODE as RULES
from registry.mechanisms.lookup import FreeCodes
from registry.models import (
    ChangeSet,
    LegalBasis,
    MechanismAlias,
    ProcessingActivity,
    TransferMechanism,
    Vendor,
    law_on,
)
from registry.models.normal_form import REASON, bring_into_normal_form
from tests.factories import make_activity, make_legal_basis, make_vendor
from tests.files import HEADINGS, csv
from tests.integration.imports import client_get, exported, run, upload
from tests.integration.pages import text_of

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parent / "files"


def planned(name):
    content = (FILES / name).read_bytes()
    return plan_import(FORMATS_BY_CODE[name.rpartition(".")[2]]().read(content))


def import_file(recording, name):
    with recording(name):
        planned(name).apply()


class TestFilesInOtherForms:
    def test_invisible_characters_make_no_second_entry(self, imported, recording):
        before = Vendor.objects.count(), LegalBasis.objects.count()
        new = planned("b4_zero_width.xlsx")
        assert [entry.name for entry in new.new] == ["Salesforce: Drift"]
        import_file(recording, "b4_zero_width.xlsx")
        assert (Vendor.objects.count(), LegalBasis.objects.count()) == (before[0], before[1] + 1)
        assert LegalBasis.objects.filter(label="Avtal").exists()

    def test_decomposed_letters_change_nothing(self, imported, recording):
        first = planned("b5_nfd.xlsx")
        assert [entry.name for entry in first.changed] == []
        import_file(recording, "b5_nfd.xlsx")
        assert Vendor.objects.get(name="Åhléns Öppet AB").activities.get().country == "AT"
        assert not planned("b5_nfd.xlsx").changes_anything

    def test_a_line_separator_is_a_space_in_a_name_and_a_line_end_in_a_text(self, db, recording):
        import_file(recording, "c1_u2028.xlsx")
        activity = ProcessingActivity.objects.get(vendor__name="Alfa AB")
        assert activity.purpose == "Drift\noch"
        assert Vendor.objects.filter(name="Beta AB").exists()

    def test_a_legal_basis_in_capitals_is_the_same(self, imported):
        before = LegalBasis.objects.count()
        assert not planned("c2_basis_case.xlsx").new_bases
        assert LegalBasis.objects.count() == before

    @pytest.mark.parametrize("character", ["\u202e", "\u2066"])
    def test_what_turns_the_direction_is_refused_by_its_number(self, db, capsys, tmp_path, character):
        file = tmp_path / "register.csv"
        file.write_bytes(csv(HEADINGS, [f"Apsis{character}", "p", "d", "SE", "g"]))
        status, _out, err = run(capsys, "import_register", file, reason="x")
        assert status == 1
        assert f"U+{ord(character):04X}" in err


class TestForms:
    @pytest.mark.parametrize(
        "name", ["Exempel\u200b AB", "EXEMPEL AB", "Exempel  AB", "Exempel\u2003AB", "Ex\xadempel AB"]
    )
    def test_a_second_vendor_that_reads_the_same_is_refused(self, activity, name):
        with pytest.raises(ValidationError):
            Vendor(name=name).full_clean()

    @pytest.mark.parametrize("label", ["samtycke", "SAMTYCKE", "Sam\u200btycke", " Samtycke "])
    def test_a_second_legal_basis_that_reads_the_same_is_refused(self, recording, label):
        with recording():
            LegalBasis(label="Samtycke").save()
        with pytest.raises(ValidationError) as refused:
            LegalBasis(label=label).full_clean()
        assert "label" in refused.value.message_dict

    @pytest.mark.parametrize("label", ["SCC", "scc", "DPF", "EU-US DPF", "SCCs, DPF", "SCC och DPF", "Privacy Shield"])
    def test_the_wording_of_a_mechanism_is_no_legal_basis(self, reference, label):
        with pytest.raises(ValidationError) as refused:
            LegalBasis(label=label).full_clean()
        assert "label" in refused.value.message_dict

    @pytest.mark.parametrize(
        "label", ["Avtal", "Samtycke", "GDPR", "Intra-group Agreement", "Avtal, samtycke", "Avtal/DPF"]
    )
    def test_other_texts_are(self, reference, label):
        LegalBasis(label=label).full_clean()


class TestMechanismsAsLegalBasis:
    def test_they_are_recognised(self, reference, recording):
        import_file(recording, "v9_mechanism_as_basis.csv")
        grounds = {
            activity.vendor.name: (
                activity.legal_basis.label if activity.legal_basis else "",
                [transfer.mechanism.code for transfer in activity.transfers.all()],
            )
            for activity in ProcessingActivity.objects.whole_rows()
        }
        assert grounds == {
            "Berg DB": ("", ["scc", "eu-region-residency"]),
            "Payly": ("", ["scc", "dpf"]),
            "Dopay": ("", ["scc"]),
            "Functional Inc. (Fel)": ("", ["scc", "dpf"]),
            "Mejla": ("", ["scc"]),
            "Mejla2": ("", ["scc", "dpf"]),
            "Mejla3": ("Avtal", ["dpf"]),
            "Mejla4": ("", ["dpf"]),
            "Mejla5": ("GDPR", []),
            "Mejla6": ("", ["dpf"]),
            "Mejla7": ("", []),
        }
        assert not planned("v9_mechanism_as_basis.csv").changes_anything

    def test_the_preview_names_what_is_new(self, editor, reference):
        page = text_of(client_get(editor, upload(editor, (FILES / "v9_mechanism_as_basis.csv").read_bytes(), "x.csv")))
        assert "New legal bases, not assessed yet: “Avtal”, “GDPR”" in page
        assert "until someone classifies them: “EU-region residency”" in page
        assert "are imported as such: “EU SCCs”, " in page

    def test_so_does_the_command_before_it_writes_anything(self, reference, capsys):
        status, out, _err = run(
            capsys, "import_register", FILES / "v9_mechanism_as_basis.csv", reason="x", dry_run=True
        )
        assert status == 0
        assert "new legal basis, not assessed: GDPR" in out
        assert "new transfer mechanism, unclassified: EU-region residency" in out
        assert "recognised as transfer mechanisms: SCC" in out
        assert not ProcessingActivity.objects.exists()

    def test_what_nobody_has_classified_may_be_a_legal_basis(self, reference, recording):
        with recording():
            TransferMechanism(code="avtal", label="Avtal").save()
        result = plan_import(FORMATS_BY_CODE["csv"]().read(csv(HEADINGS, ["A", "p", "d", "SE", "Avtal"])))
        assert result.new_bases == ["Avtal"]

    def test_a_wording_that_staff_took_away_is_none(self, reference, recording):
        with recording():
            MechanismAlias.objects.get(label="TADPF").delete()
        result = plan_import(FORMATS_BY_CODE["csv"]().read(csv(HEADINGS, ["A", "p", "d", "SE", "TADPF"])))
        assert result.new_bases == ["TADPF"]

    def test_one_that_is_there_already_is_a_finding_and_comes_back_unchanged(self, activity, reference, recording):
        with recording():
            activity.legal_basis = make_legal_basis(label="SCC")
            activity.save()
        law = law_on(activity_day())
        assert list(violating_entries(RULES["mechanism_as_legal_basis"], law)) == [activity]
        assert not plan_import(FORMATS_BY_CODE["csv"]().read(exported("csv"))).changes_anything


def activity_day():
    from django.utils import timezone

    return timezone.localdate()


@pytest.fixture
def as_before(monkeypatch):
    """Write texts and keys as release 1.0.0 did, until ``monkeypatch.undo()``: as they come."""
    import unicodedata

    from registry.core import fields

    def key(value):
        return unicodedata.normalize("NFC", " ".join(value.split()).casefold())

    monkeypatch.setattr(fields, "clean_text", lambda value: value.strip())
    monkeypatch.setattr(fields, "unique_key", key)


@pytest.fixture
def twins(activity, recording, as_before):
    with recording("in 1.0.0"):
        vendor = make_vendor(name="Exem\u200bpel AB")
        make_activity(vendor=vendor, purpose="Drift", country="SE")
        make_activity(vendor=activity.vendor, purpose="Faktu\xadrering", country="SE")
        lone = make_vendor(name="A\u030akeri\u200b AB")
        upper, lower = make_legal_basis(label="AVTAL"), make_legal_basis(label="Avtal")
        for number, basis in enumerate((upper, lower)):
            make_activity(vendor=lone, purpose=f"p{number}", country="SE", legal_basis=basis)
    return vendor


class TestWhatIsThereTwice:
    @pytest.fixture(autouse=True)
    def _since(self, twins, monkeypatch):
        monkeypatch.undo()

    def found(self, code):
        law = law_on(activity_day())
        return {str(entry) for entry in violating_entries(RULES[code], law)}

    def test_is_listed(self, activity):
        assert self.found("vendor_twice") == {"Exempel AB", "Exem\u200bpel AB"}
        assert self.found("activity_twice") == {
            "Exempel AB: Fakturering",
            "Exempel AB: Faktu\xadrering",
            "A\u030akeri\u200b AB: p0",
            "A\u030akeri\u200b AB: p1",
        }

    def test_the_rest_is_brought_into_one_form_on_record(self):
        assert bring_into_normal_form() == 1
        assert Vendor.objects.get(name="Åkeri AB").name_key == "åkeri ab"
        assert ChangeSet.objects.first().reason == REASON
        assert self.found("vendor_twice") == {"Exempel AB", "Exem\u200bpel AB"}
        assert bring_into_normal_form() == 0
        call_command("verify_history")

    def test_it_leaves_and_is_looked_at(self, admin, tmp_path):
        for code in ("document", "xlsx", "csv"):
            assert exported(code)
        for name in ("vendors", "findings", "register", "index"):
            assert admin.get(reverse(f"admin:{name}")).status_code == 200


class TestSearching:
    @pytest.fixture(autouse=True)
    def _imported(self, db, recording):
        import_file(recording, "n_search.xlsx")

    @pytest.mark.parametrize("typed", ["ålder", "Ålder", "ÅLDER", "A\u030alder"])
    def test_letters_like_å_are_found_in_any_case_and_form(self, admin, typed):
        register = admin.get(reverse("admin:register"), {"text": typed})
        page = text_of(register)
        assert "Åhléns Öppet AB" in page
        assert "Österns Zebra" in page
        assert "Straße GmbH" not in page

    @pytest.mark.parametrize("typed", ["åhléns", "ÅHLÉNS", "Åhle\u0301ns"])
    def test_names_too(self, admin, typed):
        for name, parameter in (("vendors", "text"), ("register", "vendor"), ("search", "q")):
            assert "Åhléns Öppet AB" in text_of(admin.get(reverse(f"admin:{name}"), {parameter: typed}))

    def test_the_change_log_too(self, admin):
        log = admin.get(reverse("admin:registry_changeset_changelist"), {"text": "ÄRENDEHANTERING"})
        assert "Ärendehantering" in text_of(log)


def test_thousands_of_wordings_that_shorten_alike_get_codes_in_linear_time():
    class Counted(set):
        asked = 0

        def __contains__(self, code):
            self.asked += 1
            return super().__contains__(code)

    def asked(count):
        taken = Counted({"mechanism", "mechanism-3"})
        codes = FreeCodes(taken)
        for _ in range(count):
            taken.add(codes.free("mechanism"))
        assert len(taken) == count + 2
        return taken.asked

    assert asked(2000) < 2.1 * asked(1000)


def test_a_lookup_says_the_same_on_every_database(activity):
    found = Vendor.objects.filter(name__holds="EXEMPEL")
    assert isinstance(found, QuerySet)
    assert list(found) == [activity.vendor]
    assert not Vendor.objects.filter(name__holds="%").exists()
    assert connection.vendor in {"sqlite", "postgresql"}
