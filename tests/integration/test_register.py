"""The register on screen and its export: the same rows, order and columns, as at the same day."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from registry.files.columns import COLUMNS_BY_KEY, DERIVED_COLUMNS, STORED_COLUMNS
from registry.files.verify_export import verify_export
from registry.history.seals import digest_after
from registry.history.time_travel import last_change_set_of
from registry.models import Agreement, ChangeSet, ProcessingActivity, Source, Transfer, User, Vendor
from registry.web.lists.query import is_sortable

pytestmark = pytest.mark.django_db
REGISTER, EXPORT = "/admin/register/", "/admin/register/export/"
LOOK = ("view_vendor", "view_processingactivity", "view_transfer", "view_transfermechanism")


def rows_of(client: Client, **query: Any) -> list[dict[str, str]]:
    address = EXPORT + "?" + "&".join(f"{name}={value}" for name, value in query.items())
    response = client.post(address, {"format": "csv"})
    assert response.status_code == 200, response.content.decode()[:500]
    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
    assert all(row.pop("Key") or row["Purpose"] == "no activity stated: an open question" for row in rows)
    return rows


def test_it_shows_the_document_and_its_verdicts(admin: Client, reference: None, imported: None) -> None:
    page = admin.get(REGISTER).content.decode()
    first = ProcessingActivity.objects.order_by("position").first()
    assert first.vendor.name in page
    assert page.count('<tr role="row"') == 39
    assert "verdict-no_transfer" in page
    assert "verdict-needs_check" in page or "verdict-not_covered" in page


@pytest.mark.parametrize(
    "column", [column for column in COLUMNS_BY_KEY.values() if is_sortable(column)], ids=lambda c: c.key
)
def test_each_column_that_can_be_sorted_is(admin: Client, reference: None, imported: None, column: Any) -> None:
    up = rows_of(admin, sort=column.key, column=column.key)
    down = rows_of(admin, sort=f"-{column.key}", column=column.key)
    assert len(up) == len(down) == 38
    assert sorted(map(str, up)) == sorted(map(str, down))
    assert admin.get(REGISTER, {"sort": column.key}).status_code == 200


FILTERS = [
    ({"text": "DOMÄN"}, lambda row: "domän" in (row["Purpose"] + row["Personal data"]).lower()),
    ({"country": "US"}, lambda row: row["Country"] == "US"),
    ({"vendor": "apsis"}, lambda row: "apsis" in row["Vendor"].lower()),
    ({"verdict": "no_transfer"}, lambda row: row["Verdict"] == "no transfer"),
    ({"verdict": "needs_check", "law": "2020-07-15"}, lambda row: row["Verdict"] == "needs check"),
    ({"finding": "role_not_assessed"}, lambda row: row["Vendor's role"] == "not assessed"),
    ({"finding": "transfer_not_covered", "law": "2020-07-16"}, lambda row: row["Verdict"] == "not covered"),
]


@pytest.mark.parametrize(("query", "fits"), FILTERS, ids=[str(query) for query, _fits in FILTERS])
def test_the_export_has_exactly_the_rows_on_screen(
    admin: Client, reference: None, imported: None, query: dict[str, str], fits: Callable[[dict[str, str]], bool]
) -> None:
    columns = "&column=".join(COLUMNS_BY_KEY)
    rows = rows_of(admin, **query, column=columns)
    assert 0 < len(rows) <= 38
    assert all(map(fits, rows))
    page = admin.get(REGISTER, query)
    assert page.context["page"].paginator.count == len(rows)
    assert len(page.context["rows"]) == len(rows)


def test_the_export_has_the_columns_that_are_chosen_in_that_order(admin: Client, imported: None) -> None:
    rows = rows_of(admin, column="country&column=vendor")
    assert list(rows[0]) == ["Country", "Vendor"]


@pytest.mark.parametrize(
    "query",
    [
        "colour=red",
        "country=XX",
        "verdict=fine",
        "column=nothing",
        "sort=nothing",
        "sort=transfers",
        "day=2026-02-30",
        "day=soon",
        "day=2999-01-01",
        "law=0001-01-01",
        "day=2020-01-01&day=2020-01-02",
        "owner=nobody-of-that-name",
    ],
)
def test_what_is_not_understood_is_refused_and_never_a_wider_result(admin: Client, imported: None, query: str) -> None:
    page = admin.get(f"{REGISTER}?{query}")
    assert page.status_code == 400
    assert "errornote" in page.content.decode()
    assert "<td" not in page.content.decode()
    before = ChangeSet.objects.count()
    assert admin.post(f"{EXPORT}?{query}", {"format": "csv"}).status_code == 400
    assert ChangeSet.objects.count() == before


def test_as_at_a_day_it_shows_the_state_of_then_and_says_so(
    admin: Client, reference: None, imported: None, recording: Any, next_day: Callable[[], None]
) -> None:
    on = timezone.localdate()
    before = rows_of(admin)
    next_day()
    with recording("today"):
        for activity in ProcessingActivity.objects.filter(country="US"):
            activity.delete()
        vendor = Vendor.objects.first()
        vendor.name = "Omdöpt AB"
        vendor.save()
    assert rows_of(admin, day=on.isoformat()) == before != rows_of(admin)
    page = admin.get(REGISTER, {"day": on.isoformat()}).content.decode()
    assert "Nothing can be changed here" in page
    assert "Omdöpt AB" not in page
    assert "Omdöpt AB" in admin.get(REGISTER).content.decode()


def test_the_law_is_of_that_day_unless_another_is_named(admin: Client, reference: None, imported: None) -> None:
    assert admin.get(REGISTER, {"day": timezone.localdate().isoformat()}).context["law"].on == timezone.localdate()
    assert admin.get(REGISTER, {"day": "2020-01-02"}).context["law"].on == date(2020, 1, 2)
    assert admin.get(REGISTER, {"day": "2020-01-02", "law": "2021-01-02"}).context["law"].on == date(2021, 1, 2)


def test_an_export_says_what_it_is_and_is_on_record(
    admin: Client, reference: None, imported: None, recording: Any, next_day: Callable[[], None]
) -> None:
    on = timezone.localdate()
    act = last_change_set_of(on)
    next_day()
    with recording("today"):
        Vendor(name="Ny AB").save()
    response = admin.post(f"{EXPORT}?day={on}&country=US&sort=-vendor", {"format": "xlsx"})
    content = response.getvalue()
    book = openpyxl.load_workbook(io.BytesIO(content))
    about = {row[0].value: str(row[1].value) for row in book["About"].iter_rows()}
    assert about["Rows shown"] == "Status: active; Country: United States; sorted by: Vendor ↓"
    assert about["Number of rows"] == str(ProcessingActivity.objects.filter(country="US").count())
    assert about["As at the end of"].startswith(on.isoformat())
    assert about["Head of the history (digest)"] == digest_after(act)
    record = ChangeSet.objects.first()
    assert (record.source, record.details["day"], record.details["format"]) == (Source.EXPORT, on.isoformat(), "xlsx")
    assert "United States" in record.details["rows"]
    origin = verify_export(content)
    assert (origin.export, origin.state.pk) == (record, act)


def test_the_document_of_a_day_is_the_document_of_then(
    admin: Client, imported: None, original: bytes, recording: Any, next_day: Callable[[], None]
) -> None:
    on = timezone.localdate()
    next_day()
    with recording("today"):
        Vendor.objects.first().delete()
    assert admin.post(f"{EXPORT}?day={on}", {"format": "document"}).getvalue() == original
    assert admin.post(EXPORT, {"format": "document"}).getvalue() != original


def test_the_document_page_has_its_pages_and_words(admin: Client, imported: None) -> None:
    page = admin.get("/admin/register/document/").content.decode()
    assert page.count("Laglig grund</th>") == 3
    assert "BITRÄDESAVTAL" in page
    assert admin.get("/admin/register/document/?day=nonsense").status_code == 400


def test_derived_columns_are_passed_over_when_they_come_back_and_named(
    admin: Client, reference: None, imported: None
) -> None:
    keys = "&column=".join([*(column.key for column in STORED_COLUMNS), *(column.key for column in DERIVED_COLUMNS)])
    content = admin.post(f"{EXPORT}?column={keys}", {"format": "csv"}).getvalue()
    file = io.BytesIO(content)
    file.name = "register.csv"
    page = admin.post("/admin/registry/processingactivity/import/", {"import_file": file}, follow=True).content.decode()
    with translation.override("en"):
        assert [column.heading for column in DERIVED_COLUMNS if column.heading not in page] == []
    assert "38" in page


class TestRights:
    def test_who_may_look_may_look(self, sign_in: Callable[..., Client], imported: None) -> None:
        client = sign_in(*LOOK)
        assert client.get(REGISTER).status_code == 200
        assert "Export exactly this" not in client.get(REGISTER).content.decode()
        assert client.post(EXPORT, {"format": "csv"}).status_code == 403

    @pytest.mark.parametrize("missing", LOOK)
    def test_who_may_not_see_all_that_it_shows_may_not(
        self, sign_in: Callable[..., Client], imported: None, missing: str
    ) -> None:
        client = sign_in(*(right for right in LOOK if right != missing), "export_processingactivity")
        for address in (REGISTER, "/admin/register/document/"):
            assert client.get(address).status_code == 403
        assert client.post(EXPORT, {"format": "csv"}).status_code == 403

    def test_nobody_is_asked_to_sign_in(self, client: Client, imported: None) -> None:
        for address in (REGISTER, "/admin/register/document/", "/admin/register/difference/"):
            assert client.get(address).status_code == 302
        assert client.post(EXPORT, {"format": "csv"}).status_code == 302


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(
    admin: Client, reference: None, imported: None, recording: Any
) -> None:
    keys = list(COLUMNS_BY_KEY)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert admin.get(REGISTER, {"column": keys, "status": "all", "text": "Ny"}).status_code == 200
        return len(asked)

    def add(count: int) -> None:
        with recording("more"):
            for number in range(count):
                vendor = Vendor(name=f"Ny {count} {number}")
                vendor.save()
                ProcessingActivity(vendor=vendor, purpose="Drift", country="US").save()
                Agreement(vendor=vendor, kind="processing").save()

    add(2)
    queries()  # fills the caches of a process
    add(1)
    before = queries()
    add(20)
    assert queries() == before


class TestCommand:
    def test_it_exports_columns_of_a_day(self, imported: None, tmp_path: Any) -> None:
        file = tmp_path / "r.csv"
        call_command(
            "export_register", format="csv", output=file, columns=["vendor", "country"], filter=["country=US"],
            sort="-vendor", language="en",
        )  # fmt: skip
        rows = list(csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8-sig"))))
        assert list(rows[0]) == ["Vendor", "Country", "Key"]
        assert [row["Vendor"] for row in rows] == sorted(
            (row["Vendor"] for row in rows), key=str.casefold, reverse=True
        )
        call_command("export_register", format="csv", output=file, as_at="2001-01-01")
        assert len(file.read_bytes().decode().splitlines()) == 1

    @pytest.mark.parametrize(
        "wrong",
        [
            {"as_at": "soon"},
            {"columns": ["nothing"]},
            {"sort": "nothing"},
            {"filter": ["country=XX"]},
            {"filter": ["x=1"]},
        ],
    )
    def test_what_is_not_understood_is_refused(self, imported: None, tmp_path: Any, wrong: dict[str, Any]) -> None:
        with pytest.raises(CommandError) as refused:
            call_command("export_register", format="csv", output=tmp_path / "r.csv", **wrong)
        assert refused.value.returncode == 2
        assert not (tmp_path / "r.csv").exists()


def test_owners_are_a_filter(admin: Client, imported: None, recording: Any, make_user: Callable[..., User]) -> None:
    owner = make_user(name="ägare")
    with recording("owner"):
        vendor = Vendor.objects.first()
        vendor.owner = owner
        vendor.save()
    rows = rows_of(admin, owner="ägare")
    assert {row["Vendor"] for row in rows} == {vendor.name}


def test_a_mechanism_is_a_filter_and_rows_are_there_once(admin: Client, imported: None, recording: Any) -> None:
    transfer = Transfer.objects.first()
    with recording("twice"):
        Transfer(activity=transfer.activity, mechanism=transfer.mechanism, country="IN").save()
    rows = rows_of(admin, mechanism=transfer.mechanism.code)
    assert len(rows) == 8
    assert len({(row["Vendor"], row["Purpose"]) for row in rows}) == 8
