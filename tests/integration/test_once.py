"""Nothing typed, clicked or confirmed is lost without a word, or done twice."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import pytest
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from registry.models import Agreement, ChangeSet, Submission, User, Vendor
from tests.integration.attempts import PAGES, make_world, state
from tests.integration.imports import CONFIRM, document, upload
from tests.integration.pages import text_of
from tests.servers import Browser, Server, manage

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("forms and sessions")]

INDEX, LOGIN = reverse("admin:index"), reverse("admin:login")
SECRET = {"csrfmiddlewaretoken": "s" * 64}
PASSWORD = "a long password for tests"


def agreement(vendor, **values):
    return {"vendor": vendor.pk, "kind": "processing", "reference": "A1", **SECRET, **values}


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.mark.both_databases
class TestASecondClick:
    def test_does_it_once_and_gets_the_answer_of_the_first(self, admin, activity):
        address = reverse("admin:registry_agreement_add")
        first, second = (admin.post(address, agreement(activity.vendor)) for _ in range(2))
        assert Agreement.objects.count() == 1
        assert first["location"] == second["location"]
        assert said(second)
        assert "added successfully" in text_of(admin.get(second["location"]))

    @pytest.mark.parametrize(
        ("change", "count"), [({"reference": "A2"}, 2), ({"csrfmiddlewaretoken": "t" * 64}, 2)], ids=["other", "anew"]
    )
    def test_another_form_is_another_form(self, admin, activity, change, count):
        address = reverse("admin:registry_agreement_add")
        admin.post(address, agreement(activity.vendor))
        admin.post(address, agreement(activity.vendor, **change))
        assert Agreement.objects.count() == count

    def test_of_somebody_else_it_is_his_own(self, admin, sign_in, activity):
        address = reverse("admin:registry_agreement_add")
        admin.post(address, agreement(activity.vendor))
        sign_in(name="other", superuser=True).post(address, agreement(activity.vendor))
        assert Agreement.objects.count() == 2

    def test_a_form_that_was_refused_can_be_sent_again(self, admin, activity):
        address = reverse("admin:registry_agreement_add")
        refused = agreement(activity.vendor, signed_on="9999-12-31")
        assert [admin.post(address, refused).status_code for _ in range(2)] == [200, 200]
        assert not Submission.objects.exists()
        assert admin.post(address, agreement(activity.vendor)).status_code == 302

    def test_what_is_over_after_an_hour_is_forgotten(self, admin, activity, next_day):
        address = reverse("admin:registry_agreement_add")
        admin.post(address, agreement(activity.vendor))
        next_day()
        admin.session.update({"session_began": 4_000_000_000, "session_seen": 4_000_000_000})
        assert Submission.objects.get().earlier() is None

    def test_of_an_import_that_shows_its_progress_too(self, transactional_db, sign_in):
        client = sign_in(name="boss", superuser=True)
        preview = client.get(upload(client, document("Avtal"))["location"])
        data = {"token": preview.context["upload"].token, "plan_digest": preview.context["preview"].digest, **SECRET}
        answer = client.post(CONFIRM, data, headers={"accept": "application/x-ndjson"})
        outcome = json.loads(list(answer.streaming_content)[-1])["outcome"]
        assert outcome["done"]
        act = ChangeSet.objects.get(source="import")
        assert outcome["undo"] == reverse("admin:registry_changeset_undo", args=[act.pk])
        second = client.post(CONFIRM, data, headers={"accept": "application/x-ndjson"})
        assert second["location"] == outcome["address"]
        assert said(second) == [outcome["text"]]

    def test_of_an_action_on_many_rows_too(self, admin, activity):
        address = reverse("admin:vendors_action")
        data = {"action": "end_vendors", "_selected_action": [activity.vendor_id], "ended_on": "2026-01-01", **SECRET}
        before = ChangeSet.objects.count()
        for _ in range(2):
            admin.post(address, {**data, "confirm": "yes"})
        assert ChangeSet.objects.count() <= before + 1


#: Each makes a file anew, and each file is on record: there is nothing to do once.
DOWNLOADS = re.compile("export|download")
#: An upload waits to be confirmed or compared, and changes nothing; a second click meets the sign-in.
NOTHING_TWICE = {
    "registry_processingactivity_import",
    "compare",
    "comparison",
    "logout",
    "sign_out_everywhere",
}


@pytest.mark.uncounted("each form, by what the tests of its page try")
class TestEachForm:
    @pytest.fixture
    def world(self, roles, sign_in):
        return make_world(sign_in(name="boss", superuser=True))

    def posts(self, world):
        boss = User.objects.get(username="boss")
        for name, attempts in PAGES.items():
            for attempt in attempts:
                with transaction.atomic():
                    address, data = attempt.ask(world, boss)
                    if data is not None:
                        yield name, attempt, address, data
                    transaction.set_rollback(True)

    def test_is_done_once_and_answered_as_the_first_time(self, world):
        cookies = deepcopy(world.boss.cookies)
        wrong, tried = [], set()
        for name, attempt, address, data in self.posts(world):
            world.boss.cookies = deepcopy(cookies)
            if attempt.never or name in NOTHING_TWICE or DOWNLOADS.search(f"{name} {attempt.action}"):
                continue
            first = world.boss.post(address, {**data, **SECRET})
            after = state()
            second = world.boss.post(address, {**data, **SECRET})
            tried.add(name)
            if (state(), second.status_code) != (after, first.status_code):
                wrong.append(f"{name}: {attempt.action}: {first.status_code}, {second.status_code}")
            elif first.get("location") != second.get("location") or set(said(first)) != set(said(second)):
                wrong.append(f"{name}: {attempt.action}: {said(first)}, {said(second)}")
        assert not wrong, "\n".join(wrong)
        assert len(tried) > 40

    def test_leads_back_where_its_address_is_opened(self, world):
        wrong = []
        for name, attempt, address, _data in self.posts(world):
            answer = world.boss.get(address)
            if answer.status_code == 405 or not (answer.get("location") or answer.getvalue()):
                wrong.append(f"{name}: {attempt.action}")
        assert wrong == []


@pytest.fixture
def register(databases):
    """The URL of a database with a superuser and a vendor."""
    url = databases.migrated()
    manage(
        "shell",
        "-v0",
        "-c",
        f"from registry.models import *; u = User.objects.create_superuser('admin', password='{PASSWORD}')\n"
        "with change_set(source='command'): Vendor(name='Exempel AB').save()",
        DATABASE_URL=url,
    )
    return url


@pytest.mark.both_databases
def test_ten_clicks_at_the_same_moment_make_one_entry(register):
    """Two processes, four threads each."""
    server = Server(workers=2, DATABASE_URL=register)
    try:
        browser = Browser("admin", PASSWORD)
        browser.sign_in(server)
        form = browser.form(server, "/admin/registry/agreement/add/")
        form |= {"vendor": "1", "kind": "processing", "reference": "Once"}
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda _: browser.post(server, "/admin/registry/agreement/add/", form), range(10)))
        assert {answer.status for answer in answers} == {200}
        assert len({answer.url for answer in answers}) == 1
        listed = browser.get(server, "/admin/registry/agreement/").text
        assert listed.count(">Once<") == 1
    finally:
        server.kill()


class TestAfterTheSessionHasEnded:
    @pytest.fixture
    def ended(self, admin):
        """A browser whose session is gone from the server."""
        Session.objects.all().delete()
        return admin

    def test_the_sign_in_says_so(self, ended):
        page = ended.get(reverse("admin:vendors"), follow=True)
        assert "your session has ended" in text_of(page)

    def test_who_was_never_signed_in_is_not_told_that(self, db):
        page = Client(headers={"accept-language": "en"}).get(INDEX, follow=True)
        assert "session has ended" not in text_of(page)

    def test_what_was_sent_was_not_saved_and_the_page_comes_again(self, ended, activity):
        address = reverse("admin:registry_vendor_change", args=[activity.vendor_id])
        sent = ended.post(address, {"name": "Annat AB"}, headers={"referer": f"http://testserver{address}?x=1"})
        page = ended.get(sent["location"])
        assert "nothing of this was saved" in text_of(page)
        assert page.context["next"] == f"{address}?x=1"
        assert Vendor.objects.get().name == "Exempel AB"

    def test_a_page_elsewhere_is_not_gone_to(self, ended, activity):
        address = reverse("admin:registry_vendor_change", args=[activity.vendor_id])
        sent = ended.post(address, {"name": "Annat AB"}, headers={"referer": "https://elsewhere.example.com/x"})
        assert ended.get(sent["location"]).context["next"] == address


POST_ONLY = {
    "admin:registry_processingactivity_process_import": "admin:registry_processingactivity_import",
    "admin:registry_processingactivity_judge": "admin:register",
    "admin:registry_changeset_export": "admin:registry_changeset_changelist",
    "admin:register_export": "admin:register",
    "admin:stay_signed_in": "admin:index",
    "admin:register_view_save": "admin:register",
    "admin:register_difference_export": "admin:register_difference",
    "admin:findings_export": "admin:findings",
    "admin:logout": "admin:index",
}


class TestAddressesThatOnlyTakeWhatAButtonSends:
    @pytest.mark.parametrize("name", POST_ONLY)
    def test_lead_back_to_their_page(self, admin, activity, name):
        came = admin.get(reverse(name) + "?x=1")
        assert came.status_code == 302
        assert came["location"].partition("?")[0] == reverse(POST_ONLY[name])

    @pytest.mark.parametrize("name", [name for name in POST_ONLY if name != "admin:logout"])
    def test_and_say_that_nothing_was_done(self, admin, activity, name):
        page = admin.get(reverse(name), follow=True)
        assert page.status_code == 200
        assert "Nothing was changed" in text_of(page)

    def test_those_of_one_entry_too(self, admin):
        came = admin.get(reverse("admin:register_view_delete", args=[7]))
        assert came["location"] == reverse("admin:register")

    def test_no_address_of_the_product_answers_an_empty_405(self, admin, activity):
        from django.urls import URLPattern, get_resolver

        def names(patterns):
            for each in patterns:
                if isinstance(each, URLPattern):
                    yield each
                else:
                    yield from names(each.url_patterns)

        simple = [each for each in names(get_resolver().url_patterns) if each.name and not each.pattern.converters]
        assert len(simple) > 30
        for each in simple:
            try:
                address = reverse(f"admin:{each.name}")
            except Exception:  # noqa: S112 - of another part than the admin
                continue
            assert admin.get(address).status_code != 405, address


class TestWhatIsSaidAfterASave:
    def test_a_session_that_cannot_be_kept_does_not_fail_the_answer(self, admin, activity, monkeypatch):
        from django.contrib.sessions.backends.db import SessionStore

        def fails(self, *args, **kwargs):
            raise DatabaseError("database is locked")

        monkeypatch.setattr(SessionStore, "save", fails)
        monkeypatch.setattr(SessionStore, "modified", True, raising=False)
        sent = admin.post(reverse("admin:registry_agreement_add"), agreement(activity.vendor))
        assert sent.status_code == 302
        assert Agreement.objects.count() == 1

    @pytest.mark.parametrize("status", [400, 500])
    def test_what_fails_after_the_commit_says_that_it_was_saved(self, admin, activity, monkeypatch, status):
        from django.core.exceptions import BadRequest

        from registry.accounts import sessions

        def fails(self, request):
            response = self.get_response(request)
            if request.method == "POST":
                raise BadRequest("x") if status == 400 else RuntimeError("x")
            return response

        monkeypatch.setattr(sessions.SignInAgain, "__call__", fails)
        admin.raise_request_exception = False
        sent = admin.post(reverse("admin:registry_agreement_add"), agreement(activity.vendor))
        assert sent.status_code == status
        assert "It was saved" in sent.content.decode()
        assert Agreement.objects.count() == 1

    def test_looking_writes_nothing(self, admin, activity, monkeypatch, django_assert_num_queries):
        """An hour later, on any page: where somebody was last seen is kept by the browser."""
        import time

        from django.test.utils import CaptureQueriesContext

        now = time.time()
        for minutes in (30, 90, 180):
            monkeypatch.setattr("registry.accounts.sessions.time.time", lambda minutes=minutes: now + 60 * minutes)
            with CaptureQueriesContext(connection) as queries:
                assert admin.get(reverse("admin:vendors")).status_code == 200
            writes = [each["sql"] for each in queries if not each["sql"].startswith(("SELECT", "WITH"))]
            assert writes == []

    @pytest.mark.parametrize("forged", ["", "x", "0:9999999999", f"{'0' * 64}:9999999999:bad"])
    def test_what_a_browser_says_of_its_use_has_to_be_ours(self, admin, activity, monkeypatch, settings, forged):
        import time

        monkeypatch.setattr("registry.accounts.sessions.time.time", lambda: time.monotonic() + 4_000_000_000)
        admin.cookies["session_seen"] = forged
        assert admin.get(INDEX).status_code == 302

    def test_of_another_session_it_counts_for_nothing(self, admin, sign_in, monkeypatch):
        import time

        other = sign_in(name="other", superuser=True)
        now = time.time()
        monkeypatch.setattr("registry.accounts.sessions.time.time", lambda: now + 6_000)
        assert other.get(INDEX).status_code == 200
        admin.cookies["session_seen"] = other.cookies["session_seen"].value
        monkeypatch.setattr("registry.accounts.sessions.time.time", lambda: now + 12_000)
        assert admin.get(INDEX).status_code == 302
        assert other.get(INDEX).status_code == 200
        assert User.objects.count() == 2
