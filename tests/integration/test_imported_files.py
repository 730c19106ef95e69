"""The file of an import stays with its change set: to be fetched by those who may, and part of what is proven."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from registry.history import triggers
from registry.models import ChangeSet, ImportedFile
from tests.integration.beginnings import ORIGINAL
from tests.integration.imports import confirm, upload
from tests.integration.pages import url

pytestmark = pytest.mark.django_db


@pytest.fixture
def act(db):
    call_command("import_register", str(ORIGINAL), reason="first import", verbosity=0)
    return ChangeSet.objects.get(imported_file__isnull=False)


def test_it_is_kept_byte_for_byte_and_fetched(admin, act, original):
    address = url("changeset_file", act.pk)
    assert f'href="{address}"' in admin.get(url("changeset_change", act.pk)).content.decode()
    response = admin.get(address)
    assert b"".join(response.streaming_content) == original
    assert response["Content-Disposition"] == 'attachment; filename="original_register.txt"'
    assert act.details["file"] == "original_register.txt"
    call_command("verify_history", verbosity=0)


def test_the_admin_keeps_it_too(admin, original):
    preview = admin.get(upload(admin, original)["location"])
    confirm(admin, preview, change_reason="first")
    assert bytes(ImportedFile.objects.get().content) == original


def test_an_import_that_changes_nothing_keeps_nothing(act):
    call_command("import_register", str(ORIGINAL), reason="again", verbosity=0)
    assert ImportedFile.objects.count() == 1


@pytest.mark.parametrize("rights", [("view_changeset",), ("view_importedfile",)])
def test_it_needs_both_rights(sign_in, act, rights):
    assert sign_in(*rights).get(url("changeset_file", act.pk)).status_code == 403


def test_other_acts_have_none(admin, act, recording, activity):
    newest = ChangeSet.objects.exclude(pk=act.pk).first()
    assert admin.get(url("changeset_file", newest.pk)).status_code == 404
    assert url("changeset_file", newest.pk) not in admin.get(url("changeset_change", newest.pk)).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM registry_importedfile", "is gone"),
        ("UPDATE registry_importedfile SET content = %s", "was changed"),
    ],
)
def test_without_its_triggers_a_forged_file_is_found(act, statement, found):
    with triggers.triggers_dropped(connection), connection.cursor() as cursor:
        cursor.execute(statement, [b"forged"] if "%s" in statement else None)
    with pytest.raises(CommandError, match=f"change set {act.pk}: the imported file original_register.txt {found}"):
        call_command("verify_history", verbosity=0)


@pytest.mark.parametrize("statement", ["content = %s", "file_name = 'x'", "change_set_id = change_set_id + 1"])
@pytest.mark.django_db(transaction=True)
def test_a_file_that_does_not_fit_is_not_handed_out(act, sign_in, statement):
    client = sign_in("view_changeset", "view_importedfile")
    with triggers.triggers_dropped(connection), connection.cursor() as cursor:
        forged = [b"forged"] if "%s" in statement else []
        cursor.execute(f"UPDATE registry_importedfile SET {statement}", forged)  # noqa: S608
    response = client.get(url("changeset_file", ImportedFile.objects.get().change_set_id))
    assert response.status_code == 409
    assert "is not the one that it imported" in response.content.decode()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps bytes only")
@pytest.mark.django_db(transaction=True)
def test_a_file_stored_as_text_is_named_and_not_handed_out(act, sign_in):
    client = sign_in("view_changeset", "view_importedfile")
    with triggers.triggers_dropped(connection), connection.cursor() as cursor:
        cursor.execute("UPDATE registry_importedfile SET content = CAST(content AS text)")
    assert client.get(url("changeset_file", act.pk)).status_code == 409
    with pytest.raises(CommandError, match=r"content is .* a form in which the register never writes it"):
        call_command("verify_history", verbosity=0)
