"""Layers: what many tests begin with, written once for all tests in a row that begin with the same.

A layer is a fixture whose function takes nothing and writes to the database::

    @layer
    def story():
        return make_vendor(name="Apsis")

Layers lie on each other in the order in which a test asks for them, each in a transaction of its own that stays open
until a test asks for something else. What a test writes itself lies on top and is rolled back after it, so a test sees
what it asked for and nothing else, in whichever order tests run.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from registry.files import sandbox
from registry.history import state_cache
from tests.reading import running_here

type Build = Callable[[], Any]

#: By the name of the fixture, and there by the module that has it.
LAYERS: dict[str, dict[str, Build]] = {}
#: Fixtures that come with transactions of their own.
COMMITS = {"transactional_db", "live_server", "django_db_reset_sequences", "django_db_serialized_rollback"}


def layer(build: Build | None = None, *, fresh: Callable[[Any], Any] = deepcopy) -> Any:
    """Make a fixture of a function that writes to the database. Each test gets what ``fresh`` makes of its result."""
    if build is None:
        return lambda build: layer(build, fresh=fresh)
    LAYERS.setdefault(build.__name__, {})[build.__module__] = build

    def take(db: None) -> Any:
        return fresh(open_layers.result_of(build))

    take.__doc__ = build.__doc__
    return pytest.fixture(name=build.__name__)(take)


class OpenLayers:
    def __init__(self) -> None:
        #: Known once there is a database.
        self.blocker: DjangoDbBlocker | None = None
        self.open: list[tuple[Build, transaction.Atomic, Any]] = []

    def result_of(self, build: Build) -> Any:
        """Return what a layer has returned; write it now where the test has transactions of its own."""
        for each, _block, result in self.open:
            if each is build:
                return result
        return build()

    def lay(self, wanted: list[Build]) -> None:
        """Open these layers and no others."""
        if self.blocker is None:
            return
        with self.blocker.unblock():
            present = [build for build, _block, _result in self.open]
            same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] is pair[1], zip(present, wanted)))  # noqa: B905
            self.close(0 if connection.closed_in_transaction or connection.needs_rollback else same)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(sandbox, "running_process", running_here)
                for build in wanted[len(self.open) :]:
                    block = transaction.atomic()
                    block.__enter__()
                    self.open.append((build, block, None))
                    self.open[-1] = (build, block, build())

    def close(self, but: int = 0) -> None:
        """Roll back all layers but the first ones."""
        while len(self.open) > but:
            _build, block, _result = self.open.pop()
            transaction.set_rollback(True)
            block.__exit__(None, None, None)


open_layers = OpenLayers()


def wanted_layers(item: pytest.Item) -> list[Build]:
    names: list[str] = getattr(item, "fixturenames", [])
    marker = item.get_closest_marker("django_db")
    if COMMITS.intersection(names) or (marker and marker.kwargs.get("transaction")):
        return []
    module = getattr(item, "module", None)
    own = module.__name__ if module else ""
    found = []
    for name in names:
        builds = LAYERS.get(name, {})
        if build := builds.get(own) or builds.get("tests.integration.conftest"):
            found.append(build)
    return found


_test = 0
_wanted: list[Build] = []
_state_of_the_register = state_cache.register_state


def state_in_this_test() -> state_cache.RegisterState | None:
    """Stand in for ``register_state``: tests on the same layers begin with the same state, and forge it."""
    state = _state_of_the_register()
    return state and (f"{state[0]} {_test}", state[1])


def next_test(item: pytest.Item) -> None:
    global _test, _wanted  # noqa: PLW0603
    _test += 1
    _wanted = wanted_layers(item)
    open_layers.lay(_wanted)


def there_is_a_database(blocker: DjangoDbBlocker) -> None:
    """Begin with the layers of the test that has asked for the database first."""
    open_layers.blocker = blocker
    open_layers.lay(_wanted)
