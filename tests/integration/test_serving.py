"""The product as a server: health, limits, the log of requests, and what it says when the database is away."""

import json
import logging

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import reverse

from registry.models import ChangeSet, Upload, Vendor
from registry.server import health

pytestmark = pytest.mark.django_db

LIST = reverse("admin:register")
PASSWORD = "a long password for tests"


def cannot_connect(*args, **kwargs):
    raise OperationalError('connection to "db.internal" failed: password for "register" is wrong')


class TestHealth:
    @pytest.mark.parametrize("address", [health.LIVE, health.READY])
    def test_it_is_well_and_says_no_more(self, client, address):
        answer = client.get(address, headers={"host": "10.0.0.7:8000"})
        says = {"ok": True, "can_write": True} if address == health.READY else {"ok": True}
        assert (answer.status_code, answer.json()) == (200, says)
        assert answer.cookies == {}
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer["Content-Security-Policy"]

    def test_without_the_database_it_is_alive_and_not_ready_and_tells_nothing_of_it(self, client, monkeypatch, caplog):
        monkeypatch.setattr(health, "MigrationExecutor", cannot_connect)
        assert client.get(health.LIVE).status_code == 200
        answer = client.get(health.READY)
        assert (answer.status_code, answer.json()) == (503, {"ok": False})
        assert "db.internal" not in caplog.text
        assert "the database does not answer" in caplog.text

    def test_it_is_not_ready_before_the_migrations_ran(self, client, monkeypatch, caplog):
        monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda self, targets: [1, 2])
        assert client.get(health.READY).status_code == 503
        assert "2 migrations" in caplog.text

    def test_it_is_not_ready_before_static_files_are_collected(self, client, monkeypatch, caplog):
        monkeypatch.setattr(staticfiles_storage, "hashed_files", {}, raising=False)
        assert client.get(health.LIVE).status_code == 200
        assert client.get(health.READY).status_code == 503
        assert "collectstatic" in caplog.text


class TestLimits:
    def test_what_is_too_large_is_refused_before_it_is_read(self, admin, settings):
        settings.IMPORT_MAX_BYTES = 1000
        address = reverse("admin:registry_processingactivity_import")
        large = SimpleUploadedFile("register.tsv", b"x" * 2_000_000)
        answer = admin.post(address, {"import_file": large})
        assert answer.status_code == 413
        assert "Split it" in answer.content.decode()
        assert not Upload.objects.exists()

    @pytest.mark.parametrize("length", ["-1", "many", "9" * 30])
    def test_a_length_that_is_none_is_refused(self, client, length):
        assert client.get(reverse("admin:login"), CONTENT_LENGTH=length).status_code == 413

    @pytest.mark.parametrize("address", ["{list}?country=%00", "{list}import/%00/", "{vendors}?name=%00"])
    def test_a_text_that_no_column_holds_is_no_mistake_of_the_server(self, admin, address):
        admin.raise_request_exception = False
        vendors = reverse("admin:vendors")
        assert admin.get(address.format(list=LIST, vendors=vendors)).status_code < 500

    def test_nor_is_one_that_is_sent(self, admin, activity):
        admin.raise_request_exception = False
        token = {"token": "\0", "plan_digest": "\0", "change_reason": "\0"}
        assert admin.post(reverse("admin:registry_processingactivity_process_import"), token).status_code < 500
        chosen = {"action": "mark_as_reviewed", "_selected_action": "\0"}
        assert admin.post(reverse("admin:vendors_action"), chosen).status_code < 500

    def test_what_the_database_refuses_is_refused_and_nothing_of_it_stays(self, admin, activity, monkeypatch, caplog):
        def refuse(*args, **kwargs):
            Vendor.objects.get().save()
            raise DataError("secret")

        monkeypatch.setattr("registry.web.admin.vendors.VendorAdmin.delete_model", refuse)
        acts = ChangeSet.objects.count()
        answer = admin.post(reverse("admin:registry_vendor_delete", args=[activity.vendor_id]), {"post": "yes"})
        assert answer.status_code == 400
        assert ChangeSet.objects.count() == acts
        assert "secret" not in answer.content.decode() + caplog.text

    def test_more_fields_than_any_form_has_are_refused(self, admin):
        assert admin.post(LIST, {f"f{n}": "" for n in range(10_001)}).status_code == 400


class TestDatabaseAway:
    @pytest.fixture
    def away(self, monkeypatch):
        monkeypatch.setattr("registry.web.lists.query.ListQuery.state", cannot_connect)

    def test_it_says_so_and_what_to_do(self, admin, away):
        admin.raise_request_exception = False
        answer = admin.get(LIST)
        assert answer.status_code == 503
        assert answer["Retry-After"] == "10"
        words = answer.content.decode()
        assert "Nothing of this was saved" in words
        assert "db.internal" not in words

    def test_also_where_the_session_cannot_be_read(self, admin, monkeypatch):
        monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", cannot_connect)
        admin.raise_request_exception = False
        answer = admin.post(LIST, {})
        assert answer.status_code == 503

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize(("code", "certain"), [(None, False), ("57P01", False), ("08006", False), ("53100", True)])
    def test_where_it_went_away_before_it_said_that_it_saved_nobody_is_told_that_nothing_was(
        self, admin, activity, monkeypatch, code, certain
    ):
        class Broken(Exception):
            sqlstate = code

        keep = connection.commit

        def keep_and_go_away():
            if not certain:
                keep()
            raise OperationalError("server closed the connection") from Broken()

        change = reverse("admin:registry_vendor_delete", args=[activity.vendor_id])
        admin.raise_request_exception = False
        with monkeypatch.context() as patch:
            patch.setattr(connection, "commit", keep_and_go_away)
            answer = admin.post(change, {"post": "yes"})
        assert answer.status_code == 503
        assert answer["Retry-After"] == "10"
        assert ("Nothing of this was saved" in answer.content.decode()) is certain
        assert ("not certain whether this was saved" in answer.content.decode()) is not certain
        assert Vendor.objects.exists() is certain

    def test_another_mistake_is_a_500_without_details(self, admin, monkeypatch):
        def fail(*args, **kwargs):
            raise ZeroDivisionError("secret")

        monkeypatch.setattr("registry.web.lists.query.ListQuery.state", fail)
        admin.raise_request_exception = False
        answer = admin.get(LIST)
        assert answer.status_code == 500
        assert "secret" not in answer.content.decode()


class TestRequestLog:
    @pytest.fixture
    def lines(self, caplog):
        caplog.set_level(logging.INFO, "registry.server.request_log")
        return lambda: [record for record in caplog.records if record.name == "registry.server.request_log"]

    def test_a_line_says_who_what_and_which_change_set(self, admin, activity, lines):
        admin.post(reverse("admin:registry_vendor_delete", args=[activity.vendor_id]), {"post": "yes"})
        assert not Vendor.objects.exists()
        [line] = lines()
        newest = ChangeSet.objects.first()
        assert (line.method, line.status, line.user, line.change_sets) == ("POST", 302, newest.user_id, [newest.pk])
        assert line.address == "127.0.0.1"

    def test_what_was_refused_names_no_change_set(self, sign_in, activity, lines):
        sign_in("view_vendor").post(reverse("admin:registry_vendor_delete", args=[activity.vendor_id]), {"post": "yes"})
        assert (lines()[-1].status, lines()[-1].change_sets) == (403, [])

    def test_a_failed_sign_in_is_a_change_set_and_its_password_is_nowhere(self, client, make_user, lines, caplog):
        make_user()
        client.post(reverse("admin:login"), {"username": "eva", "password": "not the password"})
        assert lines()[0].change_sets == [ChangeSet.objects.first().pk]
        assert "not the password" not in caplog.text

    def test_no_query_and_no_cookie_is_logged(self, admin, lines, caplog):
        admin.get(f"{LIST}?q=Hemligt+AB")
        written = json.dumps([{key: str(value) for key, value in line.__dict__.items()} for line in lines()])
        assert lines()
        assert "Hemligt" not in written
        assert admin.cookies["sessionid"].value not in written

    def test_each_answer_carries_the_number_of_its_line(self, client, lines):
        assert client.get("/")["X-Request-ID"] == lines()[0].request_id


class TestAddresses:
    @pytest.fixture
    def tries(self, make_user, settings):
        make_user()
        settings.TRUSTED_PROXIES = ["10.0.0.0/8"]

        def post(password, forwarded, remote="10.0.0.1"):
            return (
                Client()
                .post(
                    reverse("admin:login"),
                    {"username": "eva", "password": password},
                    REMOTE_ADDR=remote,
                    HTTP_X_FORWARDED_FOR=forwarded,
                )
                .status_code
            )

        return post

    def test_behind_a_proxy_only_the_one_who_guesses_is_locked_out(self, tries):
        for _ in range(5):
            tries("wrong", "192.0.2.66")
        assert tries(PASSWORD, "192.0.2.66") == 429
        assert tries(PASSWORD, "192.0.2.7") == 302
        assert ChangeSet.objects.first().address == "192.0.2.7"

    def test_past_the_proxy_nobody_escapes_by_a_header(self, tries):
        for number in range(5):
            tries("wrong", f"192.0.2.{number}", remote="198.51.100.9")
        assert tries(PASSWORD, "192.0.2.200", remote="198.51.100.9") == 429


def test_every_page_forbids_what_no_page_needs(admin):
    for address in (reverse("admin:index"), LIST, reverse("admin:login")):
        headers = admin.get(address, follow=True).headers
        assert "camera=()" in headers["Permissions-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "unsafe" not in headers["Content-Security-Policy"]


def test_no_answer_of_the_program_is_kept_by_a_browser_or_proxy(admin, sign_in, imported, monkeypatch):
    choices = reverse("admin:autocomplete") + "?app_label=registry&model_name=vendor&field_name=owner"
    export = reverse("admin:register_export")
    answers = {
        "page": admin.get(LIST),
        "texts": admin.get(reverse("admin:jsi18n")),
        "choices": admin.get(choices),
        "download": admin.post(export, {"format": "csv"}),
        "redirect": admin.get("/"),
        "address without its end": admin.get(LIST.rstrip("/")),
        "missing": admin.get(f"{LIST}999999/change/"),
        "no such page": admin.get("/nothing/"),
        "language": admin.post("/i18n/setlang/", {"language": "en"}),
        "not signed in": Client().get(LIST),
        "sign-in": Client().get(reverse("admin:login")),
        "refused": sign_in(name="olle").get(LIST),
        "no token": Client(enforce_csrf_checks=True).post(reverse("admin:login")),
        "too large": admin.post(LIST, CONTENT_LENGTH="99999999999"),
        "another host": admin.get(LIST, HTTP_HOST="elsewhere.example"),
        "no such value": admin.get(f"{LIST}?q=%00"),
    }
    monkeypatch.setattr("registry.web.pages.overview.overview", lambda request: 1 / 0)
    admin.raise_request_exception = False
    answers["mistake"] = admin.get(reverse("admin:index"))
    assert answers["mistake"].status_code == 500
    kept = {name: answer.get("Cache-Control") for name, answer in answers.items()}
    assert [name for name, said in kept.items() if "no-store" not in (said or "")] == []


def test_static_files_may_be_kept(admin):
    answer = admin.get("/static/registry/register.css")
    answer.close()
    assert answer.status_code == 200
    assert "no-store" not in answer["Cache-Control"]
