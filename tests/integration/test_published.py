"""The addresses that need no sign-in show published editions of public series, and nothing else."""

import hashlib
import re
from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.utils import OperationalError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from registry.history import triggers
from registry.models import EditionFile
from registry.web.published import hashing
from tests.editions import STYLE, make_series, publish, row, withdraw

pytestmark = pytest.mark.django_db

FIRST, SECOND = date(2024, 1, 1), date(2025, 1, 1)
MAIL = row("Alfa", "Utskick", "e-post", "SE", "Avtal", activity=1)
MOVED = row("Alfa", "Utskick", "e-post", "US", "Avtal", activity=1)


@pytest.fixture(autouse=True)
def nobody_has_asked():
    cache.clear()


@pytest.fixture
def series():
    return make_series()


@pytest.fixture
def editions(series):
    return publish(series, 1, FIRST, [MAIL]), publish(series, 2, SECOND, [MOVED])


def text(response):
    return response.content.decode()


ADDRESSES = [
    "/published/",
    "/published/check/",
    "/published/for-kunder/",
    "/published/for-kunder/index.html",
    "/published/for-kunder/?day=2024-06-01",
    "/published/for-kunder/feed.atom",
    "/published/for-kunder/editions.json",
    "/published/for-kunder/2/",
    "/published/for-kunder/1/index.html",
    "/published/for-kunder/2/for-kunder-2.pdf",
    "/published/for-kunder/2/for-kunder-2.json",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_needs_no_sign_in_and_sets_nothing(client, editions, address):
    response = client.get(address)
    assert response.status_code == 200
    assert not response.cookies
    assert "Set-Cookie" not in response
    assert "Vary" not in response
    assert response["Cache-Control"].startswith("public, max-age=")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert int(response["Content-Length"]) == len(response.content)
    assert Session.objects.count() == 0
    head = client.head(address)
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_is_signed_in_gets_the_same_and_nobody_is_looked_up(admin, client, editions, address):
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = admin.get(address)
    assert response.content == client.get(address).content
    tables = ("registry_user", "django_session", "auth_", "registry_processingactivity", "registry_vendor")
    asked = [query["sql"] for query in captured if any(table in query["sql"] for table in tables)]
    assert asked == []
    assert [query["sql"] for query in captured if not query["sql"].startswith("SELECT")] == []
    assert len(captured) <= 4


@pytest.mark.parametrize("address", ADDRESSES)
def test_queries_do_not_grow_with_the_editions(client, series, editions, address):
    def queries():
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    few = queries()
    for number in range(3, 13):
        publish(series, number, SECOND + timedelta(days=number), [MAIL])
    assert queries() == few


def patterns(resolver, prefix=""):
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            yield route
        else:
            yield from patterns(each, route)


def test_without_signing_in_no_other_address_shows_anything(client, imported, editions):
    """Each address of the product, with the digit 1 for whatever it names."""
    open_to_all = {"/admin/login/", "/admin/logout/", "/password/forgotten/", "/password/forgotten/sent/"}
    open_to_all |= {"/password/chosen/", "/password/1/1/", "/admin/jsi18n/"}
    shown = set()
    for route in set(patterns(get_resolver())):
        address = "/" + re.sub(r"<[^>]*>|\(\?P<[^>]*>[^)]*\)", "1", route).replace("^", "").replace("$", "")
        response = client.get(address.replace("\\Z", ""))
        if response.status_code == 200:
            shown.add(address)
    assert shown <= open_to_all
    for address in ("/", "/admin/", "/admin/register/", "/published/../admin/register/"):
        assert client.get(address).status_code != 200


NOWHERE = [
    "nothing/",
    "for-kunder/3/",
    "for-kunder/01/",
    "for-kunder/0/",
    "for-kunder/-1/",
    "for-kunder/1.0/",
    "for-kunder/٢/",
    "for-kunder/99999999999999999999999/",
    "for-kunder/2/for-kunder-1.pdf",
    "for-kunder/2/for-kunder-2.docx",
    "for-kunder/2/for-kunder-2.html",
    "for-kunder/../for-kunder/",
    "for-kunder/2/../../../admin/",
    "for-kunder/%2e%2e/2/",
    "for-kunder/%252e%252e/2/",
    "for-kunder/%00",
    "for-kunder/2/for-kunder-2.pdf%00",
    "for-kunder//2/",
    "//for-kunder/",
    "FOR-KUNDER/",
    "for-kunder/2/for-kunder-2.pdf/",
    "for-kunder/%ff/",
    "f\u00f6r-kunder/",
    "for-kunder/" + "a" * 5000,
    "check/x",
]


@pytest.mark.parametrize("path", NOWHERE)
def test_what_is_not_there_is_said_in_both_languages(client, editions, path):
    response = client.get(f"/published/{path}")
    assert response.status_code == 404
    assert "Det finns inget på den här adressen" in text(response)
    assert "There is nothing at this address" in text(response)
    assert "Set-Cookie" not in response
    assert "for-kunder" not in text(response)


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("", "/published/"),
        ("/check", "/published/check/"),
        ("/for-kunder", "/published/for-kunder/"),
        ("/for-kunder/2", "/published/for-kunder/2/"),
    ],
)
def test_an_address_without_its_slash_leads_to_the_one_with_it(client, editions, path, to):
    response = client.get(f"/published{path}")
    assert (response.status_code, response["Location"]) == (301, to)


def test_another_host_is_refused(client, editions, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    assert client.get("/published/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("address", [each for each in ADDRESSES if each.startswith("/published/for-kunder")])
def test_a_series_that_is_not_public_is_not_there(client, editions, series, recording, address):
    series.is_public = False
    with recording("closed"):
        series.save()
    hidden, absent = client.get(address), client.get(address.replace("for-kunder", "nothing"))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content
    assert "kunder" not in text(client.get("/published/"))


def test_what_is_only_prepared_is_not_there(client, series, editions):
    publish(series, 3, SECOND, [MAIL], published_on=None, holds_from=None)
    assert client.get("/published/for-kunder/3/").status_code == 404
    digest = hashlib.sha256(f"%PDF {series} 3 {SECOND}".encode()).hexdigest()
    assert client.get("/published/check/", {"sha256": digest}).status_code == 404
    assert '"number": 3' not in text(client.get("/published/for-kunder/editions.json"))


def test_a_public_series_without_an_edition_is_not_there(client, series):
    assert client.get("/published/for-kunder/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("address", ["/published/", "/published/for-kunder/", "/published/for-kunder/2/"])
def test_addresses_can_only_be_read(client, editions, method, address):
    response = getattr(client, method)(address)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


def test_the_page_says_what_holds_and_what_changed(client, editions):
    page = text(client.get("/published/for-kunder/"))
    assert "Utgåva 2, daterad 2025-01-01, gäller från 2025-01-01." in page
    assert "Alfa – Utskick: land ändrat från SE till US." in page
    assert f"Per {timezone.localdate()}." in page
    assert '<html lang="sv">' in page
    assert "2024-12-31" in page
    assert editions[0].files["pdf"] in page


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2023-12-31", "Ingen utgåva gäller för den dagen."),
        ("2024-01-01", "Utgåva 1, daterad 2024-01-01, gäller för den dagen."),
        ("2024-12-31", "Utgåva 1, daterad 2024-01-01, gäller för den dagen."),
        ("2025-01-01", "Utgåva 2, daterad 2025-01-01, gäller för den dagen."),
    ],
)
def test_which_edition_held_on_a_day(client, editions, day, said):
    assert said in text(client.get("/published/for-kunder/", {"day": day}))


@pytest.mark.parametrize("day", ["yesterday", "2024-02-30", "20240101", "", "<script>", "2024-W01-1"])
def test_a_day_that_is_none(client, editions, day):
    response = client.get("/published/for-kunder/", {"day": day})
    assert response.status_code == 400
    assert "Det är ingen dag" in text(response)
    assert "<script" not in text(response)


def test_a_withdrawn_edition_is_gone_and_its_page_says_why(client, editions):
    withdraw(editions[1], date(2025, 3, 1), "Fel <land>.")
    assert client.get("/published/for-kunder/2/for-kunder-2.pdf").status_code == 404
    page = text(client.get("/published/for-kunder/2/"))
    assert "drogs tillbaka 2025-03-01" in page
    assert "Fel &lt;land&gt;." in page
    assert STYLE not in page
    series = text(client.get("/published/for-kunder/", {"day": "2025-02-01"}))
    assert "Utgåva 1, daterad 2024-01-01, gäller för den dagen." in series
    assert "Utgåva 2 var publicerad då, från 2025-01-01, och drogs tillbaka 2025-03-01." in series


def test_a_coming_edition_does_not_hold_yet(client, series, editions):
    coming = timezone.localdate() + timedelta(days=10)
    publish(series, 3, timezone.localdate(), [MAIL], holds_from=coming)
    page = text(client.get("/published/for-kunder/"))
    assert "Utgåva 2, daterad 2025-01-01, gäller från 2025-01-01." in page
    assert f"Utgåva 3 gäller från {coming}." in page


class TestCaching:
    @pytest.mark.parametrize("address", [each for each in ADDRESSES if "day=" not in each and "check" not in each])
    def test_who_has_it_already_gets_no_copy(self, client, editions, address):
        etag = client.get(address)["ETag"]
        response = client.get(address, headers={"If-None-Match": etag})
        assert (response.status_code, response.content, response["ETag"]) == (304, b"", etag)
        assert response["Cache-Control"].startswith("public")
        assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200

    def test_the_etag_of_a_file_is_its_digest(self, client, editions):
        response = client.get("/published/for-kunder/2/for-kunder-2.pdf")
        assert response["ETag"] == f'"{hashlib.sha256(response.content).hexdigest()}"'
        assert response["ETag"] == f'"{editions[1].files["pdf"]}"'
        assert "immutable" in response["Cache-Control"]
        again = client.get(
            "/published/for-kunder/2/for-kunder-2.pdf", headers={"If-Modified-Since": response["Last-Modified"]}
        )
        assert again.status_code == 304

    def test_pages_that_change_are_kept_for_minutes(self, client, editions):
        for address in ("/published/", "/published/for-kunder/", "/published/for-kunder/2/"):
            assert client.get(address)["Cache-Control"] == "public, max-age=300"

    def test_a_withdrawal_changes_the_etag(self, client, editions):
        before = client.get("/published/for-kunder/")["ETag"]
        withdraw(editions[1], date(2025, 3, 1))
        assert client.get("/published/for-kunder/", headers={"If-None-Match": before}).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_loads_nothing_but_its_own_style(client, editions, address):
    response = client.get(address)
    policy = response["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src '")
    assert policy.endswith("img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
    if "text/html" in response["Content-Type"]:
        assert "'sha256-" in policy
        assert "<script" not in text(response)
        assert " style=" not in text(response)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("for-kunder-1.pdf", "application/pdf"),
        ("for-kunder-1.json", "application/json"),
        ("for-kunder-1.jsonld", "application/ld+json"),
        ("for-kunder-1.txt", "text/plain; charset=windows-1252"),
        ("for-kunder-1.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("for-kunder-1.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
def test_content_types(client, series, name, content_type):
    more = {"document": "Biträden å".encode("cp1252"), "xlsx": b"PK1", "docx": b"PK2", "jsonld": b"{}"}
    publish(series, 1, FIRST, [MAIL], more_files=more)
    assert client.get(f"/published/for-kunder/1/{name}")["Content-Type"] == content_type


@pytest.mark.parametrize(
    ("content", "charset"),
    [("å".encode(), "utf-8"), ("å".encode("utf-16"), "utf-16"), (b"\xe5", "windows-1252")],
)
def test_a_text_is_read_in_its_encoding(client, series, content, charset):
    publish(series, 1, FIRST, [MAIL], more_files={"document": content})
    assert client.get("/published/for-kunder/1/for-kunder-1.txt")["Content-Type"] == f"text/plain; charset={charset}"


@pytest.mark.django_db(transaction=True)
def test_an_altered_file_is_not_handed_out(client, editions, caplog):
    with triggers.triggers_dropped(connection):
        EditionFile.objects.filter(sha256=editions[1].files["pdf"]).update(content=b"forged")
    response = client.get("/published/for-kunder/2/for-kunder-2.pdf")
    assert response.status_code == 500
    assert "forged" not in text(response)
    assert editions[1].files["pdf"] in caplog.text


@pytest.mark.parametrize("path", ["check/", "for-kunder/"])
def test_too_many_parameters(client, editions, path):
    response = client.get(f"/published/{path}?" + "a&" * 10_001)
    assert response.status_code == 400
    assert "Kanske är adressen inte fullständig." in text(response)
    assert "Set-Cookie" not in response


def test_a_database_that_does_not_answer_is_said(client, monkeypatch):
    def broken():
        raise OperationalError("secret host")

    monkeypatch.setattr("registry.web.published.pages.public_series", broken)
    response = client.get("/published/")
    assert (response.status_code, response["Retry-After"]) == (503, "10")
    assert "secret" not in text(response)


class TestRateLimit:
    @pytest.fixture(autouse=True)
    def three_a_minute(self, settings, monkeypatch):
        settings.PUBLISHED_REQUESTS_A_MINUTE = 3
        monkeypatch.setattr("registry.web.published.rate_limit.time.time", lambda: 1_000_000_000 + 20 + self.later)

    later = 0

    def statuses(self, client, count=4, **where):
        return [client.get("/published/", **where).status_code for _ in range(count)]

    def test_too_many_requests_wait_for_the_next_minute(self, client):
        assert self.statuses(client) == [200, 200, 200, 429]
        response = client.get("/published/")
        assert response["Retry-After"] == str(60 - (1_000_000_020 % 60))
        assert response["Cache-Control"] == "no-store"

    def test_another_minute_counts_anew(self, client):
        self.statuses(client)
        type(self).later = 60
        try:
            assert self.statuses(client) == [200, 200, 200, 429]
        finally:
            type(self).later = 0

    def test_each_address_counts_for_itself(self, client):
        self.statuses(client)
        assert self.statuses(client, REMOTE_ADDR="192.0.2.7") == [200, 200, 200, 429]

    def test_a_client_cannot_state_another_address(self, client):
        self.statuses(client)
        assert client.get("/published/", headers={"X-Forwarded-For": "192.0.2.9"}).status_code == 429

    def test_a_trusted_proxy_can(self, client, settings):
        settings.TRUSTED_PROXIES = ["127.0.0.1"]
        self.statuses(client)
        assert client.get("/published/", headers={"X-Forwarded-For": "192.0.2.9"}).status_code == 200

    def test_a_network_of_ipv6_counts_together(self, client):
        self.statuses(client, REMOTE_ADDR="2001:db8::1")
        assert client.get("/published/", REMOTE_ADDR="2001:db8::ffff").status_code == 429
        assert client.get("/published/", REMOTE_ADDR="2001:db8:0:1::1").status_code == 200

    def test_without_an_address_all_count_together(self, client):
        assert self.statuses(client, REMOTE_ADDR="") == [200, 200, 200, 429]

    def test_other_addresses_are_not_counted(self, client):
        self.statuses(client)
        assert client.get("/admin/login/").status_code == 200

    def test_a_cache_that_lost_its_count_lets_through(self, client, monkeypatch):
        monkeypatch.setattr("registry.web.published.rate_limit.cache.add", lambda *arguments: False)
        assert client.get("/published/").status_code == 200


class TestCheck:
    """A file is chosen, or its digest sent."""

    def send(self, content, **more):
        client = Client(enforce_csrf_checks=True)
        file = SimpleUploadedFile("any.bin", content)
        return client.post("/published/check/", {"file": file, **more})

    def test_a_file_that_holds(self, editions):
        response = self.send(f"%PDF För kunder 2 {SECOND}".encode())
        assert "Det här är utgåva 2 av För kunder, daterad 2025-01-01, oförändrad." in text(response)
        assert "This is edition 2 of För kunder, dated 2025-01-01, unaltered." in text(response)
        assert "Den gäller nu." in text(response)
        assert response["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in response

    def test_a_file_that_holds_no_longer(self, editions):
        said = text(self.send(f"%PDF För kunder 1 {FIRST}".encode()))
        assert "Den gäller inte längre: utgåva 2 ersatte den 2025-01-01." in said
        assert "Utgåva 2, daterad 2025-01-01, gäller nu." in said

    def test_a_withdrawn_file(self, editions):
        withdraw(editions[1], date(2025, 3, 1))
        said = text(self.send(f"%PDF För kunder 2 {SECOND}".encode()))
        assert "Tillbakadragen 2025-03-01: den gäller inte." in said
        assert "Fel land." in said
        assert "Utgåva 1, daterad 2024-01-01, gäller nu." in said

    @pytest.mark.parametrize("content", [b"", b"anything", f"%PDF För kunder 2 {SECOND}.".encode()])
    def test_any_other_file(self, editions, content):
        response = self.send(content)
        if content:
            assert "Det här är inte en fil i en publicerad utgåva" in text(response)
        assert "gäller nu" not in text(response)

    def test_a_series_that_is_not_public_is_not_known(self, editions, series, recording):
        series.is_public = False
        with recording("closed"):
            series.save()
        assert "inte en fil i en publicerad utgåva" in text(self.send(f"%PDF För kunder 2 {SECOND}".encode()))

    def test_a_file_that_is_too_large(self, monkeypatch, editions):
        monkeypatch.setattr(hashing, "MOST_BYTES", 1000)
        assert self.send(b"x" * 1001).status_code == 413
        assert self.send(b"x" * 1000).status_code == 200
        assert self.send(b"x" * 200_000).status_code == 413

    @pytest.mark.parametrize(
        ("data", "content_type"),
        [
            (b"", "application/octet-stream"),
            (b"file=x", "application/x-www-form-urlencoded"),
            (b"--x\r\n", "multipart/form-data"),
            (b"--x--\r\n", "multipart/form-data; boundary=x"),
            (b"{}", "application/json"),
        ],
    )
    def test_a_form_without_a_file(self, client, data, content_type):
        response = client.generic("POST", "/published/check/", data, content_type)
        assert response.status_code == 400
        assert "Välj en fil" in text(response)

    def test_two_files(self, client):
        files = {"file": [SimpleUploadedFile("a", b"a"), SimpleUploadedFile("b", b"b")]}
        assert client.post("/published/check/", files).status_code == 400

    def test_nothing_of_a_file_is_kept(self, editions, monkeypatch):
        def opened(*arguments, **options):
            raise AssertionError("a file is written")

        monkeypatch.setattr("tempfile.NamedTemporaryFile", opened)
        monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.__init__", opened)
        assert self.send(b"x" * 3_000_000).status_code == 200

    def test_programs_ask_by_the_digest(self, client, editions):
        response = client.get("/published/check/", {"sha256": editions[0].files["json"].upper()})
        assert response["Content-Type"] == "application/json"
        said = response.json()
        assert {"known": True, "number": 1, "state": "superseded", "holds": False, "superseded_by": 2}.items() <= (
            said.items()
        )
        assert (said["form"], said["holding"], said["holds_until"]) == ("json", 2, "2024-12-31")

    def test_programs_are_told_what_is_unknown(self, client, editions):
        response = client.get("/published/check/", {"sha256": "0" * 64})
        assert (response.status_code, response.json()["known"]) == (404, False)

    @pytest.mark.parametrize("digest", ["", "x", "0" * 63, "0" * 65, "g" * 64, "0" * 63 + "\u0660", "0" * 64 + "\n"])
    def test_what_is_no_digest(self, client, digest):
        assert client.get("/published/check/", {"sha256": digest}).status_code == 400

    def test_other_methods(self, client):
        response = client.put("/published/check/")
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")

    def test_of_the_same_file_in_two_editions_the_one_that_holds_counts(self, client, series):
        for number, day in ((1, FIRST), (2, SECOND)):
            publish(series, number, day, [MAIL], more_files={"document": b"the same"})
        digest = hashlib.sha256(b"the same").hexdigest()
        assert client.get("/published/check/", {"sha256": digest}).json()["number"] == 2


def test_the_list_names_each_series_in_its_language(client, editions):
    publish(make_series("For the board", language="en"), 1, FIRST, [MAIL])
    publish(make_series("Internt", is_public=False), 1, FIRST, [MAIL])
    page = text(client.get("/published/"))
    assert "Edition 1, dated 2024-01-01, holds." in page
    assert "Utgåva 2, daterad 2025-01-01, gäller." in page
    assert "Internt" not in page
