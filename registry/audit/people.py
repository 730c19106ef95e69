"""Who signed in, who failed to, and what changed about users, groups and their rights: on record like any other act."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from axes.helpers import get_client_ip_address
from django.contrib.auth import logout, signals
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.http import HttpRequest
from django.utils import translation

from registry.models import Source, User, change_set, record
from registry.models.changes import current, is_open, name_of

#: Not worth a record of their own: the sign-in is one, and the key follows from the user name.
PASSED_OVER = {"last_login", "name_key"}
SECRET = {"password"}


def connect() -> None:
    signals.user_logged_in.connect(signed_in)
    signals.user_login_failed.connect(sign_in_failed)
    signals.user_logged_out.connect(signed_out)
    for model in (User, Group):
        pre_save.connect(remember, sender=model)
        post_save.connect(saved, sender=model)
        post_delete.connect(deleted, sender=model)
    for relation in (User.groups, User.user_permissions, Group.permissions):
        m2m_changed.connect(rights_changed, sender=relation.through)


def address_of(request: HttpRequest | None) -> str | None:
    return get_client_ip_address(request) if request is not None else None


def signed_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    record(user=user, source=Source.SIGN_IN, address=address_of(request))


def sign_in_failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Record what was tried: ``wrong`` tells of what where it was not a password, and ``user`` who was signed in."""
    details = {"tried": str(credentials.get("username", ""))[:150]}
    if wrong := credentials.get("wrong"):
        details["wrong"] = wrong
    user = getattr(request, "user", None)
    user = user if user is not None and user.is_authenticated else None
    record(user=user, source=Source.SIGN_IN_FAILED, address=address_of(request), **details)


def signed_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None and is_open():
        current().describe(source=Source.SIGN_OUT)
        current().written()


def sign_out(request: HttpRequest) -> None:
    """Sign out, on record also where the request has not opened a change set."""
    if is_open():
        logout(request)
        return
    with change_set(user=request.user, source=Source.SIGN_OUT, address=address_of(request)):
        logout(request)


def remember(sender: type[Model], instance: Any, **kwargs: Any) -> None:
    instance.stored_before = sender._base_manager.filter(pk=instance.pk).first()


def saved(sender: type[Model], instance: Any, created: bool, **kwargs: Any) -> None:
    before = instance.stored_before
    changes = [] if before is None else list(differences(before, instance))
    if created:
        changes = [("", "", "created")]
    for name, old, new in changes:
        note(subject(instance), name, old, new)


def differences(before: Any, after: Any) -> Iterable[tuple[str, str, str]]:
    for field in after._meta.concrete_fields:
        old, new = getattr(before, field.attname), getattr(after, field.attname)
        if field.name in PASSED_OVER or old == new:
            continue
        hidden = field.name in SECRET
        yield field.name, "" if hidden else str(old), "changed" if hidden else str(new)


def deleted(sender: type[Model], instance: Any, **kwargs: Any) -> None:
    note(subject(instance), "", "", "deleted")


def rights_changed(
    sender: Any, instance: Any, action: str, reverse: bool, model: type[Model], pk_set: set[int] | None, **kwargs: Any
) -> None:
    if action not in {"post_add", "post_remove", "pre_clear"}:
        return
    if pk_set is None:  # all of them go
        related = related_to(instance, sender, model)
    else:
        related = list(model._default_manager.filter(pk__in=pk_set))
    field = "permissions" if Permission in (model, type(instance)) else "groups"
    for other in related:
        owner, right = (other, instance) if reverse else (instance, other)
        gone = action != "post_add"
        note(subject(owner), field, str(right) if gone else "", "" if gone else str(right))


def related_to(instance: Any, through: Any, model: type[Model]) -> list[Any]:
    own = next(f for f in through._meta.fields if f.is_relation and isinstance(instance, f.related_model))
    other = next(f for f in through._meta.fields if f.is_relation and f.related_model is model)
    keys = through._default_manager.filter(**{own.name: instance}).values_list(other.attname, flat=True)
    return list(model._default_manager.filter(pk__in=list(keys)))


def subject(entry: Any) -> str:
    """In English, whoever causes it: it is a record, not a sentence on a page."""
    with translation.override("en"):
        return f"{entry._meta.verbose_name}: {name_of(entry) if isinstance(entry, User) else entry}"


def note(entry: str, field: str, before: str, after: str) -> None:
    if is_open():
        current().note(entry, field, before, after)
        return
    with change_set(source=Source.COMMAND) as opened:
        opened.note(entry, field, before, after)
