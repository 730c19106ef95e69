"""``make screenshots``: the pictures of README.md and docs/, taken from a register in which the journeys are made.

Not collected with the tests: pytest runs it when it is named.
"""

import hashlib
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Page

from registry.editions.elsewhere import record_elsewhere
from registry.editions.forms.edition_forms import write_files
from registry.files.format_registry import DocumentFormat
from registry.files.importing.planner import plan_import
from registry.history.imported_files import describe_import, keep_file
from registry.models import ProcessingActivity, Source, Transfer, TransferMechanism, Vendor, change_set

IMAGES = Path("docs/images")
ORIGINAL = Path("registry/reference/original_register.txt")
HEADING = "Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund\n"


def admin(name: str, *args: object) -> str:
    return reverse(f"admin:{name}", args=args)


@pytest.fixture
def superuser(transactional_db, password):
    return get_user_model().objects.create_superuser("admin", "", password)


@pytest.fixture
def demo(superuser):
    call_command("sync_reference", verbosity=0)
    original = ORIGINAL.read_bytes()
    with change_set(user=superuser, source=Source.IMPORT, reason="Registret flyttar hit") as opened:
        describe_import(ORIGINAL.name, hashlib.sha256(original).hexdigest())
        plan_import(DocumentFormat().read(original)).apply()
        keep_file(ORIGINAL.name, original)
        imported = opened.write_row()
    with change_set(user=superuser, source=Source.ADMIN, reason="Som den publicerades"):
        series = record_elsewhere(imported, write_files).series
        series.is_public = True
        series.save()
    enom = Vendor.objects.get(name="Enom LLC")
    with change_set(user=superuser, source=Source.ADMIN, reason="Privacy Shield gäller inte sedan 2020-07-16"):
        Transfer.objects.filter(activity__vendor=enom).delete()
    with change_set(user=superuser, source=Source.ADMIN, reason="Bolaget har bytt namn"):
        enom.name = "Enom, LLC (Tucows)"
        enom.save()
    with change_set(user=superuser, source=Source.ADMIN, reason="Fanns redan under ett annat namn"):
        Vendor.objects.order_by("-pk")[0].delete()


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}.png")


def upload(page: Page, text: str) -> None:
    page.goto(admin("registry_processingactivity_import"))
    page.get_by_label("Fil").set_input_files(
        {"name": "register.tsv", "mimeType": "text/tab-separated-values", "buffer": (HEADING + text).encode()}
    )
    page.get_by_role("button", name="Förhandsgranska").click()


def test_pictures(signed_in_page, demo):
    page = signed_in_page
    shield = TransferMechanism.objects.get(code="privacy_shield")
    enom = Vendor.objects.get(name__startswith="Enom")
    activity = ProcessingActivity.objects.get(vendor=enom)
    kept = ProcessingActivity.objects.exclude(vendor=enom).first()
    for name, address in {
        "overview": admin("index"),
        "register": admin("register"),
        "difference": f"{admin('register_difference')}?from=2020-01-01",
        "form": admin("registry_processingactivity_change", kept.pk),
        "history": admin("registry_processingactivity_history", activity.pk),
        "findings": admin("findings"),
        "mechanism-ends": admin("ending", shield.pk),
        "search": f"{admin('search')}?q=enom",
        "change-log": admin("registry_changeset_changelist"),
        "editions": admin("editions"),
        "edition-prepare": admin("edition_prepare", 1),
        "edition-published": "/published/bitradesavtal/1/",
        "deleted": admin("registry_changeset_deleted"),
    }.items():
        page.goto(address)
        take(page, name)
    row = page.get_by_role("row").filter(has_text="Leverantör:")
    row.get_by_role("link", name="Återställ").click()
    take(page, "restore")
    page.goto(admin("register"))
    page.locator("summary", has_text="Exportera").click()
    take(page, "export")
    upload(page, "Exempel AB\tDrift\tNamn\tSverge\tAvtal\nExempel AB\t\tNamn\tSE\tAvtal\n")
    take(page, "import-problems")
    upload(page, f"Exempel AB\tDrift\tNamn\tSE\tAvtal\n{kept.vendor}\t{kept.purpose}\tNamn, e-post\tSE\tAvtal\n")
    take(page, "import-preview")
