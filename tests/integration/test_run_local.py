import re
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from registry.management.commands import run_local
from registry.models import User
from tests.factories import make_vendor

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("a command that prepares SQLite")]


class Called(list[tuple[str, tuple[Any, ...]]]):
    """Which commands ``run_local`` calls, instead of calling them."""

    def __call__(self, name: str, *args: Any, **options: Any) -> None:
        self.append((name, args))


@pytest.fixture(autouse=True)
def debug(settings: Settings) -> None:
    settings.DEBUG = True


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Called:
    called = Called()
    monkeypatch.setattr(run_local, "call_command", called)
    return called


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("run_local", *arguments, stdout=out)
    return out.getvalue()


def test_it_prepares_an_empty_database_and_shows_the_password_that_works(called: Called) -> None:
    printed = run("--no-server")

    assert [name for name, _ in called] == ["migrate", "sync_reference", "import_register"]
    assert called[2][1] == (str(run_local.ORIGINAL_REGISTER),)
    admin = User.objects.get()
    password = re.search(r"password: +(\S+)\n", printed)
    assert admin.is_superuser
    assert password
    assert admin.check_password(password[1])
    assert "this once only" in printed
    assert "changepassword admin" in printed


def test_it_leaves_existing_users_alone(called: Called) -> None:
    run("--no-server")
    before = User.objects.get().password

    printed = run("--no-server")

    assert User.objects.get().password == before
    assert "password" not in printed
    assert run_local.where_the_data_lies() in printed


def test_it_leaves_a_filled_register_alone(
    called: Called, recording: Callable[..., AbstractContextManager[Any]]
) -> None:
    make_vendor(name="Example", country="SE")
    run("--no-server")
    assert [name for name, _ in called] == ["migrate", "sync_reference"]


def test_it_starts_the_server_on_this_machine_only(called: Called) -> None:
    with socket.socket() as probe:
        probe.bind((run_local.HOST, 0))
        port = probe.getsockname()[1]

    printed = run("--port", str(port))

    assert called[-1] == ("runserver", (f"127.0.0.1:{port}",))
    assert f"http://127.0.0.1:{port}/" in printed


def test_a_taken_port_is_refused_before_anything_else(called: Called) -> None:
    with socket.socket() as other:
        other.bind((run_local.HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=f"PORT={port + 1}"):
            run("--port", str(port))
    assert called == []


def test_it_is_for_development_only(settings: Settings, called: Called) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        run("--no-server")
    assert called == []
