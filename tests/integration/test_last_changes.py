"""A file that does not say which state it left: beside each change stands who changed that cell last, and when."""

import pytest

from registry.models import ProcessingActivity, Vendor
from tests.files import HEADINGS, csv
from tests.integration.imports import client_get, run, upload
from tests.integration.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(recording, make_user):
    """An activity whose cells three people changed."""
    with recording("begun", user=make_user(name="anna")):
        vendor = Vendor.objects.create(name="Apsis")
        activity = ProcessingActivity.objects.create(
            vendor=vendor, purpose="Utskick", personal_data="Namn", country="SE", position=1
        )
    with recording("data", user=make_user(name="bo")):
        activity.personal_data = "Namn och adress"
        activity.save()
    with recording("country", user=make_user(name="cissi")):
        activity.country = "DE"
        activity.save()
    return activity


CHANGED = csv(HEADINGS, ["Apsis", "Utskick", "Namn", "SE", "Avtal"])


def test_the_preview_names_them_beside_the_cells(written, editor):
    page = text_of(client_get(editor, upload(editor, CHANGED, "register.csv")))
    assert "Beside each cell that it would change stands who changed that one last, and when." in page
    for before, who in (("Namn och adress", "bo"), ("DE", "cissi")):
        assert f"({who}, " in page[page.index(before) :][:200]


def test_the_command_does_too(written, capsys, tmp_path):
    (tmp_path / "register.csv").write_bytes(CHANGED)
    _status, out, _err = run(capsys, "import_register", tmp_path / "register.csv", reason="x", dry_run=True)
    assert '"Namn och adress" -> "Namn" (last changed by bo, ' in out
    assert '"" -> "Avtal" (last changed by anna, ' in out


def test_the_number_of_queries_does_not_grow(recording, django_assert_max_num_queries):
    from registry.files.importing.last_changes import last_changes
    from tests.integration.imports import planned

    with recording("begun"):
        vendor = Vendor.objects.create(name="Apsis")
        for number in range(20):
            ProcessingActivity.objects.create(vendor=vendor, purpose=f"p{number}", country="DE", position=number + 1)
    rows = [["Apsis", f"p{number}", "Namn", "SE", "Avtal"] for number in range(20)]
    plan = planned("csv", csv(HEADINGS, *rows))
    with django_assert_max_num_queries(2):
        authors = last_changes(plan.changed)
    assert len(authors) == 60
