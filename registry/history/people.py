"""Change sets for sign-ins, failed sign-ins, sign-outs, and changes to users, groups and their rights."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import Any

from axes.helpers import get_client_ip_address
from django.contrib.auth import get_user_model, logout, signals
from django.contrib.auth.models import AbstractUser, Group, Permission
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.http import HttpRequest
from django.utils import translation

from registry.history.change_sets import Source, change_set, current, is_open, name_of, record
from registry.history.guard import LINKS, announce, retract
from registry.history.people_record import group_name, state_of, user_name

User: Any = get_user_model()

#: Fields that are not recorded: the sign-in is recorded itself, and the key follows from the user name.
UNRECORDED_FIELDS = {"last_login", "name_key"}
#: Fields whose values are not recorded.
SECRET_FIELDS = {"password"}


def connect() -> None:
    signals.user_logged_in.connect(signed_in)
    signals.user_login_failed.connect(sign_in_failed)
    signals.user_logged_out.connect(signed_out)
    for model in (User, Group, Permission):
        pre_save.connect(about_to_save, sender=model)
        post_save.connect(saved, sender=model)
        pre_delete.connect(about_to_delete, sender=model)
        post_delete.connect(deleted, sender=model)
    for link in LINKS:
        m2m_changed.connect(rights_changed, sender=link)


def address_of_client(request: HttpRequest | None) -> str | None:
    return get_client_ip_address(request) if request is not None else None


def signed_in_user(request: HttpRequest | None) -> AbstractUser | None:
    """Return the user who makes a request, None where nobody has signed in."""
    user: object = getattr(request, "user", None)
    return user if isinstance(user, AbstractUser) else None


def signed_in(sender: object, request: HttpRequest, user: AbstractUser, **kwargs: object) -> None:
    record(user=user, source=Source.SIGN_IN, address=address_of_client(request))


def sign_in_failed(
    sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: object
) -> None:
    """Record the name tried, what was wrong other than the password, and who was signed in already."""
    details = {"tried": str(credentials.get("username", ""))[:150]}
    if wrong := credentials.get("wrong"):
        details["wrong"] = wrong
    record(user=signed_in_user(request), source=Source.SIGN_IN_FAILED, address=address_of_client(request), **details)


def signed_out(sender: object, request: HttpRequest, user: AbstractUser | None, **kwargs: object) -> None:
    if user is not None and is_open():
        current().describe(source=Source.SIGN_OUT)
        current().write_row()


def sign_out(request: HttpRequest) -> None:
    """Sign out and record it, in a change set of its own where the request has not opened one."""
    if is_open():
        logout(request)
        return
    with change_set(user=signed_in_user(request), source=Source.SIGN_OUT, address=address_of_client(request)):
        logout(request)


def about_to_save(
    sender: type[Model], instance: Any, update_fields: Collection[str] | None = None, **kwargs: object
) -> None:
    """Prepare the record of a change to a user, a group or a permission."""
    announce(sender)
    if is_open() and not is_unrecorded(update_fields):
        current().begin()
    instance.stored_before = sender._base_manager.filter(pk=instance.pk).first()
    if instance.stored_before is not None and not is_unrecorded(update_fields):
        watch_states(instance, holders(instance) if isinstance(instance, Permission) else {name_in_record(instance)})


def is_unrecorded(update_fields: Collection[str] | None) -> bool:
    return update_fields is not None and UNRECORDED_FIELDS.issuperset(update_fields)


def saved(sender: type[Model], instance: Any, created: bool, **kwargs: object) -> None:
    """Record what ``about_to_save()`` prepared, with a note for each changed field."""
    retract(sender)
    before = instance.stored_before
    changes = [] if before is None else list(field_differences(before, instance))
    if created and not isinstance(instance, Permission):
        changes = [("", "", "created")]
        instance.states_before = {name_in_record(instance): None}
    record_notes(instance, [(note_subject_of(instance), *change) for change in changes])


def field_differences(before: Model, after: Model) -> Iterable[tuple[str, str, str]]:
    """Yield name, old value and new value of each recorded field that differs; secret values are left out."""
    for field in after._meta.concrete_fields:
        old, new = getattr(before, field.attname), getattr(after, field.attname)
        if field.name in UNRECORDED_FIELDS or old == new:
            continue
        hidden = field.name in SECRET_FIELDS
        yield field.name, "" if hidden else str(old), "changed" if hidden else str(new)


def about_to_delete(sender: type[Model], instance: Any, **kwargs: object) -> None:
    """Prepare notes on who loses a right or a group membership by the deletion."""
    announce(sender, *LINKS)
    if is_open():
        current().begin()
    members = list(User._base_manager.filter(groups=instance)) if isinstance(instance, Group) else []
    affected = holders(instance) if isinstance(instance, Permission) else {name_in_record(instance)}
    watch_states(instance, affected | {user_name(member.pk) for member in members})
    losses = [(note_subject_of(member), "groups", str(instance), "") for member in members]
    if isinstance(instance, Group):
        losses += [(note_subject_of(instance), "permissions", str(right), "") for right in instance.permissions.all()]
    if isinstance(instance, Permission):
        owners = [*instance.group_set.all(), *User._base_manager.filter(user_permissions=instance)]
        losses += [(note_subject_of(owner), "permissions", str(instance), "") for owner in owners]
    instance.losses = losses


def deleted(sender: type[Model], instance: Any, **kwargs: object) -> None:
    """Record what ``about_to_delete()`` prepared."""
    retract(sender, *LINKS)
    deletion = [] if isinstance(instance, Permission) else [(note_subject_of(instance), "", "", "deleted")]
    record_notes(instance, [*instance.losses, *deletion])


def rights_changed(
    sender: type[Model],
    instance: Any,
    action: str,
    reverse: bool,
    model: type[Model],
    pk_set: set[int] | None,
    **kwargs: object,
) -> None:
    """Record a change of group memberships or permissions, before and after the write."""
    if action.startswith("pre_"):
        about_to_change_rights(sender, instance, action, reverse, model, pk_set)
        return
    retract(sender)
    field = "permissions" if Permission in (model, type(instance)) else "groups"
    removed, notes = action != "post_add", []
    for other in instance.related_before if action == "post_clear" else entries_with_keys(model, pk_set):
        owner, right = (other, instance) if reverse else (instance, other)
        notes.append((note_subject_of(owner), field, str(right) if removed else "", "" if removed else str(right)))
    record_notes(instance, notes)


def about_to_change_rights(
    sender: type[Model], instance: Any, action: str, reverse: bool, model: type[Model], pk_set: set[int] | None
) -> None:
    announce(sender)
    if is_open():
        current().begin()
    if action == "pre_clear":
        instance.related_before = related_to(instance, sender, model)
        pk_set = {other.pk for other in instance.related_before}
    owners = entries_with_keys(model, pk_set) if reverse else [instance]
    watch_states(instance, {name_in_record(owner) for owner in owners})


def entries_with_keys(model: type[Model], keys: Collection[int] | None) -> list[Model]:
    return list(model._default_manager.filter(pk__in=keys or ()))


def related_to(instance: Model, through: type[Model], model: type[Model]) -> list[Model]:
    own = next(f for f in through._meta.fields if f.related_model and isinstance(instance, f.related_model))
    other = next(f for f in through._meta.fields if f.is_relation and f.related_model is model)
    keys = through._default_manager.filter(**{own.name: instance}).values_list(other.attname, flat=True)
    return list(model._default_manager.filter(pk__in=list(keys)))


def holders(permission: Permission) -> set[str]:
    """Return the record names of the users and groups that have a permission directly."""
    users = User.user_permissions.through._base_manager.filter(permission_id=permission.pk)
    groups = Group.permissions.through._base_manager.filter(permission_id=permission.pk)
    return {
        *map(user_name, users.values_list("user_id", flat=True)),
        *map(group_name, groups.values_list("group_id", flat=True)),
    }


def name_in_record(entry: Model) -> str:
    return user_name(entry.pk) if isinstance(entry, User) else group_name(entry.pk)


def watch_states(instance: Any, names: Collection[str]) -> None:
    """Keep the states of users and groups before a write on the instance, for ``record_notes()``."""
    watched = current().watched if is_open() else {}
    instance.states_before = {name: state_of(name) for name in names if name not in watched}


def record_notes(instance: Model, notes: Sequence[tuple[str, str, str, str]]) -> None:
    """Write notes and watched states to the open change set, or to one of their own."""
    befores: dict[str, object] = instance.__dict__.pop("states_before", {})
    if not is_open():
        if notes:
            with change_set(source=Source.COMMAND):
                write_notes(befores, notes)
        return
    write_notes(befores, notes)


def write_notes(befores: dict[str, object], notes: Sequence[tuple[str, str, str, str]]) -> None:
    for name, before in befores.items():
        current().watch(name, before, partial(state_of, name))
    for each in notes:
        current().note(*each)


def note_subject_of(entry: Model) -> str:
    """Return how a note names a user, a group or a permission: in English, whatever the active language."""
    with translation.override("en"):
        return f"{entry._meta.verbose_name}: {name_of(entry) if isinstance(entry, User) else entry}"


def note(entry: str, field: str, before: str, after: str) -> None:
    """Write a note to the open change set, or to one of its own."""
    if is_open():
        current().note(entry, field, before, after)
        return
    with change_set(source=Source.COMMAND) as opened:
        opened.note(entry, field, before, after)
