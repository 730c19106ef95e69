"""What each role may do, as data. The groups of the database follow: ``manage.py sync_roles``, and each ``migrate``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext_noop

from registry.accounts.role_names import ROLE_NAMES
from registry.history.ownership import tracked_models
from registry.history.people_record import record_base_line
from registry.models import Source, change_set

#: How people read the names: for the collection of texts.
TRANSLATED_NAMES = (
    gettext_noop("Reader"),
    gettext_noop("Editor"),
    gettext_noop("Auditor"),
    gettext_noop("Administrator"),
)
SYNC_REASON = "Roles brought up to date"
#: Entries that are a part of another one, or how staff word and judge something: an editor takes back what was wrong.
REMOVABLE = ("agreement", "transfer", "mechanismalias", "acceptance")


@dataclass(frozen=True)
class AccountRole:
    name: str
    #: As ``add_vendor``; those of the application ``auth`` as ``auth.view_group``.
    permissions: frozenset[str]


def on_entries(*acts: str) -> frozenset[str]:
    return frozenset(f"{act}_{model._meta.model_name}" for model in tracked_models() for act in acts)


def roles() -> tuple[AccountRole, ...]:
    look = on_entries("view") | {"export_processingactivity"}
    audit = look | {"view_changeset", "view_importedfile", "view_user", "auth.view_group"}
    edit = on_entries("add", "change") | {f"delete_{name}" for name in REMOVABLE}
    # Going back adds, changes and deletes; whoever goes back needs the right to each.
    administer = audit | on_entries("add", "change", "delete") | {"undo_changeset", "add_user", "change_user"}
    rights = (look, look | edit | {"import_processingactivity"}, audit, administer)
    return tuple(map(AccountRole, ROLE_NAMES, rights))


def sync_roles(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """What had to be changed, in sentences. Groups that are no role are left alone."""
    for label in ("registry", "auth"):
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    with change_set(source=Source.COMMAND, reason=SYNC_REASON):
        return [change for role in roles() for change in sync_role(role)]


def sync_role(role: AccountRole) -> Iterator[str]:
    group, created = Group.objects.get_or_create(name=role.name)
    wanted, present = set(permissions(role)), set(group.permissions.all())
    if created:
        yield f"{role.name}: made"
    for permission in sorted(wanted - present, key=str):
        group.permissions.add(permission)
        yield f"{role.name}: may {permission.codename}"
    for permission in sorted(present - wanted, key=str):
        group.permissions.remove(permission)
        yield f"{role.name}: may no longer {permission.codename}"


def permissions(role: AccountRole) -> Iterator[Permission]:
    for name in role.permissions:
        label, _, codename = name.rpartition(".")
        yield Permission.objects.get(content_type__app_label=label or "registry", codename=codename)


def sync_after_migrate(using: str, **kwargs: Any) -> None:
    """Once all is migrated: an older state of the database has not all that the record needs."""
    executor = MigrationExecutor(connections[using])
    if using == DEFAULT_DB_ALIAS and not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        with transaction.atomic(using=using):
            record_base_line()
            sync_roles(using)
