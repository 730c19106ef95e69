"""Days and numbers at their limits, in each way in which they come; and what an older release let in breaks no page."""

from contextlib import contextmanager
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.urls import reverse
from django.utils import timezone

from registry.core.months import months_later
from registry.files.cell_types import DAY
from registry.files.columns import DETAIL_COLUMNS
from registry.files.nested import AGREEMENT_FACTS, TRANSFER_FACTS
from registry.models import (
    Acceptance,
    Agreement,
    AgreementKind,
    DocumentText,
    Edition,
    ProcessingActivity,
    Transfer,
    TransferMechanism,
    User,
    Vendor,
)
from tests.factories import make_activity, make_agreement, make_transfer, make_vendor
from tests.files import HEADINGS, ROW, csv
from tests.integration.beginnings import bring_reference, new_activity, new_user, recording
from tests.integration.imports import client_get, run, upload
from tests.integration.layers import layer
from tests.integration.pages import text_of

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parent / "files"
IMPOSSIBLE = [date(1, 1, 1), date(1989, 12, 31), date(2101, 1, 1), date(9999, 12, 31)]
TRACKED = [model for model in apps.get_app_config("registry").get_models() if hasattr(model, "history")]
DAYS = [
    (model, field.name) for model in TRACKED for field in model._meta.concrete_fields if type(field) is models.DateField
]
NAMES = [f"{model.__name__}.{name}" for model, name in DAYS]


def of_each_kind():
    """One entry of each kind that has days."""
    activity = new_activity()
    bring_reference()
    with recording():
        agreement = make_agreement(vendor=activity.vendor, kind=AgreementKind.OTHER)
        mechanism = TransferMechanism.objects.get(code="scc_2021_m2")
        transfer = make_transfer(activity=activity, mechanism=mechanism)
        text = DocumentText(pk=DocumentText.THE_ONE, title="x")
        text.save()
        acceptance = Acceptance.objects.create(
            rule="role_not_assessed",
            vendor=activity.vendor,
            accepted_by=new_user(name="dpo"),
            why="x",
            until=date(2030, 1, 1),
        )
        edition = Edition.objects.create(series=text, number=1, day=date(2030, 1, 1), content_sha256="0" * 64)
    return {type(each): each for each in (activity.vendor, agreement, mechanism, transfer, text, acceptance, edition)}


@layer
def entries():
    return of_each_kind()


class TestEachDay:
    @pytest.mark.parametrize(("model", "name"), DAYS, ids=NAMES)
    def test_is_refused_outside_and_taken_at_the_limits(self, entries, model, name):
        entry = entries[model]
        for day in IMPOSSIBLE:
            setattr(entry, name, day)
            with pytest.raises(ValidationError) as refused:
                entry.clean_fields()
            assert name in refused.value.message_dict
        setattr(entry, name, date(1990, 1, 1))
        entry.clean_fields()

    @pytest.mark.parametrize(("model", "name"), DAYS, ids=NAMES)
    def test_is_a_matter_of_the_database_too(self, entries, model, name):
        entry = entries[model]
        for other in (other for each, other in DAYS if each is model and model is TransferMechanism):
            setattr(entry, other, None)
        setattr(entry, name, date(2101, 1, 1))
        with pytest.raises((IntegrityError, ValidationError)), recording(), transaction.atomic():
            entry.save()


@pytest.mark.parametrize(
    ("months", "refused"), [(0, True), (1, False), (120, False), (121, True), (99_999, True), (-1, True)]
)
def test_a_review_interval_is_one_month_to_ten_years(months, refused):
    vendor = Vendor(name="x", review_interval_months=months)
    if refused:
        with pytest.raises(ValidationError):
            vendor.clean_fields()
    else:
        vendor.clean_fields()


def test_a_review_is_not_in_the_future():
    vendor = Vendor(name="x", last_reviewed_on=timezone.localdate() + timedelta(days=1))
    with pytest.raises(ValidationError) as refused:
        vendor.clean_fields()
    assert list(refused.value.message_dict) == ["last_reviewed_on"]


LINKS = [
    (model, field.name) for model in TRACKED for field in model._meta.concrete_fields if type(field) is models.URLField
]


@pytest.mark.parametrize(("model", "name"), LINKS, ids=[f"{model.__name__}.{name}" for model, name in LINKS])
def test_a_link_leads_to_a_page_and_to_nothing_else(model, name):
    field = model._meta.get_field(name)
    for link in ("ftp://files.example.com/a", "ftps://files.example.com", "//example.com/a", "javascript:alert(1)"):
        with pytest.raises(ValidationError):
            field.clean(link, model())
    assert field.clean("HTTPS://example.com/a", model())


@pytest.mark.one_database("files that are refused before anything is written")
class TestFiles:
    @pytest.mark.parametrize("name", ["d1_reviewed_9999.xlsx", "d2_interval_99999.xlsx", "i24_future.xlsx"])
    def test_what_would_break_pages_is_refused_by_line_and_column(self, editor, name):
        page = client_get(editor, upload(editor, (FILES / name).read_bytes(), name))
        assert "line 2, column" in text_of(page) or "line 2: " in text_of(page)
        assert "eview" in text_of(page)
        assert not Vendor.objects.exists()

    @pytest.mark.parametrize("column", [each for each in DETAIL_COLUMNS if each.type is DAY], ids=lambda each: each.key)
    @pytest.mark.parametrize("day", ["0001-01-01", "1989-12-31", "2101-01-01", "9999-12-31"])
    def test_each_column_with_days(self, capsys, tmp_path, column, day):
        file = tmp_path / "register.csv"
        file.write_bytes(csv([*HEADINGS, column.heading], [*ROW, day]))
        status, _out, err = run(capsys, "import_register", file, reason="x")
        assert status == 1
        assert "line 2" in err
        assert "1990-01-01 to 2100-12-31" in err

    @pytest.mark.parametrize(
        ("heading", "cell"),
        [
            *(
                ("Leverantörens avtal", f"annat: {fact.name}=9999-12-31")
                for fact in AGREEMENT_FACTS
                if fact.type is DAY
            ),
            *(("Överföringar", f"SCC: {fact.name}=0001-01-01") for fact in TRANSFER_FACTS if fact.type is DAY),
        ],
    )
    def test_each_fact_with_days(self, capsys, tmp_path, reference, heading, cell):
        file = tmp_path / "register.csv"
        file.write_bytes(csv([*HEADINGS, heading], [*ROW[:4], "Samtycke + SCC", cell]))
        status, _out, err = run(capsys, "import_register", file, reason="x")
        assert status == 1
        assert "1990-01-01 to 2100-12-31" in err

    @pytest.mark.parametrize("link", ["ftp://files.example.com/a", "//example.com"])
    def test_links(self, capsys, tmp_path, link):
        file = tmp_path / "register.csv"
        file.write_bytes(csv([*HEADINGS, "Webbplats"], [*ROW, link]))
        status, _out, err = run(capsys, "import_register", file, reason="x")
        assert status == 1
        assert err.startswith("line 2: Website: ")

    @pytest.mark.parametrize(("heading", "cell"), [("Position", "1000000000001"), ("Granskas var (månader)", "121")])
    def test_each_column_with_numbers(self, capsys, tmp_path, heading, cell):
        file = tmp_path / "register.csv"
        file.write_bytes(csv([*HEADINGS, heading], [*ROW, cell]))
        status, _out, err = run(capsys, "import_register", file, reason="x")
        assert status == 1
        assert err.startswith("line 2")

    def test_the_day_behind_the_title(self, capsys, tmp_path, original):
        file = tmp_path / "register.txt"
        file.write_bytes(original.replace(b"(2020-06-18)", b"(1850-06-18)"))
        status, _out, err = run(capsys, "import_register", file, reason="x")
        assert status == 1
        assert err.startswith("line 1: Dated: ")


@contextmanager
def as_in_an_older_release():
    """Rows that today's checks would refuse."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            yield
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
            return
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in TRACKED:
            for constraint in model._meta.constraints:
                if "possible" in constraint.name:
                    table, name = model._meta.db_table, constraint.name
                    cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        yield


#: What no older release had, or not without the rules of its days.
NEWER = (DocumentText, Edition)


@layer
def older():
    """Days and numbers beyond all bounds, everywhere."""
    entries = of_each_kind()
    latest = date(9999, 12, 31)
    with as_in_an_older_release(), recording():
        for (_model, name), entry in ((pair, entries[pair[0]]) for pair in DAYS if pair[0] not in NEWER):
            setattr(entry, name, date(1, 1, 1) if name in {"started_on", "valid_from", "signed_on"} else latest)
        vendor = entries[Vendor]
        vendor.review_interval_months, vendor.owner = 32_767, new_user(name="owner")
        vendor.ended_on = None
        for entry in entries.values():
            entry.save()
        never = make_vendor(name="Aldrig AB", review_interval_months=32_767, started_on=latest, owner=vendor.owner)
        make_activity(vendor=never, purpose="x", country="US", position=2**53)
    return entries


class TestOlderData:
    @pytest.mark.parametrize(
        "address",
        [
            "index",
            "vendors",
            "registry_agreement_changelist",
            "register",
            "registry_transfer_changelist",
            "registry_transfermechanism_changelist",
            "registry_acceptance_changelist",
            "registry_changeset_changelist",
            "findings",
            "questions",
            "due",
            "search",
        ],
    )
    def test_pages_show_it(self, admin, older, address):
        assert admin.get(reverse(f"admin:{address}")).status_code == 200

    @pytest.mark.parametrize("model", [Vendor, Agreement, TransferMechanism, Transfer, Acceptance, ProcessingActivity])
    @pytest.mark.parametrize("view", ["change", "history"])
    def test_entries_can_be_opened_and_mended(self, admin, older, model, view):
        for entry in model.objects.all():
            address = reverse(f"admin:registry_{model._meta.model_name}_{view}", args=[entry.pk])
            assert admin.get(address).status_code == 200

    def test_a_mechanism_that_never_ends_shows_who_would_lose_cover(self, admin, older):
        address = reverse("admin:ending", args=[older[TransferMechanism].pk])
        assert admin.get(address).status_code == 200

    @pytest.mark.parametrize("code", ["document", "xlsx", "csv", "ods", "json"])
    def test_it_leaves_in_each_format(self, older, tmp_path, code):
        file = tmp_path / "register"
        call_command("export_register", format=code, output=file)
        assert file.stat().st_size

    def test_commands_and_mails_go_on(self, older, settings):
        settings.SITE_URL = "https://register.example.com"
        with pytest.raises(SystemExit):
            call_command("check_register", stdout=StringIO())
        call_command("send_reminders", stdout=StringIO())
        call_command("sync_reference", stdout=StringIO())
        call_command("verify_history", stdout=StringIO())

    def test_it_is_mended_in_the_form(self, admin, older):
        vendor = Vendor.objects.get(name="Aldrig AB")
        address = reverse("admin:registry_vendor_change", args=[vendor.pk])
        page = admin.get(address)
        form = page.context["adminform"].form
        data = {name: value for name, value in form.initial.items() if value is not None}
        data |= {"started_on": "2020-01-01", "review_interval_months": "12"}
        for formset in page.context["inline_admin_formsets"]:
            data |= {f"{formset.formset.prefix}-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
        assert admin.post(address, data).status_code == 302
        vendor.refresh_from_db()
        assert vendor.started_on == date(2020, 1, 1)


def test_months_go_no_further_than_the_calendar():
    assert months_later(date(9999, 12, 31), 1) == date.max
    assert months_later(date(2020, 1, 31), 99_999_999) == date.max


MANY = "9" * 5000


class TestAddresses:
    @pytest.mark.parametrize(
        ("address", "status"),
        [
            (f"/admin/registry/vendor/{MANY}/change/", {302, 400, 404}),
            ("/admin/registry/vendor/²/change/", {302, 404}),
            ("/admin/registry/vendor/²/history/", {404}),
            (f"/admin/registry/vendor/{MANY}/history/", {400, 404}),
            (f"/admin/registry/vendor/1/history/{MANY}/", {400, 404}),
            (f"/admin/registry/vendor/1/history/{MANY}/restore/", {302, 400, 404}),
            (f"/admin/registry/vendor/{MANY}/delete/", {302, 400, 404}),
            ("/admin/registry/vendor/add/?owner=abc", {200}),
            ("/admin/registry/agreement/add/?vendor=abc", {200}),
            (f"/admin/registry/agreement/add/?vendor={MANY}&signed_on=9999-99-99", {200}),
            ("/admin/registry/processingactivity/add/?vendor=abc&position=x&country=XX", {200}),
            ("/admin/registry/acceptance/add/?vendor=²&rule=x", {200}),
            ("/admin/registry/transfer/add/?activity=-1", {200}),
            ("/admin/registry/agreement/?valid_until__year=99999999", {302, 400}),
            ("/admin/registry/agreement/?valid_until__gte=99999-99-99", {302, 400}),
            ("/admin/registry/agreement/?notes__regex=(a%2B)%2B$", {302, 400}),
            ("/admin/registry/vendor/?name__iregex=x", {302, 400}),
            (f"/admin/registry/vendor/?p={MANY}", {200, 302}),
            (f"/admin/registry/vendor/?o={MANY}", {200, 302}),
            (f"/admin/registry/vendor/?owner__id__exact={MANY}", {200, 302}),
            ("/admin/registry/acceptance/?until__gte=9999-12-31", {200, 302}),
            (f"/admin/registry/changeset/{MANY}/", {302, 400, 404}),
            (f"/admin/registry/changeset/?older={MANY}", {200, 302, 400}),
            (f"/admin/registry/user/{MANY}/change/", {302, 400, 404}),
            ("/admin/registry/user/²/change/", {302, 404}),
            (f"/admin/mechanisms/{MANY}/ending/", {400, 404}),
            (f"/admin/register/views/{MANY}/delete/", {302, 400, 404}),
            (f"/admin/register/?p={MANY}", {200}),
            ("/admin/register/?day=9999-12-31", {200, 400}),
            ("/admin/findings/?law=9999-12-31", {200, 400}),
            ("/admin/due/?law=0000-00-00", {200, 400}),
        ],
    )
    def test_a_number_or_day_beyond_all_bounds_is_no_mistake_of_the_server(self, admin, activity, address, status):
        assert admin.get(address).status_code in status

    def test_what_an_address_fills_in_and_cannot_is_said(self, admin):
        page = admin.get("/admin/registry/agreement/add/?vendor=abc&reference=A1")
        assert "These fields could not be filled in from the address: Vendor." in text_of(page)
        assert page.context["adminform"].form.initial["reference"] == "A1"

    def test_the_form_that_is_judged_as_it_is_typed(self, admin, activity):
        typed = {"country": "US", "vendor": MANY, "legal_basis": "²", "transfers-TOTAL_FORMS": MANY}
        assert admin.post(reverse("admin:registry_processingactivity_judge"), typed).status_code == 200

    @pytest.mark.parametrize("key", [MANY, "²", "x"])
    def test_keys_that_are_ticked(self, admin, activity, key):
        data = {"action": "end_vendors", "_selected_action": [key]}
        assert admin.post(reverse("admin:registry_vendor_changelist"), data).status_code in {200, 302, 400}

    @pytest.mark.parametrize("name", ["check_register", "send_reminders"])
    @pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "x"])
    def test_days_of_commands(self, name, day, settings):
        settings.SITE_URL = "https://register.example.com"
        with pytest.raises(CommandError) as refused:
            call_command(name, f"--on={day}")
        assert "is not" in str(refused.value)


def test_a_person_has_few_uploads_waiting(editor):
    for number in range(8):
        upload(editor, csv(HEADINGS, [f"V{number}", *ROW[1:]]), "register.csv")
    from registry.models import Upload

    assert Upload.objects.filter(user=User.objects.get(username="eva")).count() == 5
