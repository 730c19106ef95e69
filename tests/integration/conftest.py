from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from registry.history import state_cache
from registry.models import ChangeSet, ProcessingActivity, User
from tests.databases import OnPostgreSQL, OnSQLite
from tests.integration import beginnings
from tests.integration.beginnings import ORIGINAL, browser, new_user, session_of
from tests.integration.layers import layer, next_test, open_layers, state_in_this_test, there_is_a_database

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL leave out what is marked ``one_database``, unless it is marked ``both_databases`` by itself."""
    if connection.vendor != "postgresql":
        count_first_cases(items)
        return
    left_out = {
        item
        for item in items
        if item.get_closest_marker("one_database") and not item.get_closest_marker("both_databases")
    }
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def count_first_cases(items: list[pytest.Item]) -> None:
    """Of each test in several cases let the first one count: the others reach nearly the same, with other values."""
    begun = set()
    for item in items:
        test = item.nodeid.partition("[")[0]
        if item.path.is_relative_to(HERE) and getattr(item, "callspec", None) and test in begun:
            item.add_marker(pytest.mark.uncounted("another case"))
        begun.add(test)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    next_test(item)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database of the tests, on which layers can be laid. None is left in the end."""
    there_is_a_database(django_db_blocker)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state_cache, "register_state", state_in_this_test)
        yield
    open_layers.lay([])


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> OnSQLite | OnPostgreSQL:
    """Databases beside the one of the tests, for servers and commands."""
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "databases"
    shared.mkdir(exist_ok=True)
    return (OnPostgreSQL if connection.vendor == "postgresql" else OnSQLite)(shared, worker_id)


@pytest.fixture
def original() -> bytes:
    return ORIGINAL.read_bytes()


@pytest.fixture
def recording() -> Callable[..., AbstractContextManager[Any]]:
    """``with recording("why"):`` – what a test writes before the request it is about."""
    return beginnings.recording


@layer
def imported() -> None:
    beginnings.bring_original()


@layer
def reference() -> None:
    beginnings.bring_reference()


@layer
def roles() -> None:
    beginnings.bring_roles()


@layer
def activity() -> ProcessingActivity:
    return beginnings.new_activity()


@pytest.fixture
def next_day(db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """``next_day()``: what follows happens a day later, in the same sessions."""
    created_at: Any = ChangeSet._meta.get_field("created_at")

    def pass_a_day() -> None:
        later = timezone.now() + timedelta(days=1)
        monkeypatch.setattr(timezone, "now", lambda: later)
        monkeypatch.setattr(created_at, "_get_default", lambda: later)
        Session.objects.update(expire_date=later + timedelta(days=1))

    return pass_a_day


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    return beginnings.new_user


@pytest.fixture
def sign_in(db: None) -> Callable[..., Client]:
    """A browser's session of a staff user with exactly these permissions, in English."""
    return lambda *permissions, **who: browser(session_of(new_user(*permissions, **who)))


@layer(fresh=browser)
def admin() -> str:
    return session_of(new_user(name="admin", superuser=True))


@pytest.fixture
def editor(sign_in: Callable[..., Client]) -> Client:
    """Who may import and export, and change activities."""
    return sign_in(
        "import_processingactivity",
        "export_processingactivity",
        "add_processingactivity",
        "change_processingactivity",
        "view_processingactivity",
        "view_vendor",
        "view_transfer",
        "view_transfermechanism",
    )
