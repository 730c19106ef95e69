"""All that is recorded leaves in columns and comes back: owners, who engages whom, agreements, evidence."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from registry.document import DocumentProblems
from registry.files.columns import DETAIL_COLUMNS
from registry.files.export import Selection
from registry.files.format_registry import FORMATS_BY_CODE
from registry.files.importing.plan import ImportPlan
from registry.files.importing.planner import plan_import
from registry.history.recording import history_of
from registry.history.verify import verify
from registry.models import (
    Agreement,
    ProcessingActivity,
    Source,
    Transfer,
    TransferMechanism,
    Vendor,
    change_set,
    head_digest,
)
from tests.integration.beginnings import bring_original, bring_reference, new_user
from tests.integration.layers import layer

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("cells of files")]
ANSWERS = {
    "special_categories": "yes",
    "special_categories_ground": "9(2)(b)",
    "criminal_data": "yes",
    "criminal_data_ground": "regulations",
    "identity_numbers": "yes",
    "identity_numbers_ground": "identification",
    "our_role": "joint_controller",
    "impact_assessment": "not_needed",
    "impact_assessment_reason": "Få personer",
}
RETURN = ("data_returned_on", "data_return_url")
TABLES = ["xlsx", "csv", "tsv", "ods", "json"]


@layer
def register() -> None:
    """The original document, and all that can be recorded besides."""
    bring_reference()
    bring_original()
    owner = new_user(name="eva.ek")
    owner.first_name, owner.last_name = "Eva", "Ek"
    owner.save()
    with change_set(source=Source.COMMAND, reason="details"):
        first, second, third = Vendor.objects.order_by("pk")[:3]
        first.owner, first.engaged_by, first.status = owner, second, "ended"
        first.replaced_by = third
        first.data_returned_on, first.data_return_url = date(2026, 1, 2), "https://example.com/deleted"
        first.save()
        Agreement(
            vendor=first, kind="processing", reference="A;1: å", signed_on=date(2019, 1, 2), notes='=1+1\n"two\tlines"'
        ).save()
        Agreement(
            vendor=first, kind="processing", valid_until=date(2031, 1, 1), url="https://example.com/?a=1;b"
        ).save()
        Agreement(vendor=second, kind="standard_clauses").save()
        Agreement(vendor=second, kind="arrangement", signed_on=date(2020, 1, 1)).save()
        activity = first.activities.get()
        for name, value in ANSWERS.items():
            setattr(activity, name, value)
        activity.save()
        transfer = Transfer.objects.order_by("pk").first()
        transfer.recipient_qualifies, transfer.checked_on = "yes", date(2020, 1, 1)
        transfer.evidence_url = "https://example.com/list"
        transfer.save()
        clauses = TransferMechanism.objects.filter(kind="standard_clauses", names_a_group=False).first()
        other = transfer.activity
        Transfer(activity=other, mechanism=transfer.mechanism, country="IN", position=transfer.position).save()
        Transfer(activity=other, mechanism=clauses, wording="SCC", position=1, signed_on=date(2022, 2, 2)).save()
        Transfer(activity=other, mechanism=None, country="BR", importer_under_gdpr="yes").save()


def exported(code: str, language: str = "sv") -> bytes:
    with translation.override(language):
        return FORMATS_BY_CODE[code]().write(Selection(ProcessingActivity.objects.order_by("position")))


def planned(code: str, content: bytes) -> ImportPlan:
    with translation.override("en"):
        return plan_import(FORMATS_BY_CODE[code]().read(content))


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def file_of(rows: list[dict[str, str]]) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue().encode()


def imported_plan(content: bytes) -> ImportPlan:
    with change_set(source=Source.IMPORT, reason="test") as act:
        act.begin()
        ready = planned("csv", content)
        ready.apply()
    return ready


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("code", TABLES)
def test_what_was_exported_changes_nothing_when_it_comes_back(register: None, code: str, language: str) -> None:
    back = planned(code, exported(code, language))
    assert not back.changes_anything
    assert back.unchanged == ProcessingActivity.objects.count()


@pytest.mark.both_databases
def test_it_comes_back_whole_into_an_empty_register(register: None) -> None:
    content = exported("csv")
    with change_set(source=Source.COMMAND, reason="empty"):
        Vendor.objects.exclude(engaged_by=None).first().delete()
        for vendor in Vendor.objects.all():
            vendor.delete()
    imported_plan(content)
    assert exported("csv") == content
    verify()


CELLS = [
    pytest.param("Ägare", "eva.ek", ("Owner", "", "Eva Ek (eva.ek)"), id="owner"),
    pytest.param("Anlitas av", "TODAY", None, id="engaged by"),
    pytest.param(
        "Leverantörens avtal",
        "personuppgiftsbiträdesavtal: referens=B2; undertecknat=2021-05-01",
        ("Vendor's agreements", "", "data processing agreement: reference=B2; signed=2021-05-01"),
        id="agreement",
    ),
    pytest.param(
        "Grund för känsliga personuppgifter",
        "art. 9.2 h hälso- och sjukvård och social omsorg",
        ("Ground for special categories", "not assessed", "Art. 9(2)(h) health and social care"),
        id="special ground",
    ),
    pytest.param("Uppgifter om lagöverträdelser", "ja", ("Data on crimes", "not assessed", "yes"), id="crimes"),
    pytest.param(
        "Grund för uppgifter om lagöverträdelser",
        "other_law",
        ("Ground for data on crimes", "not assessed", "another law authorises it (Art. 10)"),
        id="ground of crimes",
    ),
    pytest.param("Personnummer", "nej", ("Personal identity numbers", "not assessed", "no"), id="identity numbers"),
    pytest.param(
        "Grund för personnummer",
        "samtycke",
        ("Ground for personal identity numbers", "not assessed", "consent"),
        id="ground of identity numbers",
    ),
    pytest.param(
        "Vår roll",
        "personuppgiftsbiträde åt andra",
        ("Our role", "not assessed", "processor for others"),
        id="our role",
    ),
    pytest.param(
        "Behov av konsekvensbedömning",
        "krävs inte",
        ("Need of an impact assessment", "not assessed", "not needed"),
        id="impact assessment",
    ),
    pytest.param("Varför ingen konsekvensbedömning", "Liten", ("Why no impact assessment", "", "Liten"), id="why none"),
    pytest.param(
        "Uppgifter raderade eller återlämnade",
        "2026-02-03",
        ("Data deleted or returned on", "", "2026-02-03"),
        id="day of return",
    ),
    pytest.param(
        "Bevis för raderingen eller återlämnandet",
        "https://example.com/x",
        ("Evidence of the deletion or return", "", "https://example.com/x"),
        id="evidence of return",
    ),
]


@pytest.mark.parametrize(("heading", "cell", "change"), CELLS)
def test_one_edited_cell_changes_exactly_that(
    register: None, heading: str, cell: str, change: tuple[str, str, str] | None
) -> None:
    rows = rows_of(exported("csv"))
    last = Vendor.objects.order_by("pk").last()
    if cell == "TODAY":
        cell = Vendor.objects.order_by("pk")[1].name
        change = ("Engaged by", "", cell)
    for row in rows:
        if row["Leverantör"] == last.name:
            row[heading] = cell
    ready = imported_plan(file_of(rows))
    assert [(each.label, each.before, each.after) for entry in ready.entries for each in entry.changes] == [change]
    assert not planned("csv", exported("csv")).changes_anything
    verify()


def test_a_file_of_an_older_release_leaves_the_newer_columns_alone(register: None) -> None:
    added = {*ANSWERS, *RETURN} - {"special_categories"}
    newer = {column.heading for column in DETAIL_COLUMNS if column.field in added}
    assert len(newer) == len(added)
    rows = [{name: row[name] for name in row if name not in newer} for row in rows_of(exported("csv", "en"))]
    assert not planned("csv", file_of(rows)).changes_anything
    rows[0]["Notes"] = "Edited"
    imported_plan(file_of(rows))
    activity = ProcessingActivity.objects.get(notes="Edited")
    assert {name: getattr(activity, name) for name in ANSWERS} == ANSWERS
    assert activity.vendor.data_returned_on == date(2026, 1, 2)


def test_evidence_of_a_transfer_is_edited_in_its_cell(register: None) -> None:
    rows = rows_of(exported("csv", "en"))
    row = next(row for row in rows if "IN" in row["Transfers"])
    row["Transfers"] = row["Transfers"].replace("country=IN", "country=IN; signed=2024-03-01")
    ready = imported_plan(file_of(rows))
    assert len(ready.changed) == 1
    transfer = Transfer.objects.get(country="IN")
    assert transfer.signed_on == date(2024, 3, 1)
    assert history_of(Transfer).objects.filter(id=transfer.pk).count() == 2
    assert Transfer.objects.filter(wording="SCC").get().signed_on == date(2022, 2, 2)


def test_a_line_that_is_deleted_takes_the_transfer_or_agreement_away(register: None) -> None:
    rows = rows_of(exported("csv", "en"))
    for row in rows:
        row["Transfers"] = "\n".join(line for line in row["Transfers"].split("\n") if "IN" not in line)
        row["Vendor's agreements"] = "\n".join(row["Vendor's agreements"].split("\n")[:1])
    imported_plan(file_of(rows))
    assert not Transfer.objects.filter(country="IN").exists()
    assert Agreement.objects.count() == 2
    verify()


class TestTransfersWithoutAMechanism:
    """What can be reached from another country, with nothing agreed: a line of its own."""

    def row(self) -> dict[str, str]:
        return next(row for row in rows_of(exported("csv", "en")) if "no mechanism" in row["Transfers"])

    def changed(self, old: str, new: str) -> ImportPlan:
        rows = rows_of(exported("csv", "en"))
        for row in rows:
            row["Transfers"] = row["Transfers"].replace(old, new)
        return imported_plan(file_of(rows))

    def places(self) -> list[str]:
        return sorted(Transfer.objects.filter(mechanism=None).values_list("country", flat=True))

    def test_each_is_the_last_line_and_not_in_the_legal_ground(self, register: None) -> None:
        row = self.row()
        assert row["Transfers"].split("\n")[-1] == "no mechanism: country=BR; importer under the GDPR=yes"
        assert "no mechanism" not in row["Legal basis"]

    def test_its_facts_are_edited(self, register: None) -> None:
        assert len(self.changed("importer under the GDPR=yes", "importer under the GDPR=no").changed) == 1
        assert Transfer.objects.get(mechanism=None).importer_under_gdpr == "no"

    def test_one_is_added_and_another_removed(self, register: None) -> None:
        self.changed("no mechanism: country=BR; importer under the GDPR=yes", "ingen mekanism: land=JP\nno mechanism")
        assert self.places() == ["", "JP"]

    def test_a_file_without_the_column_leaves_them(self, register: None) -> None:
        rows = [{**row, "Legal basis": f"{row['Legal basis']} + BCR"} for row in rows_of(exported("csv", "en"))]
        for row in rows:
            del row["Transfers"]
        imported_plan(file_of(rows))
        assert self.places() == ["BR"]

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("no mechanism: country=BR\nno mechanism: country=BR", "twice for the same country"),
            ("no mechanism: mechanism=dpf", "names a mechanism"),
        ],
    )
    def test_what_cannot_be_is_refused(self, register: None, line: str, said: str) -> None:
        with pytest.raises(DocumentProblems, match=said):
            self.changed("no mechanism: country=BR; importer under the GDPR=yes", line)

    def test_the_fact_by_its_name_in_older_files_is_read(self, register: None) -> None:
        self.changed("signed=2022-02-02", "signed=2022-02-02; permitted=2022-03-03")
        assert Transfer.objects.get(wording="SCC").authorised_on == date(2022, 3, 3)


def test_vendors_of_one_file_may_refer_to_each_other(register: None) -> None:
    rows = rows_of(exported("csv", "en"))
    new = {**rows[-1], "Vendor's agreements": "", "Transfers": "", "Owner": "", "Position": ""}
    rows += [
        {**new, "Vendor": "Under AB", "Engaged by": "Över AB", "Replaced by": ""},
        {**new, "Vendor": "Över AB", "Engaged by": "", "Replaced by": "Under AB"},
    ]
    imported_plan(file_of(rows))
    under = Vendor.objects.get(name="Under AB")
    assert (under.engaged_by.name, under.engaged_by.replaced_by) == ("Över AB", under)
    verify()


@pytest.mark.parametrize(
    ("heading", "cell", "said"),
    [
        pytest.param("Owner", "nobody", 'there is no user "nobody"', id="unknown user"),
        pytest.param("Engaged by", "Nobody AB", '"Nobody AB" is not a vendor', id="unknown vendor"),
        pytest.param("Engaged by", "SELF", "cannot refer to itself", id="itself"),
        pytest.param("Vendor's agreements", "handshake: signed=2020-01-01", '"handshake" is not known', id="kind"),
        pytest.param(
            "Vendor's agreements",
            "other: signed=2020-01-02; until=2020-01-01",
            "before it is signed",
            id="order of days",
        ),
        pytest.param("Transfers", "BCR: country=US", 'the transfers name "BCR"', id="not in the ground"),
        pytest.param("Transfers", "TWICE", "twice for the same country", id="twice"),
        pytest.param("Transfers", "Privacy Shield: mechanism=none-such", "no mechanism with the code", id="code"),
    ],
)
def test_what_cannot_be_is_said_by_line_and_column(register: None, heading: str, cell: str, said: str) -> None:
    rows = rows_of(exported("csv", "en"))
    at = next(number for number, row in enumerate(rows) if row["Legal basis"].endswith("Privacy Shield"))
    cell = {"SELF": rows[at]["Vendor"], "TWICE": "Privacy Shield: country=IN\nPrivacy Shield: country=IN"}.get(
        cell, cell
    )
    for row in rows:
        if row["Vendor"] == rows[at]["Vendor"]:
            row[heading] = cell
    with pytest.raises(DocumentProblems) as refused:
        planned("csv", file_of(rows))
    messages = [problem.message for problem in refused.value.problems]
    assert any(said in message for message in messages), messages


def test_a_circle_of_vendors_is_refused_before_anything_is_written(register: None) -> None:
    rows = rows_of(exported("csv", "en"))
    first, second = Vendor.objects.order_by("pk")[:2]
    for row in rows:
        if row["Vendor"] == second.name:
            row["Engaged by"] = first.name
    with pytest.raises(DocumentProblems, match="in a circle"):
        planned("csv", file_of(rows))


@pytest.mark.both_databases
def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(register: None, recording: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            content = exported("csv")
        with CaptureQueriesContext(connection) as again:
            planned("csv", content)
        return len(asked) + len(again)

    before = queries()
    with recording("more"):
        for number in range(20):
            vendor = Vendor(name=f"Ny {number}", engaged_by=Vendor.objects.order_by("pk").first())
            vendor.save()
            ProcessingActivity(vendor=vendor, purpose="Drift", country="US").save()
            Agreement(vendor=vendor, kind="other").save()
    assert queries() == before


def test_a_text_that_excel_cannot_hold_is_not_cut_but_refused(admin: Client, register: None, recording: Any) -> None:
    vendor = Vendor.objects.order_by("pk").last()
    with recording("long"):
        for reference in "AB":
            Agreement(vendor=vendor, kind="other", reference=reference, notes="x" * 20_000).save()
    for address in ("/admin/register/export/?column=vendor_agreements", "/admin/register/export/"):
        response = admin.post(address, {"format": "xlsx", "all_columns": "1"}, follow=True)
        assert "longer than an Excel cell can hold" in response.content.decode()
    with pytest.raises(CommandError, match="longer than an Excel cell"):
        call_command("export_register", format="xlsx")
    assert not planned("csv", exported("csv")).changes_anything


@pytest.mark.parametrize("code", ["xlsx", "ods"])
def test_the_properties_of_the_file_say_what_it_is(register: None, code: str) -> None:
    with zipfile.ZipFile(io.BytesIO(exported(code))) as package:
        properties = package.read("docProps/core.xml" if code == "xlsx" else "meta.xml").decode()
    assert head_digest() in properties
    assert "Antal rader: 38" in properties


def test_a_workbook_of_the_command_has_the_columns_that_people_read(register: None, tmp_path: Path) -> None:
    file = tmp_path / "register.xlsx"
    call_command("export_register", format="xlsx", output=file, language="en")
    headings = [cell.value for cell in openpyxl.load_workbook(file).worksheets[0][1]]
    assert headings[3:8] == ["Country", "Legal basis", "Verdict", "Reason for the verdict", "Data subjects"]
    assert not {"Position", "Starts a page"} & set(headings)
