"""The files of a series as a folder, as a zip and as a feed."""

import io
import json
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.editions.checking import edition_of
from registry.editions.holding import holding_on, periods_of
from registry.editions.site import site_of, write_folder, zip_of
from registry.editions.stored_editions import AlteredFile, address_of_series, published_editions
from registry.editions.style import style, style_hash
from registry.history import triggers
from registry.models import Edition, EditionFile
from registry.web.published.answers import policy
from tests.editions import make_series, publish, row, withdraw

pytestmark = pytest.mark.django_db

FIRST, SECOND, TODAY = date(2024, 1, 1), date(2025, 1, 1), date(2026, 6, 1)
MAIL = row("Alfa", "Utskick", "e-post", "SE", "Avtal", activity=1)
MOVED = row("Alfa", "Utskick", "e-post", "US", "Avtal", activity=1)
ATOM = "{http://www.w3.org/2005/Atom}"
PATHS = {
    "for-kunder/index.html",
    "for-kunder/feed.atom",
    "for-kunder/editions.json",
    *(
        f"for-kunder/{n}/{name}"
        for n in (1, 2)
        for name in ("index.html", f"for-kunder-{n}.pdf", f"for-kunder-{n}.json")
    ),
}


@pytest.fixture
def series():
    return make_series()


@pytest.fixture
def editions(series):
    return publish(series, 1, FIRST, [MAIL]), publish(series, 2, SECOND, [MOVED])


def files_in(folder: Path):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class TestFolder:
    def test_it_has_the_files_of_the_mapping_and_of_the_zip(self, series, editions, tmp_path):
        report = write_folder(series, tmp_path, TODAY)
        written = files_in(tmp_path)
        assert set(written) == set(report.written) == PATHS
        assert written == {path: file.read() for path, file in site_of(series, TODAY).items()}
        with ZipFile(io.BytesIO(zip_of(series, TODAY))) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == written
        assert zip_of(series, TODAY) == zip_of(series, TODAY)

    def test_what_is_as_it_should_be_is_not_written_again(self, series, editions, tmp_path):
        write_folder(series, tmp_path, TODAY)
        assert write_folder(series, tmp_path, TODAY).written == []

    def test_an_altered_file_is_written_again(self, series, editions, tmp_path):
        write_folder(series, tmp_path, TODAY)
        (tmp_path / "for-kunder/2/for-kunder-2.pdf").write_bytes(b"altered")
        assert write_folder(series, tmp_path, TODAY).written == ["for-kunder/2/for-kunder-2.pdf"]

    def test_a_withdrawn_edition_goes_and_nothing_else(self, series, editions, tmp_path):
        write_folder(series, tmp_path, TODAY)
        others = {"for-kunder/2/notes.txt": b"mine", "other/index.html": b"other", "index.html": b"top"}
        for path, data in others.items():
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_bytes(data)
        withdraw(editions[1], date(2026, 5, 5), "Fel & land.")
        report = write_folder(series, tmp_path, TODAY)
        assert set(report.removed) == {"for-kunder/2/for-kunder-2.pdf", "for-kunder/2/for-kunder-2.json"}
        left = files_in(tmp_path)
        assert set(left) == PATHS - set(report.removed) | set(others)
        assert {path: left[path] for path in others} == others
        page = left["for-kunder/2/index.html"].decode()
        assert "Den här utgåvan drogs tillbaka 2026-05-05. Den gäller inte." in page
        assert "Fel &amp; land." in page
        assert write_folder(series, tmp_path, TODAY).removed == []

    def test_a_link_in_the_folder_is_replaced_and_not_followed(self, series, editions, tmp_path):
        outside = tmp_path / "outside.txt"
        outside.write_bytes(b"outside")
        folder = tmp_path / "site/for-kunder"
        folder.mkdir(parents=True)
        (folder / "index.html").symlink_to(outside)
        write_folder(series, tmp_path / "site", TODAY)
        assert outside.read_bytes() == b"outside"
        assert not (folder / "index.html").is_symlink()

    def test_a_write_that_fails_leaves_what_was_there(self, series, editions, tmp_path, monkeypatch):
        write_folder(series, tmp_path, TODAY)
        before = files_in(tmp_path)

        def full(*arguments):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("registry.editions.site.os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_folder(series, tmp_path, date(2026, 7, 1))
        assert files_in(tmp_path) == before

    @pytest.mark.django_db(transaction=True)
    def test_nothing_is_written_of_a_series_with_an_altered_file(self, series, editions, tmp_path):
        with triggers.triggers_dropped(connection):
            EditionFile.objects.filter(sha256=editions[0].files["pdf"]).update(content=b"x")
        with pytest.raises(AlteredFile):
            write_folder(series, tmp_path, TODAY)
        assert files_in(tmp_path) == {}

    def test_the_page_says_of_which_day_it_is_and_asks_nothing_of_a_server(self, series, editions):
        page = site_of(series, TODAY)["for-kunder/index.html"].read().decode()
        assert "Per 2026-06-01." in page
        assert "<form" not in page
        assert "sha256sum" in page


def test_an_edition_published_elsewhere_gets_a_page_of_its_own(series):
    publish(series, 1, FIRST, [MAIL], elsewhere=True, more_files={"document": b"original"})
    edition = series.editions.get()
    edition.files = {form: digest for form, digest in edition.files.items() if form in {"document", "json"}}
    site = site_of(series, TODAY, periods=periods_of([edition], TODAY))
    assert site["for-kunder/1/for-kunder-1.txt"].read() == b"original"
    page = site["for-kunder/1/index.html"].read().decode()
    assert "gäller nu" in page
    assert 'href="../1/for-kunder-1.txt"' in page


def test_the_list_for_programs(series, editions):
    values = json.loads(site_of(series, TODAY)["for-kunder/editions.json"].read())
    assert (values["as_of"], values["holds"]) == ("2026-06-01", 2)
    newest, oldest = values["editions"]
    assert (oldest["holds_from"], oldest["holds_until"], oldest["state"]) == ("2024-01-01", "2024-12-31", "superseded")
    assert newest["files"]["pdf"] == {"path": "2/for-kunder-2.pdf", "sha256": editions[1].files["pdf"]}


class TestHolding:
    def test_an_edition_in_force_is_that_of_the_model(self, series, editions):
        publish(series, 3, SECOND, [MAIL])
        publish(series, 4, date(2027, 1, 1), [MAIL])
        withdraw(publish(series, 5, date(2025, 6, 1), [MAIL]), date(2025, 7, 1))
        for day in (date(2023, 1, 1), FIRST, SECOND, date(2025, 6, 15), TODAY, date(2027, 1, 1)):
            held = holding_on(periods_of(published_editions().filter(series=series), TODAY), day)
            assert (held.edition if held else None) == Edition.objects.in_force(series, day)

    def test_an_edition_that_was_replaced_on_its_first_day_never_held(self, series, editions):
        publish(series, 3, SECOND, [MAIL])
        third, second, first = periods_of(published_editions().filter(series=series), TODAY)
        assert (second.never_held, third.never_held, first.never_held) == (True, False, False)
        assert "gällde aldrig" in site_of(series, TODAY)["for-kunder/index.html"].read().decode()

    def test_a_past_day_is_asked_about_with_the_states_of_that_day(self, series, editions):
        second, first = periods_of(published_editions().filter(series=series), date(2024, 6, 1))
        assert (str(first.state), first.holds, str(second.state), second.holds) == (
            "published",
            True,
            "published",
            False,
        )


class TestFeed:
    def parsed(self, series):
        return ET.fromstring(site_of(series, TODAY)["for-kunder/feed.atom"].read())  # noqa: S314 - made here

    def test_each_edition_is_an_entry_with_its_changes_and_digest(self, series, editions, settings):
        settings.SITE_URL = "https://register.example.com"
        feed = self.parsed(series)
        assert feed.tag == f"{ATOM}feed"
        assert feed.findtext(f"{ATOM}title") == "För kunder"
        assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Exempel AB"
        links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
        base = "https://register.example.com/published/for-kunder/"
        assert links == {"self": f"{base}feed.atom", "alternate": base}
        newest, oldest = feed.findall(f"{ATOM}entry")
        assert newest.findtext(f"{ATOM}title") == "Utgåva 2 (2025-01-01)"
        content = newest.findtext(f"{ATOM}content")
        assert "Alfa – Utskick: land ändrat från SE till US." in content
        assert editions[1].content_sha256 in content
        assert newest.find(f"{ATOM}link").get("href") == f"{base}2/"
        assert newest.findtext(f"{ATOM}updated") == "2025-01-01T00:00:00+01:00"
        assert "Första utgåvan, med 1 rad." in oldest.findtext(f"{ATOM}content")
        assert feed.findtext(f"{ATOM}updated") == newest.findtext(f"{ATOM}updated")

    def ids(self, series):
        feed = self.parsed(series)
        return {
            feed.findtext(f"{ATOM}id"),
            *(entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")),
        }

    def test_ids_never_change(self, series, editions, recording):
        before = self.ids(series)
        assert len(before) == 3
        assert all(each.startswith("urn:uuid:") for each in before)
        publish(series, 3, date(2026, 1, 1), [MAIL])
        withdraw(editions[1], date(2026, 2, 1))
        after = self.ids(series)
        assert before < after
        assert len(after) == 5

    def test_a_withdrawal_is_an_entry_that_says_so(self, series, editions):
        withdraw(editions[1], date(2026, 2, 1), "Fel & land.")
        first, second, oldest = self.parsed(series).findall(f"{ATOM}entry")
        for entry in (first, second):
            assert entry.findtext(f"{ATOM}title") == "Utgåva 2 (2025-01-01): tillbakadragen"
            assert "Tillbakadragen 2026-02-01: Fel & land." in entry.findtext(f"{ATOM}content")
        assert oldest.findtext(f"{ATOM}title") == "Utgåva 1 (2024-01-01)"

    def test_texts_of_the_register_are_never_markup(self, settings):
        series = make_series("A <b> & “c”", language="en")
        publish(series, 1, FIRST, [MAIL])
        publish(series, 2, SECOND, [MAIL, row("<script>]]>", "a & b", "", "SE", activity=2)])
        feed = ET.fromstring(site_of(series, TODAY)["a-b-c/feed.atom"].read())  # noqa: S314
        assert feed.findtext(f"{ATOM}title") == "A <b> & “c”"
        assert "New vendor: <script>]]> (a & b, SE)." in str(feed.findtext(f"{ATOM}entry/{ATOM}content"))
        page = site_of(series, TODAY)["a-b-c/index.html"].read().decode()
        assert "&lt;script&gt;" in page
        assert "<script" not in page

    def test_without_an_address_there_is_no_link(self, series, editions, settings):
        settings.SITE_URL = ""
        assert self.parsed(series).findall(f".//{ATOM}link") == []

    def test_an_empty_series_has_a_valid_feed(self, series):
        feed = self.parsed(series)
        assert feed.findtext(f"{ATOM}author/{ATOM}name") == "För kunder"
        assert feed.findtext(f"{ATOM}updated").startswith("1970-01-01")


@pytest.mark.parametrize(
    ("values", "site_url", "address"),
    [
        ({"address": "https://a.example/list"}, "https://r.example", "https://a.example/list/"),
        ({}, "https://r.example", "https://r.example/published/for-kunder/"),
        ({}, "", ""),
        ({"is_public": False}, "https://r.example", ""),
    ],
)
def test_the_address_of_a_series(settings, values, site_url, address):
    settings.SITE_URL = site_url
    assert address_of_series(make_series(**values)) == address


def test_the_style_is_allowed_by_its_hash(series, editions):
    assert f"'{style_hash()}'" in policy(site_of(series, TODAY)["for-kunder/index.html"].read())
    assert style() in site_of(series, TODAY)["for-kunder/index.html"].read().decode()


def test_a_file_is_known_by_its_bytes_and_by_its_digest(series, editions):
    by_bytes = edition_of(f"%PDF För kunder 1 {FIRST}".encode(), on=TODAY)
    assert (by_bytes.edition, by_bytes.form, by_bytes.holding.edition) == (editions[0], "pdf", editions[1])
    assert edition_of(editions[0].files["pdf"], on=TODAY).edition == editions[0]
    assert edition_of(editions[0].files["pdf"], [], TODAY) is None


def test_the_mapping_reads_nothing_before_it_is_asked(series, editions):
    with CaptureQueriesContext(connection) as captured:
        site_of(series, TODAY)
    assert len(captured) == 1
