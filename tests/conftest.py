"""A test with transactions of its own empties the database afterwards, which the append-only triggers refuse."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.apps import apps
from django.db import connections
from django.db.models.signals import post_migrate
from django.test import TransactionTestCase

from registry.accounts.roles import sync_after_migrate
from registry.files import sandbox
from registry.history.guard import lifted
from registry.history.triggers import without_triggers
from tests.reading import running_here


@pytest.fixture(scope="session", autouse=True)
def tests_may_empty_the_database() -> Iterator[None]:
    empty = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def empty_without_triggers(case: TransactionTestCase) -> None:
        with ExitStack() as stack:
            for alias in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
                stack.enter_context(without_triggers(connections[alias]))
            stack.enter_context(lifted())
            empty(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_without_triggers)
        yield


@pytest.fixture(scope="session", autouse=True)
def the_record_begins_empty() -> None:
    """Tests about roles ask for them, and ``tests/integration/test_roles.py`` migrates as an operator does."""
    post_migrate.disconnect(sync_after_migrate, sender=apps.get_app_config("registry"))


@pytest.fixture(autouse=True)
def files_are_read_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests marked ``reading_process`` start the process that reads files, as the product does."""
    if request.node.get_closest_marker("reading_process") is None:
        monkeypatch.setattr(sandbox, "running", running_here)
