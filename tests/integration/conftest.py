from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from registry.models import ChangeSet, ProcessingActivity, Source, User, Vendor, change_set
from tests.databases import OnPostgreSQL, OnSQLite

ORIGINAL = Path("registry/reference/original_register.txt")


#: What is the same whichever database there is. PostgreSQL runs all other modules, and tests marked ``both_databases``.
ON_SQLITE_ONLY = {
    "test_addresses.py": "how addresses are written",
    "test_files_in.py": "formats of files",
    "test_roles.py": "permissions, which Django checks",
    "test_run_local.py": "a command that prepares SQLite",
    "test_second_factor.py": "pages of the sign-in",
    "test_single_sign_on.py": "pages of the sign-in",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if connection.vendor != "postgresql":
        return
    left_out = [
        item for item in items if item.path.name in ON_SQLITE_ONLY and item.get_closest_marker("both_databases") is None
    ]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


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

    def open_change_set(reason: str = "set-up of a test", user: User | None = None) -> AbstractContextManager[Any]:
        return change_set(user=user, source=Source.COMMAND, reason=reason)

    return open_change_set


@pytest.fixture
def imported(db: None, original: bytes) -> None:
    """The register as the original document has it."""
    from registry.files.format_registry import DocumentFormat
    from registry.files.importing.planner import plan_import

    with change_set(source=Source.IMPORT, reason="first import"):
        plan_import(DocumentFormat().read(original)).apply()


@pytest.fixture
def reference(db: None) -> None:
    """The mechanisms as the reference data has them."""
    call_command("sync_reference", verbosity=0)


@pytest.fixture
def activity(db: None, recording: Any) -> ProcessingActivity:
    with recording():
        vendor = Vendor(name="Exempel AB")
        vendor.save()
        activity = ProcessingActivity(vendor=vendor, purpose="Fakturering", personal_data="Namn", country="SE")
        activity.save()
    return activity


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
    def make(*permissions: str, name: str = "eva", superuser: bool = False) -> User:
        user = User.objects.create_user(username=name, password="a long password for tests")
        user.is_staff, user.is_superuser = True, superuser
        user.save()
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        return user

    return make


@pytest.fixture
def sign_in(make_user: Callable[..., User]) -> Callable[..., Client]:
    """A browser's session of a staff user with exactly these permissions, in English."""

    def client_of(*permissions: str, name: str = "eva", superuser: bool = False) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(
            make_user(*permissions, name=name, superuser=superuser), "django.contrib.auth.backends.ModelBackend"
        )
        return client

    return client_of


@pytest.fixture
def admin(sign_in: Callable[..., Client]) -> Client:
    return sign_in(name="admin", superuser=True)


@pytest.fixture
def editor(sign_in: Callable[..., Client]) -> Client:
    """Who may import and export, and change activities."""
    return sign_in(
        "import_processingactivity",
        "export_processingactivity",
        "add_processingactivity",
        "change_processingactivity",
        "view_processingactivity",
    )
