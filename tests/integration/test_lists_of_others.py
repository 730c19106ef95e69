"""Lists of processors as others write them come in by matching, without editing the file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from registry.models import (
    Agreement,
    AgreementKind,
    ChangeSet,
    LegalBasis,
    Matching,
    ProcessingActivity,
    Source,
    Status,
    Transfer,
    Upload,
    Vendor,
    change_set,
)
from tests.factories import make_activity, make_vendor
from tests.integration.imports import IMPORT, confirm, run
from tests.integration.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]

CASES = Path(__file__).parents[1] / "cases"


def case(name: str) -> bytes:
    folder = "lists" if name.startswith("l") else "files"
    return (CASES / folder / name).read_bytes()


def send(client: Client, name: str, content: bytes | None = None) -> Any:
    file = SimpleUploadedFile(name, case(name) if content is None else content)
    return client.post(IMPORT, {"import_file": file}, follow=True)


def guesses(response: Any) -> dict[str, str]:
    """Return what the page of questions sends where nothing on it is changed."""
    assert "form" in response.context, text_of(response)
    parts = response.context["form"].parts()
    return {each.question.key: each.value for _part, _title, questions in parts for each in questions}


def bring_in(client: Client, name: str, **answers: str) -> Any:
    """Import a list with the guesses and some answers instead; return the preview."""
    page = send(client, name)
    for _round in range(3):
        if page.resolver_match.url_name != "import_matching":
            break
        sent = guesses(page) | {key: value for key, value in answers.items() if key in guesses(page)}
        page = client.post(page.request["PATH_INFO"], sent, follow=True)
    assert page.resolver_match.url_name == "registry_processingactivity_import_preview", text_of(page)
    assert "preview" in page.context, text_of(page)
    confirm(client, page)
    assert ChangeSet.objects.filter(source=Source.IMPORT).exists(), text_of(page)
    return page


def transfers() -> Counter[tuple[str, str]]:
    rows = Transfer.objects.select_related("activity", "mechanism")
    return Counter((each.country or each.activity.country, each.mechanism_code) for each in rows)


def counts() -> tuple[int, int]:
    return Vendor.objects.count(), ProcessingActivity.objects.count()


def test_a_row_for_each_product_is_joined(admin_client: Client) -> None:
    page = bring_in(admin_client, "l04_row_per_product.xlsx")
    assert counts() == (3, 4)
    assert transfers() == {("US", ""): 2}
    cloud = ProcessingActivity.objects.get(vendor__name="Exempel Cloud Inc.")
    assert cloud.personal_data == "Mail data, use of the website, IP address, random identifier, events"
    assert Vendor.objects.filter(name="Exempel Mail").exists()
    assert "Last updated" not in text_of(page) or "Inte med" in text_of(page)


def test_a_row_for_each_product_is_told_apart(admin_client: Client) -> None:
    key = "repeated:data hosting location:personal data type:applicable services"
    bring_in(admin_client, "l04_row_per_product.xlsx", **{key: "apart:Applicable Services"})
    assert counts() == (3, 7)
    assert ProcessingActivity.objects.filter(purpose="Cloud hosting (Exempel Shop)").exists()


def test_regions_are_asked_without_a_hint(admin_client: Client) -> None:
    page = send(admin_client, "l04_row_per_product.xlsx")
    asked = {each.key: each for each in page.context["form"].questions}
    for region in ("north america", "europe", "asia pacific"):
        assert not asked[f"place:{region}"].hints
    assert "remark:optional" in asked


@pytest.mark.parametrize(("role", "expected"), [("vendor_country", {}), ("country", {("GB", ""): 1, ("US", ""): 2})])
def test_two_tables_on_a_sheet(admin_client: Client, role: str, expected: dict[Any, int]) -> None:
    bring_in(admin_client, "l05_two_tables_group.xlsx", **{"column:entity country:": role})
    assert counts() == (7, 7)
    assert transfers() == expected
    seats = Vendor.objects.exclude(country="").count()
    assert seats == (7 if role == "vendor_country" else 0)


def test_a_table_for_each_region(admin_client: Client) -> None:
    bring_in(admin_client, "l06_section_per_region.csv")
    assert counts() == (4, 4)
    assert transfers() == {("US", ""): 3}


def test_one_region_alone(admin_client: Client) -> None:
    bring_in(admin_client, "l06_section_per_region.csv", **{"table::1": "leave"})
    assert counts() == (3, 3)


def test_active_and_former_ones(admin_client: Client) -> None:
    bring_in(admin_client, "l13_bilaga_aktiva_och_tidigare.xlsx", **{"day:2023-12": "2023-12-15"})
    assert counts() == (6, 6)
    ended = ProcessingActivity.objects.filter(status=Status.ENDED)
    assert {str(each.vendor.ended_on) for each in ended} == {"2022-06-30", "2023-12-15"}
    assert [
        str(each) for each in Vendor.objects.exclude(data_returned_on=None).values_list("data_returned_on", flat=True)
    ] == ["2022-07-15"]
    assert transfers() == {("US", "dpf"): 1, ("US", "scc"): 1, ("GB", "gb_2026"): 1}
    assert not Vendor.objects.filter(registration_number="–").exists()


def test_a_table_of_markdown(admin_client: Client) -> None:
    bring_in(admin_client, "l14_markdown_underbitraden.txt")
    assert counts() == (5, 5)
    assert transfers() == {("US", ""): 1}
    names = "".join(Vendor.objects.values_list("name", flat=True))
    assert not set("*[]|") & set(names)
    assert ProcessingActivity.objects.get(purpose="Fel|loggar").notes == "https://example.com/5"


def test_french(admin_client: Client) -> None:
    page = send(admin_client, "l16_fr_encadrement.csv")
    assert "place:ue" in guesses(page)
    bring_in(admin_client, "l16_fr_encadrement.csv")
    assert counts() == (6, 6)
    assert Agreement.objects.filter(kind=AgreementKind.PROCESSING, signed_on=None).count() == 4
    assert transfers() == {("US", "scc"): 2, ("US", "dpf"): 1, ("CH", "ch_2000"): 1, ("MU", "scc"): 1}


def test_german(admin_client: Client) -> None:
    bring_in(admin_client, "l17_de_avv_verzeichnis.csv")
    assert counts() == (5, 5)
    signed = {str(each) for each in Agreement.objects.values_list("signed_on", flat=True)}
    assert signed == {"2024-05-01", "2023-11-15", "2022-02-03", "2021-12-31"}
    vendor = Vendor.objects.get(name="Exempel GmbH 1")
    assert (str(vendor.last_reviewed_on), vendor.review_interval_months) == ("2024-05-01", 36)
    assert not ProcessingActivity.objects.exclude(country="").exists()


def test_a_sheet_for_each_module(admin_client: Client) -> None:
    bring_in(admin_client, "l18_de_sccs_je_modul.xlsx", **{"purpose_of:modul 3": "Unterauftrag"})
    assert counts() == (6, 6)
    by_module = Counter(each.mechanism_code for each in Transfer.objects.exclude(signed_on=None))
    assert by_module == {"scc_2021_m1": 1, "scc_2021_m2": 3, "scc_2021_m3": 2}
    engaged = {each.name: each.engaged_by.name for each in Vendor.objects.exclude(engaged_by=None)}
    assert engaged == {"Exempel Logs Inc.": "Exempel Inc. 1", "Exempel Pvt. Ltd. 2": "Exempel GmbH 4"}


def test_who_and_what_but_never_where(admin_client: Client) -> None:
    page = send(admin_client, "l21_two_columns_no_country.tsv")
    assert guesses(page)["lone::users"] == "continues"
    bring_in(admin_client, "l21_two_columns_no_country.tsv")
    assert counts() == (6, 6)
    assert not Transfer.objects.exists()
    assert ProcessingActivity.objects.get(vendor__name="Exempel Notes").purpose == "Communication with Authorized Users"


@pytest.mark.parametrize(
    ("name", "vendors", "activities"),
    [("v1_supplier_function.csv", 4, 4), ("v2_name_of_subprocessor.csv", 6, 7), ("v6_provider_jurisdiction.csv", 3, 3)],
)
def test_published_lists(admin_client: Client, name: str, vendors: int, activities: int) -> None:
    bring_in(admin_client, name)
    assert counts() == (vendors, activities)


def test_several_countries_become_the_country_and_transfers(admin_client: Client) -> None:
    bring_in(admin_client, "v2_name_of_subprocessor.csv")
    azul = ProcessingActivity.objects.get(vendor__name="Bigsoft (Azul)", purpose="Cloud Hosted Infrastructure")
    assert azul.country == "US"
    assert {each.country for each in azul.transfers.all()} == {"", "CA", "CL", "MX"}


def test_the_words_for_countries(admin_client: Client) -> None:
    page = send(admin_client, "v8_country_words.csv")
    asked = {each.about for each in page.context["form"].questions if each.asks == "place"}
    assert asked == {"EU", "EU/EES", "EES", "EEA", "Globalt", "Global", "Worldwide", "Hela världen", "Korea"}
    korea = next(each for each in page.context["form"].questions if each.about == "Korea")
    assert set(korea.hints) == {"KP", "KR"}
    bring_in(admin_client, "v8_country_words.csv", **{"place:korea": "KR"})
    named = dict(ProcessingActivity.objects.values_list("vendor__name", "country"))
    assert named["Lev 22"] == "GB"
    assert named["Lev 28"] == "KR"
    assert named["Lev 56"] == ""


def test_ditto_marks_are_asked(admin_client: Client) -> None:
    page = send(admin_client, "b12b_ditto.xlsx")
    assert guesses(page)['ditto:"'] == "above"
    bring_in(admin_client, "b12b_ditto.xlsx")
    assert counts() == (1, 3)


def test_norway_is_asked(admin_client: Client) -> None:
    page = send(admin_client, "i22_norway.json")
    assert guesses(page)["norway"] == "yes"
    bring_in(admin_client, "i22_norway.json")
    assert set(ProcessingActivity.objects.values_list("country", flat=True)) == {"NO"}


@pytest.mark.parametrize(
    "name", ["b1_title_above.xlsx", "b11d_heading_variants.xlsx", "i2_own_words.xlsx", "b7d_pipe.csv"]
)
def test_what_is_understood_is_not_asked(admin_client: Client, name: str) -> None:
    page = send(admin_client, name)
    assert page.resolver_match.url_name == "registry_processingactivity_import_preview", text_of(page)
    assert len(page.context["preview"].new) == 1


def test_the_answers_are_kept_for_the_next_file_of_the_shape(admin_client: Client) -> None:
    bring_in(admin_client, "v1_supplier_function.csv")
    matching = Matching.objects.get()
    assert matching.name == "v1_supplier_function"
    again = case("v1_supplier_function.csv").replace(b"Exempel AB,", b"Exempel Nya AB,")
    page = send(admin_client, "list.csv", again)
    assert page.resolver_match.url_name == "registry_processingactivity_import_preview"
    assert len(page.context["preview"].new) == 1
    shown = admin_client.get(reverse("admin:matchings"))
    assert "v1_supplier_function" in text_of(shown)
    admin_client.post(reverse("admin:matching_remove", args=[matching.pk]))
    page = send(admin_client, "list.csv", again)
    assert page.resolver_match.url_name == "import_matching"


def test_what_is_new_in_the_next_file_is_asked(admin_client: Client) -> None:
    bring_in(admin_client, "v1_supplier_function.csv")
    again = case("v1_supplier_function.csv").replace(b"Sweden", b"Atlantis")
    page = send(admin_client, "list.csv", again)
    assert page.resolver_match.url_name == "import_matching"
    assert page.context["open_keys"] == {"place:atlantis"}


def test_an_answer_that_cannot_be_read_is_said(admin_client: Client) -> None:
    page = send(admin_client, "l04_row_per_product.xlsx")
    answers = guesses(page) | {"place:europe": "Atlantis"}
    page = admin_client.post(page.request["PATH_INFO"], answers, follow=True)
    assert page.resolver_match.url_name == "import_matching"
    assert "Svaret går inte att läsa" in text_of(page)
    assert not Vendor.objects.exists()


def test_a_list_of_others_removes_and_ends_nothing(admin_client: Client) -> None:
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        vendor = make_vendor(name="Exempel Pay Ltd", notes="Från inköp")
        kept = make_activity(
            vendor=vendor,
            purpose="Billing",
            personal_data="Namn",
            country="SE",
            legal_basis=LegalBasis.objects.create(label="Avtal"),
            retention="ett år",
        )
        other = make_activity(vendor=make_vendor(name="Någon annan AB"))
    page = bring_in(admin_client, "l21_two_columns_no_country.tsv")
    assert not page.context["preview"].missing
    kept.refresh_from_db()
    other.refresh_from_db()
    assert (kept.personal_data, kept.country, kept.retention, str(kept.legal_basis)) == (
        "Namn",
        "SE",
        "ett år",
        "Avtal",
    )
    assert kept.vendor.notes == "Från inköp"
    assert other.status == Status.ACTIVE


def test_vendors_that_differ_by_legal_form_are_offered_as_the_same(admin_client: Client) -> None:
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        make_vendor(name="Exempel Pay")
    page = send(admin_client, "l21_two_columns_no_country.tsv")
    assert guesses(page)["same:exempel pay ltd:exempel pay"] == "Exempel Pay"
    bring_in(admin_client, "l21_two_columns_no_country.tsv")
    assert Vendor.objects.count() == 6


def test_the_import_keeps_the_answers_on_record(admin_client: Client) -> None:
    bring_in(admin_client, "v1_supplier_function.csv")
    details = ChangeSet.objects.get(source=Source.IMPORT).details
    assert details["answers"]["column:supplier:"] == "vendor"


def test_who_may_not_import_is_not_asked(client: Client, admin_client: Client, django_user_model: Any) -> None:
    send(admin_client, "v1_supplier_function.csv")
    token = Upload.objects.get().token
    client.force_login(django_user_model.objects.create_user("plain", is_staff=True))
    assert client.get(reverse("admin:import_matching", args=[token])).status_code == 403
    assert client.get(reverse("admin:matchings")).status_code == 403


def test_the_command_asks_and_takes_answers(capsys: Any, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(case("v1_supplier_function.csv"))
    status, _out, err = run(capsys, "import_register", file, reason="x", map=["Function=purpose"])
    assert status == 1
    assert '--answer "ground:gdpr=nothing" (line 2)' in err
    assert not Vendor.objects.exists()
    status, out, _err = run(
        capsys,
        "import_register",
        file,
        reason="x",
        map=["Function=Orsak"],
        answer=["ground:gdpr=basis"],
        take_guesses=True,
    )
    assert status == 0, out
    assert "guessed: ground:intra-group agreement=agreement" in out
    assert "new vendor: Exempel AB" in out
    assert LegalBasis.objects.filter(label="GDPR").exists()


def test_the_command_skips_columns_and_uses_a_matching(admin_client: Client, capsys: Any, tmp_path: Path) -> None:
    bring_in(admin_client, "v1_supplier_function.csv")
    file = tmp_path / "list.csv"
    file.write_bytes(case("v1_supplier_function.csv").replace(b"Exempel AB,", b"Exempel Nya AB,"))
    status, out, _err = run(
        capsys, "import_register", file, reason="x", matching="v1_supplier_function", skip=["Legal basis"]
    )
    assert status == 0, out
    assert "column not taken: Legal basis" in out
    assert not Agreement.objects.filter(vendor__name="Exempel Nya AB").exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"map": ["Function"]}, "write it as"),
        ({"map": ["Function=nonsense"]}, "is not a column"),
        ({"answer": ["eu"]}, "write it as"),
        ({"matching": "none"}, "There is no matching"),
    ],
)
def test_the_command_says_what_is_wrong_with_its_options(capsys: Any, tmp_path: Path, options: Any, why: str) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(case("v1_supplier_function.csv"))
    status, out, _err = run(capsys, "import_register", file, reason="x", **options)
    assert status == 2
    assert why in out


def test_a_list_without_headings_loses_no_row(admin_client: Client) -> None:
    page = send(admin_client, "names.csv", b"Exempel Moln Inc.\nExempel Post AB\n")
    assert guesses(page)["headings::exempel moln inc."] == "no"
    answers = guesses(page) | {"purpose_of:": "Drift"}
    page = admin_client.post(page.request["PATH_INFO"], answers, follow=True)
    assert [each.name for each in page.context["preview"].new] == ["Exempel Moln Inc.: Drift", "Exempel Post AB: Drift"]


def test_what_is_marked_as_removed_comes_in_as_ended(admin_client: Client) -> None:
    rows = b"Vendor,Service,Location,Status\nAlfa,Drift,SE,Removed 2024-01-01\nBeta (ended),Drift,SE,Approved\n"
    rows += b"Gamma,Drift,SE,\n"
    page = send(admin_client, "list.csv", rows)
    page = admin_client.post(page.request["PATH_INFO"], guesses(page), follow=True)
    confirm(admin_client, page)
    status = dict(ProcessingActivity.objects.values_list("vendor__name", "status"))
    assert status == {"Alfa": Status.ENDED, "Beta": Status.ENDED, "Gamma": Status.ACTIVE}


def test_rows_without_vendor_or_purpose_are_asked(admin_client: Client) -> None:
    rows = b"Vendor,Service,Location\nAlfa,Drift,SE\n,Backup,SE\nBeta,,SE\n"
    page = send(admin_client, "list.csv", rows)
    assert guesses(page)["vendor_blank"] == "above"
    page = admin_client.post(page.request["PATH_INFO"], guesses(page) | {"purpose_blank": "Support"}, follow=True)
    names = [each.name for each in page.context["preview"].new]
    assert names == ["Alfa: Drift", "Alfa: Backup", "Beta: Support"]


def test_a_list_needs_a_column_with_vendors(admin_client: Client) -> None:
    page = send(admin_client, "list.csv", b"Vendor,Service,Location\nAlfa,Drift,SE\n,,\n")
    page = admin_client.get(reverse("admin:import_matching", args=[Upload.objects.get().token]))
    page = admin_client.post(page.request["PATH_INFO"], guesses(page) | {"column:vendor:": "skip"}, follow=True)
    assert page.resolver_match.url_name == "import_matching"
    assert "vilken kolumn som innehåller leverantören" in text_of(page)


def test_answers_that_lead_to_no_import_are_not_kept(admin_client: Client) -> None:
    page = send(admin_client, "v1_supplier_function.csv")
    admin_client.post(page.request["PATH_INFO"], guesses(page), follow=True)
    assert not Matching.objects.exists()


def test_a_refused_list_leads_back_to_the_answers(admin_client: Client) -> None:
    page = send(admin_client, "list.csv", b"Vendor,Service,Location,Review interval\nAlfa,Drift,SE,often\n")
    answers = guesses(page)
    key = next(key for key in answers if key.startswith("column:review interval"))
    page = admin_client.post(page.request["PATH_INFO"], answers | {key: "vendor_review"}, follow=True)
    assert "är inget heltal" in text_of(page)
    assert reverse("admin:import_matching", args=[Upload.objects.get().token]) in page.content.decode()
