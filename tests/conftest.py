"""A test with transactions of its own empties the database afterwards, which the append-only triggers refuse."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models.signals import post_migrate
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings
from pytest_django.plugin import DjangoDbBlocker

from registry.accounts.roles import sync_after_migrate
from registry.files import sandbox
from registry.history.guard import lifted
from registry.history.triggers import triggers_dropped
from tests.counting import count_test, uncounted
from tests.reading import running_here

# How long an example takes depends on what else the machine does.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

#: What ``migrate`` writes and no test changes. Writing it anew after each test takes longer than most tests.
KEPT = {"django_content_type", "auth_permission", "django_migrations", "registry_sealform"}


#: The statements by which SQLite's triggers were made, by name.
TRIGGERS: dict[str, str] = {}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Tests marked ``uncounted`` run without coverage, with all their fixtures."""
    count_test(item.get_closest_marker("uncounted") is None)
    try:
        return (yield)
    finally:
        if nextitem is None:
            count_test(counts=True)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
    """Migrating the database of the tests is no test."""
    if fixturedef.argname != "django_db_setup":
        return (yield)
    with uncounted():
        return (yield)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The database of the tests as pytest-django makes it, with its triggers noted."""
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock():
            TRIGGERS.update(present_triggers())


def present_triggers() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return list(cursor.fetchall())


@contextmanager
def without_triggers() -> Iterator[None]:
    """Let history be deleted. Afterwards the triggers are as ``migrate`` has made them, whatever a test did to them."""
    if connection.vendor != "sqlite":
        with triggers_dropped(connection):
            yield
        return
    with connection.cursor() as cursor, transaction.atomic():
        for name, _statement in present_triggers():
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for statement in TRIGGERS.values():
            cursor.execute(statement)


def empty_database(case: TransactionTestCase) -> None:
    """Stand in for the end of a test with transactions of its own, which the append-only triggers would refuse."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    statements = connection.ops.sql_flush(no_style(), [table for table in tables if table not in KEPT])
    with without_triggers(), lifted():
        connection.ops.execute_sql_flush(statements)


@pytest.fixture(scope="session", autouse=True)
def tests_may_empty_the_database() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_database)
        yield


@pytest.fixture(scope="session", autouse=True)
def the_record_begins_empty() -> None:
    """Tests about roles ask for them, and ``tests/integration/test_roles.py`` migrates as an operator does."""
    post_migrate.disconnect(sync_after_migrate, sender=apps.get_app_config("registry"))


@pytest.fixture(autouse=True)
def files_are_read_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests marked ``reading_process`` start the process that reads files, as the product does."""
    if request.node.get_closest_marker("reading_process") is None:
        monkeypatch.setattr(sandbox, "running_process", running_here)
