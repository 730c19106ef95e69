"""Who may do what, found out by trying everything as everybody: ``docs/security.md`` has what came out.

``WRITE_DOCS=1 pytest -n 0 tests/integration/test_roles.py -k writes`` writes the table anew.
"""

import os
import re
import sqlite3
from copy import deepcopy
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from registry.accounts.role_names import ROLE_NAMES
from registry.accounts.roles import sync_roles
from registry.models import ChangeSet, User
from tests.integration.attempts import KINDS, PAGES, addresses, admin, make_world, state
from tests.servers import manage

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_database("permissions, which Django checks"),
    pytest.mark.uncounted("each page by each role: the tests of the pages"),
]

DOCS = Path("docs/security.md")
BEGIN, END = "<!-- roles: begin -->\n", "<!-- roles: end -->"
NOBODY, NO_ROLE, BOSS = "not signed in", "no role", "superuser"
PEOPLE = (NOBODY, NO_ROLE, *ROLE_NAMES)
#: Leads to another page, whose rights count.
REDIRECTS = {
    "home",
    "login",
    "registry_documenttext_changelist",
    "registry_edition_changelist",
    "registry_edition_change",
    "registry_organisation_changelist",
    "registry_vendor_changelist",
    "registry_processingactivity_changelist",
    "registry_processingactivity_export",
    "registry_changeset_history",
    "logout",
    "set_language",
    "stay_signed_in",  # makes the session longer
    "registry_processingactivity_judge",  # tells, and writes nothing
}
VARIABLE = re.compile(r"<\w*:?\w+>(?=/)|\(\[\^?/\]\+\)")
UNNAMED = re.compile(r"/<path:object_id>/|\(\?P<url>|view_on_site")


@pytest.fixture
def people(roles, make_user, sign_in):
    """By what they are called: who they are, and their browser."""
    found = {NOBODY: (User.objects.create_user("nobody"), Client()), BOSS: (None, sign_in(name="boss", superuser=True))}
    for name in (NO_ROLE, *ROLE_NAMES):
        client = sign_in(name=name.replace(" ", "-"))
        user = User.objects.get(username=name.replace(" ", "-"))
        user.groups.set(Group.objects.filter(name=name))
        found[name] = (user, client)
    found[BOSS] = (User.objects.get(username="boss"), found[BOSS][1])
    return found


def tried(attempt, world, person, name):
    """Whether the request went through. Nothing of it stays."""
    user, client = person
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        address, data = attempt.ask(world, user)
        before = state() if data is not None else None
        answer = client.get(address) if data is None else client.post(address, data)
        after = state() if data is not None else None
        done = attempt.effect(world)
        transaction.set_rollback(True)
    client.cookies = cookies
    to_sign_in = answer.status_code == 302 and "/login/" in answer["location"] and name != "sign_out_everywhere"
    refused = answer.status_code >= 400 or to_sign_in
    if data is None:
        return not refused and (answer.status_code == 200 or name in REDIRECTS)
    assert not (refused and after != before), f"{attempt.action} at {address} was refused and done all the same"
    return not refused and (done and (after != before or name in REDIRECTS))


def test_each_address_of_the_product_is_tried():
    names = {name for name, route in addresses() if not UNNAMED.search(name) and name != "view_on_site"}
    assert names - PAGES.keys() == set(), "Add what can be tried there to tests/integration/attempts.py."
    assert PAGES.keys() - names == set(), "These addresses are gone."


def kind_of(name):
    return next((kind for kind in KINDS if f"_{kind}_" in f"{name}_"), "")


def pages():
    """By page as the table has it: the names of its addresses, one for each kind of entry."""
    routes = dict(addresses())
    found: dict[str, list[str]] = {}
    for name in PAGES:
        page = "/" + VARIABLE.sub("…", routes[name]).replace("(?P<app_label>registry|auth)", "registry")
        kind = kind_of(name)
        found.setdefault(page.replace(f"/{kind}/", "/*/") if kind else page, []).append(name)
    return found


def derived(people, part):
    """The rows of a part of the pages. What a superuser cannot do is no attempt, unless it is for nobody."""
    world = make_world(people[BOSS][1])
    rows: dict[Any, list[str]] = {}
    wrong: list[str] = []
    named = [(page, name) for page, names in pages().items() if page in part for name in names]
    for page, name in named:
        for attempt in PAGES[name]:
            if tried(attempt, world, people[BOSS], name) is attempt.never:
                wrong.append(f"{name}: {attempt.action}, by a superuser")
            verdicts = tuple(tried(attempt, world, people[person], name) for person in PEOPLE)
            if attempt.never and any(verdicts):
                wrong.append(f"{name}: {attempt.action}, by anybody")
            rows.setdefault((page, attempt.action, verdicts), []).append(kind_of(name))
    assert not wrong, "\n".join(wrong)
    return rows


def table(rows):
    every = set(KINDS)
    for (page, action, verdicts), kinds in sorted(rows.items()):
        of = "all entries" if set(kinds) == every else ", ".join(filter(None, kinds))
        marks = " | ".join("yes" if verdict else "–" for verdict in verdicts)
        yield f"| `{page}` | {of} | {action} | {marks} |"


HEAD = ["| Page | Of | Action | " + " | ".join(PEOPLE) + " |", "|---" * (3 + len(PEOPLE)) + "|"]
WRITE = "WRITE_DOCS=1 pytest -n 0 tests/integration/test_roles.py -k writes"
#: Into so many tests the pages are dealt, for as many workers as there may be.
PARTS = 4


def dealt():
    """The pages, so that each part has about as many attempts."""
    parts: list[list[str]] = [[] for _ in range(PARTS)]
    weights = [0] * PARTS
    weight = {page: sum(len(PAGES[name]) for name in names) for page, names in pages().items()}
    for page in sorted(weight, key=lambda page: (-weight[page], page)):
        lightest = weights.index(min(weights))
        parts[lightest].append(page)
        weights[lightest] += weight[page]
    return parts


def documented():
    """The text of the documentation before the table, the table's lines, and the text after it."""
    before, _, rest = DOCS.read_text(encoding="utf-8").partition(BEGIN)
    written, _, after = rest.partition(END)
    return before, written.splitlines(), after


@pytest.mark.parametrize("number", range(PARTS))
def test_the_documentation_says_what_each_role_may_do_at_each_address(people, number):
    part = dealt()[number]
    written = [line for line in documented()[1][2:] if line.split("`")[1] in part]
    assert written == list(table(derived(people, part))), f"If the difference is meant: {WRITE}"


def test_the_documentation_has_these_pages_and_no_others():
    _before, written, _after = documented()
    assert written[:2] == HEAD
    assert {line.split("`")[1] for line in written[2:]} == pages().keys()
    assert written[2:] == sorted(written[2:], key=lambda line: line.split("`")[1])


@pytest.mark.skipif(not os.environ.get("WRITE_DOCS"), reason="WRITE_DOCS=1 writes the table anew")
def test_it_writes_the_documentation(people):
    before, _written, after = documented()
    lines = "".join(f"{line}\n" for line in [*HEAD, *table(derived(people, sorted(pages())))])
    DOCS.write_text(f"{before}{BEGIN}{lines}{END}{after}", encoding="utf-8")


def test_who_is_not_staff_does_not_get_in(roles):
    user = User.objects.create_user("outside")
    user.groups.set(Group.objects.filter(name="Administrator"))
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    assert client.get(admin("index")).status_code == 302
    assert client.get(admin("registry_vendor_changelist")).status_code == 302


def test_roles_are_made_once_and_on_record(db):
    assert "Reader: made" in sync_roles()
    first = ChangeSet.objects.get()
    assert (first.source, first.reason) == ("command", "Roles brought up to date")
    assert "group: Reader" in {note["entry"] for note in first.details["notes"]}
    assert sync_roles() == []
    assert ChangeSet.objects.count() == 1


def test_what_was_changed_about_a_role_is_put_right(roles):
    reader = Group.objects.get(name="Reader")
    editor = Group.objects.get(name="Editor")
    reader.permissions.set(editor.permissions.all())
    editor.permissions.clear()
    own = Group.objects.create(name="Own")
    own.permissions.set(reader.permissions.all())
    out = StringIO()
    call_command("sync_roles", stdout=out)
    assert "Reader: may no longer add_vendor" in out.getvalue()
    assert "Editor: may add_vendor" in out.getvalue()
    assert own.permissions.filter(codename="add_vendor").exists()


def test_migrate_brings_the_roles_and_the_second_time_writes_nothing(databases):
    url = databases.migrated()
    manage("migrate", "-v0", DATABASE_URL=url)
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM auth_group ORDER BY name")]
        assert names == sorted(ROLE_NAMES)
        assert connection.execute("SELECT count(*) FROM registry_changeset").fetchone() == (2,)  # base line, roles
    connection.close()


def test_an_administrator_does_not_touch_a_superuser(people):
    client, boss = people["Administrator"][1], people[BOSS][0]
    assert client.post(admin("registry_user_change", boss.pk), {"username": "mine"}).status_code == 403
    password = {"password1": "an entirely new phrase", "password2": "an entirely new phrase", "usable_password": "true"}
    assert client.post(admin("auth_user_password_change", boss.pk), password).status_code == 403
    client.post(admin("registry_user_changelist"), {"action": "sign_out_everywhere", "_selected_action": [boss.pk]})
    boss.refresh_from_db()
    assert (boss.username, boss.sessions_ended) == ("boss", 0)
    assert boss.check_password("a long password for tests")


def test_saving_a_user_keeps_the_groups_that_are_no_roles(people):
    anna = User.objects.create_user("anna")
    own = Group.objects.create(name="Own")
    anna.groups.add(own)
    reader = Group.objects.get(name="Reader")
    data = {"username": "anna", "language": "sv", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    client = people["Administrator"][1]
    page = client.get(admin("registry_user_change", anna.pk))
    assert "<div>Own</div>" in page.content.decode()
    response = client.post(admin("registry_user_change", anna.pk), {**data, "groups": [reader.pk]})
    assert response.status_code == 302
    assert set(anna.groups.all()) == {own, reader}


def test_a_request_without_the_token_changes_nothing(people):
    user, _ = people["Administrator"]
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user, "django.contrib.auth.backends.ModelBackend")
    world = make_world(people[BOSS][1])
    for name, attempts in PAGES.items():
        for attempt in attempts:
            address, data = attempt.ask(world, user)
            if data is not None:
                before = state()
                assert strict.post(address, data).status_code == 403, f"{name}: {attempt.action}"
                assert state() == before, f"{name}: {attempt.action}"


def test_nobody_is_sent_elsewhere_after_signing_in(make_user):
    make_user()
    said = {"username": "eva", "password": "a long password for tests"}
    for elsewhere in ("https://example.com/", "//example.com", "javascript:alert(1)"):
        answer = Client().post(admin("login"), {**said, "next": elsewhere})
        assert (answer.status_code, answer["location"]) == (302, admin("index"))
