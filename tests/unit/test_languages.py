"""A language is added by its catalogue and a column of names: headings, facts, yes and no, choices and countries."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.conf import settings
from django.test import override_settings
from django.utils import translation

from registry.core import languages
from registry.core.text import text_key
from registry.document import HEADINGS, DocumentProblems, parse
from registry.files.cell_types import YES_NO, Unreadable, choice
from registry.files.columns import COLUMNS_BY_KEY, DETAIL_COLUMNS, DOCUMENT_COLUMNS, KEY_COLUMN, columns_by_heading
from registry.files.format_registry import FORMATS_BY_CODE
from registry.files.formats.table import Table
from registry.files.formats.xlsx_writing import write_xlsx
from registry.files.import_rows import import_content
from registry.files.importing.problems import problem_texts
from registry.files.nested import AGREEMENT_FACTS, TRANSFER_FACTS, TRANSFER_LINES
from registry.files.sandbox_process import READERS
from registry.law import countries
from registry.law.countries import read_countries
from registry.models import Status

#: A language that the project does not have: each word is the English one with a sign behind it.
THIRD = "eo"


#: Files of earlier releases have these headings.
WRITTEN_BEFORE = {
    "sv": """
        Leverantör|Orsak|Uppgifter|Land|Laglig grund|Registrerade|Känsliga personuppgifter|Lagringstid|
        Säkerhetsåtgärder|Konsekvensbedömning|Status|Anteckningar|Position|Ny sida|Leverantörens juridiska namn|
        Organisationsnummer|Leverantörens säte|Leverantörens roll|Leverantörens status|Webbplats|Dataskyddskontakt|
        Anlitad från|Anlitad till|Granskas var (månader)|Senast granskad|Ägare|Anlitas av|Ersatt av|
        Anteckningar om leverantören|Leverantörens avtal|Överföringar|Utfall|Skäl till utfallet|Anmärkningar
    """,
    "en": """
        Vendor|Purpose|Personal data|Country|Legal basis|Data subjects|Special categories|Retention|Security measures|
        Impact assessment|Status|Notes|Position|Starts a page|Vendor's legal name|Registration number|Vendor's seat|
        Vendor's role|Vendor's status|Website|Privacy contact|Started on|Ended on|Review interval (months)|
        Last reviewed on|Owner|Engaged by|Replaced by|Notes on the vendor|Vendor's agreements|Transfers|Verdict|
        Reason for the verdict|Findings
    """,
}
#: Headings that newer files have besides.
WRITTEN_SINCE = {
    "sv": """
        Grund för känsliga personuppgifter|Uppgifter om lagöverträdelser|Grund för uppgifter om lagöverträdelser|
        Personnummer|Grund för personnummer|Vår roll|För vems räkning|Behov av konsekvensbedömning|
        Varför ingen konsekvensbedömning|
        Uppgifter raderade eller återlämnade|Bevis för raderingen eller återlämnandet|Öppna anmärkningar
    """,
    "en": """
        Ground for special categories|Data on crimes|Ground for data on crimes|Personal identity numbers|
        Ground for personal identity numbers|Our role|On behalf of|Need of an impact assessment|
        Why no impact assessment|
        Data deleted or returned on|Evidence of the deletion or return|Open findings
    """,
}


def made_up(english: str) -> str:
    return f"{english}ŭ"


@pytest.fixture
def third(tmp_path: Path) -> Iterator[None]:
    """The settings with a third language and its catalogue; nothing else knows of it."""
    catalogue = Catalog(locale=THIRD)
    contexts = {"column": [column.label for column in COLUMNS_BY_KEY.values()]}
    contexts["fact"] = [fact.name for fact in (*AGREEMENT_FACTS, *TRANSFER_FACTS)]
    with translation.override("en"):
        for context, texts in contexts.items():
            for text in set(map(str, texts)):
                catalogue.add(text, made_up(text), context=context)
        for text in ("yes", "no", *map(str, Status.labels)):
            catalogue.add(text, made_up(text))
    folder = tmp_path / THIRD / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalogue)
    known = [*settings.LANGUAGES, (THIRD, "Esperanto")]
    with override_settings(LANGUAGES=known, LOCALE_PATHS=[tmp_path, *settings.LOCALE_PATHS]):
        yield


def headings(language: str) -> list[str]:
    with translation.override(language):
        return [column.heading for column in COLUMNS_BY_KEY.values()]


class TestAThirdLanguage:
    def test_every_heading_is_written_in_it_and_read(self, third: None) -> None:
        assert headings(THIRD) == [made_up(heading) for heading in headings("en")]
        for language in ("sv", "en", THIRD):
            found = [columns_by_heading()[text_key(heading)].key for heading in headings(language)]
            assert found == list(COLUMNS_BY_KEY)

    def test_facts_are_written_in_it_and_read(self, third: None) -> None:
        lines = [("SCC", {"country": "IN", "signed_on": date(2022, 1, 31), "evidence_url": "x"})]
        with translation.override(THIRD):
            cell = TRANSFER_LINES.write(lines)
        assert cell == "SCC: countryŭ=IN; signedŭ=2022-01-31; evidenceŭ=x"
        assert TRANSFER_LINES.read(cell) == lines
        with translation.override("en"):
            assert TRANSFER_LINES.read(TRANSFER_LINES.write(lines)) == lines
        with pytest.raises(Unreadable, match=r"land \(country, countryŭ\)"):
            TRANSFER_LINES.read("SCC: colour=red")

    def test_yes_and_no_and_choices(self, third: None) -> None:
        status = choice(Status, Status.ACTIVE)
        with translation.override(THIRD):
            assert [YES_NO.write(value) for value in (True, False)] == ["yesŭ", "noŭ"]
            assert status.write("draft") == "draftŭ"
        assert [YES_NO.read(word) for word in ("yesŭ", "noŭ", "ja", "nej", "yes", "no")] == [True, False] * 3
        assert {status.read(word) for word in ("draftŭ", "draft", "utkast")} == {"draft"}
        with pytest.raises(Unreadable, match='"ja", "yes", "yesŭ"'):
            YES_NO.read("maybe")

    @pytest.mark.parametrize("code", ["xlsx", "csv", "tsv", "ods", "json"])
    def test_a_file_in_it_is_read_through_the_sandbox(self, third: None, code: str) -> None:
        columns = [
            *DOCUMENT_COLUMNS,
            COLUMNS_BY_KEY["starts_page"],
            COLUMNS_BY_KEY["status"],
            COLUMNS_BY_KEY["transfers"],
        ]
        row = ["Exempel AB", "Drift", "Namn", "SE", "Avtal + SCC", "yesŭ", "draftŭ", "SCC: signedŭ=2022-01-31"]
        with translation.override(THIRD):
            table = Table([column.heading for column in columns], [(2, row)], about=[("x", "y")])
            content = FORMATS_BY_CODE[code]().write_table(table)
        (incoming,) = FORMATS_BY_CODE[code]().read(content).rows
        found = incoming.row
        assert (found.vendor, found.legal_basis, found.mechanisms) == ("Exempel AB", "Avtal", ("SCC",))
        assert list(incoming.details.values()) == [True, "draft", [("SCC", {"signed_on": date(2022, 1, 31)})]]

    def test_the_sheet_in_it_is_known_among_others(self, third: None) -> None:
        import openpyxl

        book = openpyxl.Workbook()
        book.active.append(["Notesŭ", "Statusŭ", "x"])
        with translation.override(THIRD):
            sheet = book.create_sheet("Registro")
            sheet.append([column.heading for column in DOCUMENT_COLUMNS])
        sheet.append(["Exempel AB", "Drift", "Namn", "SE", "Avtal"])
        target = io.BytesIO()
        book.save(target)
        assert [each.row.vendor for each in FORMATS_BY_CODE["xlsx"]().read(target.getvalue()).rows] == ["Exempel AB"]

    def test_countries_are_a_column_of_the_file(self, tmp_path: Path) -> None:
        with countries.FILE.open(encoding="utf-8", newline="") as lines:
            rows = [{**row, f"name_{THIRD}": made_up(row["name_en"])} for row in csv.DictReader(lines)]
        file = tmp_path / "countries.csv"
        with file.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        known = read_countries(file)
        assert known["GB"].with_code(THIRD) == "GB (United Kingdomŭ)"
        assert known["GB"].with_code("sv") == "GB (Storbritannien)"
        program = f"""
from pathlib import Path
from registry.law import countries
countries.COUNTRIES = countries.read_countries(Path({str(file)!r}))
countries._BY_NAME = countries.by_name(countries.COUNTRIES)
print(countries.find("swedenŭ").code, *countries.suggestions("Swedeŭ", {THIRD!r}))
print(dict(countries.choices({THIRD!r}))["SE"])
"""
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert run.stdout.split("\n")[:2] == ["SE SE (Swedenŭ)", "Swedenŭ"]


class TestTheLanguagesThereAre:
    def test_the_headings_of_the_document_are_those_of_its_columns(self) -> None:
        for language in ("sv", "en"):
            with translation.override(language):
                for column in DOCUMENT_COLUMNS:
                    assert column.heading == getattr(HEADINGS[column.key], language)

    def test_no_two_columns_and_no_two_facts_share_a_spelling(self) -> None:
        columns = (*COLUMNS_BY_KEY.values(), KEY_COLUMN)
        assert len(columns_by_heading()) == sum(len(column.spellings) for column in columns)
        for facts in (AGREEMENT_FACTS, TRANSFER_FACTS):
            names = [name for fact in facts for name in languages.spellings(fact.name)]
            assert len(names) == len(set(names))

    @pytest.mark.parametrize("language", ["sv", "en"])
    def test_the_headings_of_files_are_what_they_were(self, language: str) -> None:
        before, since = (
            [heading.strip() for heading in written[language].split("|")] for written in (WRITTEN_BEFORE, WRITTEN_SINCE)
        )
        assert [heading for heading in headings(language) if heading not in since] == before
        assert [heading for heading in headings(language) if heading in since] == since

    def test_the_names_of_facts_are_what_they_were(self) -> None:
        names = {}
        for language in ("sv", "en"):
            with translation.override(language):
                names[language] = " ".join(str(fact.name) for fact in (*AGREEMENT_FACTS, *TRANSFER_FACTS))
        assert names == {
            "sv": "referens undertecknat till länk anteckningar mekanism land mottagaren omfattas kontrollerat"
            " undertecknat bedömt tillstånd biträdet tillför uppgifter mottagaren omfattas av GDPR underlag",
            "en": "reference signed until link notes mechanism country recipient qualifies checked signed assessed"
            " authorised processor adds data importer under the GDPR evidence",
        }
        assert [name for fact in TRANSFER_FACTS for name in fact.former_names] == ["permitted"]

    @pytest.mark.parametrize(
        ("words", "value"),
        [(["ja", "yes", "true", "sant", "1", "JA", "SANT"], True), (["nej", "no", "false", "falskt", "0", ""], False)],
    )
    def test_what_was_read_as_yes_or_no_still_is(self, words: list[str], value: bool) -> None:
        assert {YES_NO.read(word) for word in words} == {value}

    @pytest.mark.parametrize(("language", "name"), [("sv", "KR (Sydkorea)"), ("en", "KR (South Korea)")])
    def test_suggested_countries_are_named_in_the_language_of_the_reader(self, language: str, name: str) -> None:
        head = "Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund\n"
        with translation.override(language), pytest.raises(DocumentProblems) as refused:
            parse(f"{head}A\tB\tC\tKorea\tD\n".encode())
        with translation.override(language):
            assert name in " ".join(problem_texts(refused.value.problems))
            with pytest.raises(Unreadable) as unreadable:
                COLUMNS_BY_KEY["vendor_country"].type.read("Korea")
        assert name in str(unreadable.value)

    def test_what_could_be_written_is_said_in_all_of_them(self) -> None:
        table = Table(["x", "y"], [])
        with translation.override("en"), pytest.raises(DocumentProblems) as refused:
            import_content(table)
        words = problem_texts(refused.value.problems)[0]
        for column in DETAIL_COLUMNS:
            assert languages.all_spellings(column.label) in words
        assert "Lagringstid (Retention)" in words
        assert "Status," in words


def test_workbooks_are_read_without_django() -> None:
    """The reader is told which headings there are: it knows no languages."""
    content = write_xlsx(Table(["a", "b"], [(2, ["c", "d"])]))
    table: Any = READERS["xlsx"](content, {"sheet": "", "headings": ["a"], "sheet_headings": ["a"]})
    assert list(table.headings) == ["a", "b"]
