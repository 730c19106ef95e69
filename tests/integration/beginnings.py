"""What tests begin with: people and their browsers, the original document, the reference data, one entry."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client

from registry.accounts.roles import sync_roles
from registry.files.format_registry import DocumentFormat
from registry.files.importing.planner import plan_import
from registry.models import ProcessingActivity, Source, User, change_set
from tests.factories import make_activity, make_vendor

ORIGINAL = Path("registry/reference/original_register.txt")


def recording(reason: str = "set-up of a test", user: User | None = None) -> AbstractContextManager[Any]:
    return change_set(user=user, source=Source.COMMAND, reason=reason)


def new_user(*permissions: str, name: str = "eva", superuser: bool = False) -> User:
    """A staff user with these permissions."""
    user = User.objects.create_user(
        username=name, password="a long password for tests", is_staff=True, is_superuser=superuser
    )
    if permissions:
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return str(client.session.session_key)


def browser(session: str) -> Client:
    """A browser in which somebody is signed in, in English."""
    client = Client(headers={"accept-language": "en"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    return client


def bring_original() -> None:
    """The register as the original document has it."""
    with change_set(source=Source.IMPORT, reason="first import"):
        plan_import(DocumentFormat().read(ORIGINAL.read_bytes())).apply()


def bring_reference() -> None:
    """The mechanisms as the reference data has them."""
    call_command("sync_reference", verbosity=0)


def bring_roles() -> None:
    """The groups of the roles, with their rights."""
    sync_roles()


def new_activity() -> ProcessingActivity:
    """The only activity of a vendor of its own."""
    with recording():
        vendor = make_vendor(name="Exempel AB")
        return make_activity(vendor=vendor, purpose="Fakturering", personal_data="Namn")
