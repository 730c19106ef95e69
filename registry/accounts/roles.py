"""The permissions of each role as data, and the update of the groups: ``sync_roles``, also after ``migrate``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from registry.accounts.role_names import ROLE_NAMES
from registry.history.ownership import tracked_models
from registry.history.people_record import record_base_line
from registry.models import Source, User, change_set

#: Marks the names for translation.
TRANSLATED_NAMES = (
    gettext_noop("Reader"),
    gettext_noop("Editor"),
    gettext_noop("Auditor"),
    gettext_noop("Administrator"),
)
#: What each role may do, in the words of whoever gives it.
ROLE_DESCRIPTIONS = {
    "Reader": _("Looks at every entry and its history, and exports."),
    "Editor": _(
        "The same as a reader, and adds, changes and imports entries; prepares editions; removes agreements, transfers,"
        " names, wordings and accepted findings."
    ),
    "Auditor": _("The same as a reader, and looks at the change log, the users and the imported files."),
    "Administrator": _(
        "The same as an auditor, and gives people access; adds, changes, merges, deletes, undoes and restores"
        " entries; prepares, approves and publishes editions. Does not import."
    ),
}
SUPERUSER_DESCRIPTION = _(
    "May do everything, also import, and change other superusers. Meant for emergencies: use a role from day to day."
)
SYNC_REASON = "Roles brought up to date"
#: Entries that editors may delete: parts of other entries, wordings and acceptances.
REMOVABLE = ("agreement", "transfer", "mechanismalias", "vendorname", "acceptance")


@dataclass(frozen=True)
class AccountRole:
    """A role of accounts, which is a group."""

    name: str
    #: Such as ``add_vendor``, or with the application if it is not ``registry``: ``auth.view_group``.
    permissions: frozenset[str]


def roles_of(user: User) -> list[str]:
    """Return the names of the user's roles, the one that may least first. No query where groups are prefetched."""
    names = {group.name for group in user.groups.all()}
    return [name for name in ROLE_NAMES if name in names]


def on_entries(*actions: str) -> frozenset[str]:
    return frozenset(f"{action}_{model._meta.model_name}" for model in tracked_models() for action in actions)


def roles() -> tuple[AccountRole, ...]:
    look = on_entries("view") | {"export_processingactivity"}
    audit = look | {"view_changeset", "view_importedfile", "view_user", "auth.view_group"}
    prepare = {"prepare_edition"}
    edit = on_entries("add", "change") | prepare | {f"delete_{name}" for name in REMOVABLE} | {"view_changeset"}
    # Undoing adds, changes and deletes entries, which needs the permission for each.
    administer = audit | on_entries("add", "change", "delete") | {"undo_changeset", "add_user", "change_user"}
    administer |= prepare | {"approve_edition", "publish_edition", "open_series"}
    rights = (look, look | edit | {"import_processingactivity"}, audit, administer)
    return tuple(map(AccountRole, ROLE_NAMES, rights))


def sync_roles(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Update the groups of the roles, and return the changes as texts. Other groups are not touched."""
    for label in ("registry", "auth"):
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    with change_set(source=Source.COMMAND, reason=SYNC_REASON):
        return [change for role in roles() for change in sync_role(role)]


def sync_role(role: AccountRole) -> Iterator[str]:
    group, created = Group.objects.get_or_create(name=role.name)
    wanted, present = permissions(role), set(group.permissions.select_related("content_type"))
    missing, needless = sorted(wanted - present, key=str), sorted(present - wanted, key=str)
    if created:
        yield f"{role.name}: made"
    if missing:
        group.permissions.add(*missing)
    if needless:
        group.permissions.remove(*needless)
    yield from (f"{role.name}: may {permission.codename}" for permission in missing)
    yield from (f"{role.name}: may no longer {permission.codename}" for permission in needless)


def permissions(role: AccountRole) -> set[Permission]:
    """Return the permissions of a role. Raises ``KeyError`` for one that there is not."""
    names = [name.rpartition(".") for name in role.permissions]
    present = {
        (permission.content_type.app_label, permission.codename): permission
        for permission in Permission.objects.select_related("content_type").filter(codename__in=[n[2] for n in names])
    }
    return {present[label or "registry", codename] for label, _dot, codename in names}


def sync_after_migrate(using: str, **kwargs: object) -> None:
    """Update the roles once all migrations have run: older states of the database lack tables for the record."""
    executor = MigrationExecutor(connections[using])
    if using == DEFAULT_DB_ALIAS and not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        with transaction.atomic(using=using):
            record_base_line()
            sync_roles(using)
