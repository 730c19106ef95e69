"""Whether a file is unchanged since it left, and which state it shows."""

import io

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from registry.models import ChangeSet, Vendor, head_digest
from tests.integration.test_admin import url

pytestmark = pytest.mark.django_db


@pytest.fixture
def verify(tmp_path):
    def run(content):
        file = tmp_path / "register.bin"
        file.write_bytes(content)
        out = io.StringIO()
        try:
            call_command("verify_export", str(file), stdout=out)
        except SystemExit as ended:
            return ended.code, out.getvalue()
        return 0, out.getvalue()

    return run


@pytest.mark.parametrize("code", ["xlsx", "document", "csv", "tsv", "ods", "json"])
def test_an_unchanged_file_is_told_with_the_state_it_shows(admin, imported, recording, verify, code):
    head, state = head_digest(), ChangeSet.objects.first()
    content = admin.post(url("processingactivity_export"), {"format": code}).content
    with recording():
        Vendor.objects.create(name="Later")
    status, told = verify(content)
    assert status == 0
    assert "by admin (register, " + code in told
    assert f"(change set {state.pk})" in told
    assert f"Head: {head}" in told


def test_a_changed_file_is_told_with_what_it_says_of_itself(admin, imported, verify):
    state = ChangeSet.objects.first()
    book = load_workbook(io.BytesIO(admin.post(url("processingactivity_export"), {"format": "xlsx"}).content))
    book.worksheets[0]["C2"] = "Something else"
    changed = io.BytesIO()
    book.save(changed)
    status, told = verify(changed.getvalue())
    assert status == 1
    assert "no export on record is this" in told
    assert f"(change set {state.pk}). That proves nothing." in told


def test_a_file_of_another_register_is_told(admin, imported, verify, monkeypatch):
    monkeypatch.setattr("registry.exchange.outgoing.head_digest", lambda: "ab" * 32)
    book = load_workbook(io.BytesIO(admin.post(url("processingactivity_export"), {"format": "xlsx"}).content))
    book.worksheets[0]["C2"] = "Something else"
    changed = io.BytesIO()
    book.save(changed)
    status, told = verify(changed.getvalue())
    assert status == 1
    assert "which this history does not have" in told


@pytest.mark.parametrize("content", [b"", b"anything", b"PK\x03\x04"])
def test_any_other_file_is_not_from_here(imported, verify, content):
    assert verify(content)[0] == 1


def test_the_export_of_the_change_log_too(admin, imported, verify):
    content = admin.post(url("changeset_export"), {"format": "csv"}).content
    status, told = verify(content)
    assert status == 0
    assert "change log" in told


def test_a_file_that_is_not_there():
    with pytest.raises(CommandError, match="No such file") as refused:
        call_command("verify_export", "/nowhere.xlsx")
    assert refused.value.returncode == 2
