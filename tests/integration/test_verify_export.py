"""Whether a file is unchanged since it left, and which state it shows."""

import hashlib
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from openpyxl import load_workbook

from registry.history import triggers
from registry.models import ChangeSet, Source, head_digest
from tests.factories import make_vendor
from tests.integration.pages import url

pytestmark = pytest.mark.django_db


def exported_by(client, code):
    return client.post(reverse("admin:register_export"), {"all_columns": "1", "format": code}).getvalue()


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
    content = exported_by(admin, code)
    make_vendor(name="Later")
    status, told = verify(content)
    assert status == 0
    assert "by admin (register, " + code in told
    assert f"(change set {state.pk})" in told
    assert f"Head: {head}" in told


def test_a_changed_file_is_told_with_what_it_says_of_itself(admin, imported, verify):
    state = ChangeSet.objects.first()
    book = load_workbook(
        io.BytesIO(admin.post(reverse("admin:register_export"), {"all_columns": "1", "format": "xlsx"}).getvalue())
    )
    book.worksheets[0]["C2"] = "Something else"
    changed = io.BytesIO()
    book.save(changed)
    status, told = verify(changed.getvalue())
    assert status == 1
    assert "no export on record is this" in told
    assert f"(change set {state.pk}). That proves nothing." in told


def test_a_file_of_another_register_is_told(admin, imported, verify, monkeypatch):
    monkeypatch.setattr("registry.files.export.head_digest", lambda: "ab" * 32)
    book = load_workbook(
        io.BytesIO(admin.post(reverse("admin:register_export"), {"all_columns": "1", "format": "xlsx"}).getvalue())
    )
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
    content = admin.post(url("changeset_export"), {"format": "csv"}).getvalue()
    status, told = verify(content)
    assert status == 0
    assert "change log" in told


def test_a_file_that_is_not_there():
    with pytest.raises(CommandError, match="No such file") as refused:
        call_command("verify_export", "/nowhere.xlsx")
    assert refused.value.returncode == 2


@pytest.fixture
def exported_file(admin, imported):
    content = exported_by(admin, "csv")
    return content, ChangeSet.objects.first()


def execute(statement, *parameters):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with triggers.triggers_dropped(connection):
            cursor.execute(statement, parameters)


def test_what_an_answer_relies_on_is_said(exported_file, verify):
    content, act = exported_file
    assert f"on record as change set {act.pk}, whose seal fits. Run manage.py verify_history" in verify(content)[1]


@pytest.mark.parametrize("state", ['"x"', "null", "[1]", '""'])
def test_a_record_without_a_seal_proves_nothing(imported, verify, state):
    """The application's own role may add to the record."""
    content = b"forged"
    details = {"sha256": hashlib.sha256(content).hexdigest(), "state": json.loads(state)}
    act = ChangeSet.objects.create(source=Source.EXPORT, user_name="eva", details=details)
    status, told = verify(content)
    assert status == 1
    assert f"Not proven: the record of this export does not fit. change set {act.pk} has no seal" in told
    assert "Unchanged" not in told


def test_a_seal_that_does_not_fit_proves_nothing(exported_file, verify):
    content, act = exported_file
    execute("UPDATE registry_changeset SET user_name = 'forged' WHERE id = %s", act.pk)
    assert "Not proven" in verify(content)[1]


def test_a_seal_apart_from_the_chain_proves_nothing(exported_file, verify, recording):
    content, act = exported_file
    make_vendor(name="Later")
    execute("UPDATE registry_seal SET previous = %s WHERE change_set_id > %s", "a" * 64, act.pk)
    assert "does not follow" in verify(content)[1]


def test_an_export_without_a_seal_does_not_hide_the_one_with_a_seal(exported_file, verify):
    content, act = exported_file
    execute(
        "INSERT INTO registry_changeset (id, created_at, user_name, source, reason, details) SELECT -1, created_at,"
        " user_name, source, reason, details FROM registry_changeset WHERE id = %s",
        act.pk,
    )
    assert verify(content)[0] == 0


@pytest.mark.skipif(connection.vendor != "sqlite", reason="jsonb keeps one value of a key")
def test_a_digest_before_the_digest_forges_nothing(exported_file, verify):
    content, act = exported_file
    digest = hashlib.sha256(b"forged").hexdigest()
    execute(
        f'UPDATE registry_changeset SET details = \'{{"sha256": "{digest}", \' || substr(details, 2)'  # noqa: S608
        " WHERE id = %s",
        act.pk,
    )
    for file in (b"forged", content):
        status, told = verify(file)
        assert (status, "a form in which the register never writes it" in told) == (1, True)
