"""The files of editions are part of what is proven: each is there, unaltered, and there are no others."""

import io
from datetime import date

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.history import named_files, triggers
from registry.history.named_files import check_named_files, declared_files
from registry.models import Edition, EditionFile, Logo, Organisation
from tests.editions import make_series, publish, row, withdraw
from tests.factories import recorded
from tests.integration.proving import finding

pytestmark = pytest.mark.django_db

FIRST, SECOND, COMING = date(2024, 1, 1), date(2025, 1, 1), date(2099, 1, 1)
MAIL = row("Alfa", "Utskick", "e-post", "SE", "Avtal", activity=1)
PNG = b"\x89PNG\r\n\x1a\n and a picture"


@pytest.fixture
def editions():
    series = make_series()
    return publish(series, 1, FIRST, [MAIL]), publish(series, 2, SECOND, [MAIL])


def execute(statement, *parameters):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with triggers.triggers_dropped(connection):
            cursor.execute(statement, parameters)


def test_each_declaration_is_of_a_field_and_of_files_by_digest():
    assert set(declared_files()) == {"registry.EditionFile", "registry.Logo"}
    for label, sources in declared_files().items():
        assert apps.get_model(label)._meta.pk.name == "sha256"
        for model, field in sources:
            model._meta.get_field(field)


def test_all_fits(editions):
    withdraw(editions[1], date(2025, 2, 1))
    assert finding() == ""


def test_one_altered_letter_is_found_and_named(editions):
    digest = editions[1].files["pdf"]
    content = bytes(EditionFile.objects.get(sha256=digest).content)
    execute("UPDATE registry_editionfile SET content = %s WHERE sha256 = %s", content[:-1] + b"2", digest)
    found = finding()
    assert f"edition {editions[1].pk} " in found
    assert f"(pdf): the file {digest} was changed." in found


def test_a_file_that_is_gone_is_named(editions):
    digest = editions[0].files["json"]
    execute("DELETE FROM registry_editionfile WHERE sha256 = %s", digest)
    assert f"(json): the file {digest} is gone." in finding()


def test_a_file_that_no_history_names_is_found(editions):
    digest = EditionFile.keep(b"added")
    assert f"{digest}: no history names it" in finding()


def test_a_file_under_another_digest_is_found(editions):
    digest = editions[0].files["pdf"]
    execute("UPDATE registry_editionfile SET sha256 = %s WHERE sha256 = %s", "a" * 64, digest)
    assert "no history names it" in finding()


def test_a_file_that_only_an_earlier_row_names_is_still_needed(editions):
    edition = editions[1]
    earlier = edition.files["pdf"]
    edition.files = {**edition.files, "pdf": EditionFile.keep(b"prepared anew")}
    with recorded():
        edition.save()
    assert finding() == ""
    execute("DELETE FROM registry_editionfile WHERE sha256 = %s", earlier)
    assert f"{earlier} is gone" in finding()


class TestLogo:
    @pytest.fixture
    def logo(self):
        logo = Logo.keep(PNG)
        with recorded():
            Organisation(pk=1, name="Exempel AB", logo_sha256=logo.sha256).save()
        return logo

    def test_it_fits(self, logo):
        assert finding() == ""

    def test_an_organisation_without_one_names_none(self):
        with recorded():
            Organisation(pk=1, name="Exempel AB").save()
        assert finding() == ""

    def test_an_altered_one_is_named(self, logo):
        Logo.objects.update(content=PNG + b".")
        assert f'organisation 1 "Exempel AB": the file {logo.sha256} was changed.' in finding()

    def test_one_that_is_gone_is_named(self, logo):
        logo.delete()
        assert "is gone" in finding()

    def test_one_that_was_uploaded_and_not_saved_is_no_finding(self, logo):
        """A form that is refused for another reason leaves it behind."""
        Logo.keep(PNG + b" another")
        assert finding() == ""


def test_queries_do_not_grow_with_the_editions(editions):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            check_named_files()
        return len(captured)

    few = queries()
    for number in range(3, 40):
        publish(editions[0].series, number, SECOND, [MAIL])
    assert queries() == few


@pytest.mark.parametrize(("name", "most"), [("BATCH_BYTES", 10), ("BATCH_FILES", 1)])
def test_a_batch_is_bounded_and_all_files_are_read(editions, monkeypatch, name, most):
    monkeypatch.setattr(named_files, name, most)
    batches = list(named_files.batches_by_size(EditionFile))
    assert [len(batch) for batch in batches] == [1] * EditionFile.objects.count()
    assert finding() == ""


class TestVerifyExport:
    """``verify_export FILE`` says which edition a file is, proven by the sealed history."""

    @pytest.fixture
    def verify(self, tmp_path):
        def run(content):
            file = tmp_path / "file.bin"
            file.write_bytes(content)
            out = io.StringIO()
            try:
                call_command("verify_export", str(file), stdout=out)
            except SystemExit as ended:
                return ended.code, out.getvalue()
            return 0, out.getvalue()

        return run

    def pdf(self, number, day):
        return f"%PDF För kunder {number} {day}".encode()

    def test_the_edition_that_holds(self, editions, verify):
        status, told = verify(self.pdf(2, SECOND))
        assert status == 0
        assert "Unchanged: edition För kunder 2 (2025-01-01), form pdf, dated 2025-01-01." in told
        assert "Published 2025-01-01 by a command." in told
        assert "It holds, from 2025-01-01." in told
        assert editions[1].content_sha256 in told

    def test_an_edition_that_was_superseded(self, editions, verify):
        status, told = verify(self.pdf(1, FIRST))
        assert status == 0
        assert "It holds no longer: edition 2 took its place on 2025-01-01. Edition 2 holds now." in told

    def test_a_withdrawn_edition(self, editions, verify):
        withdraw(editions[1], date(2025, 2, 1))
        status, told = verify(self.pdf(2, SECOND))
        assert status == 1
        assert "Withdrawn 2025-02-01: Fel land." in told

    def test_an_edition_that_will_hold(self, editions, verify):
        publish(editions[0].series, 3, date(2026, 1, 1), [MAIL], holds_from=COMING)
        status, told = verify(self.pdf(3, date(2026, 1, 1)))
        assert status == 0
        assert "It holds from 2099-01-01, which is a coming day." in told

    def test_one_published_elsewhere_with_the_head_that_it_shows(self, editions, verify):
        publish(editions[0].series, 3, COMING, [MAIL], elsewhere=True, head="ab" * 32)
        told = verify(self.pdf(3, COMING))[1]
        assert "(published elsewhere, and recorded here)" in told
        assert f"It shows the head {'ab' * 32}" in told

    def test_one_that_is_prepared_only(self, editions, verify):
        publish(editions[0].series, 3, COMING, [MAIL], published_on=None, holds_from=None)
        status, told = verify(self.pdf(3, COMING))
        assert status == 1
        assert "never published" in told

    def test_a_file_of_an_earlier_preparation_is_none(self, editions, verify):
        edition = publish(editions[0].series, 3, COMING, [MAIL], published_on=None, holds_from=None)
        edition.files = {**edition.files, "pdf": EditionFile.keep(b"prepared anew")}
        with recorded():
            edition.save()
        assert verify(self.pdf(3, COMING))[0] == 1
        assert "edition För kunder 3" in verify(b"prepared anew")[1]

    def test_one_letter_more_is_no_edition(self, editions, verify):
        status, told = verify(self.pdf(2, SECOND) + b".")
        assert status == 1
        assert "no export on record is this" in told

    def test_a_forged_row_of_the_history_proves_nothing(self, editions, verify):
        execute("UPDATE registry_historicaledition SET withdrawn_because = 'forged' WHERE number = 2")
        status, told = verify(self.pdf(2, SECOND))
        assert status == 1
        assert "Not proven: the record of an edition with this file does not fit." in told

    def test_a_row_in_another_form_proves_nothing(self, editions, verify):
        if connection.vendor != "sqlite":
            pytest.skip("PostgreSQL has one form of a day")
        execute("UPDATE registry_historicaledition SET day = '2025-1-1' WHERE number = 2")
        assert "a form in which the register never writes it" in verify(self.pdf(2, SECOND))[1]

    def test_an_edition_that_the_register_withdrew_outside_the_history_is_named(self, editions, verify):
        execute("UPDATE registry_edition SET files = %s WHERE number = 2", '{"json": "x"}')
        assert "says something else of this edition than its history" in verify(self.pdf(2, SECOND))[1]

    def test_a_deleted_edition_is_none(self, editions, verify):
        edition = Edition.objects.get(number=2)
        with recorded():
            edition.delete()
        assert verify(self.pdf(2, SECOND))[0] == 1

    def test_files_that_are_no_object_are_passed_over(self, editions, verify):
        edition = publish(editions[0].series, 3, COMING, [MAIL], published_on=None, holds_from=None)
        edition.files = []
        with recorded():
            edition.save()
        assert verify(self.pdf(2, SECOND))[0] == 0
