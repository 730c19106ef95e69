"""Seals: the digests that chain each change set and its history rows to the change set before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connections, models, router
from django.utils.translation import gettext_lazy as _

from registry.history import chain
from registry.history.chain import Values
from registry.history.keyset import PAGE, in_pages
from registry.history.row_types import HistoryModel

if TYPE_CHECKING:
    from registry.history.change_sets import ChangeSet

#: The number of PostgreSQL's advisory lock on the end of the chain. Any number, the same for all writers.
LOCK = 730_816_042


class SealForm(models.Model):
    """The columns that seals cover: those of the tables at the time. Columns may be added later, but none of these is
    ever renamed or dropped."""

    history_untracked_because = "says how to read the record"
    history_append_only = True

    digest = models.CharField(_("digest"), max_length=64, primary_key=True)
    columns = models.JSONField(_("columns"))

    class Meta:
        verbose_name = _("form of seals")
        verbose_name_plural = _("forms of seals")
        default_permissions = ()

    def __str__(self) -> str:
        return self.digest


class Seal(models.Model):
    """A link of the chain: the digest of a change set, its history rows, and the seal before it.

    ``previous`` is unique, so the chain cannot fork.
    """

    history_untracked_because = "is the record itself"
    history_append_only = True

    change_set = models.OneToOneField("registry.ChangeSet", models.PROTECT, related_name="seal")
    previous = models.CharField(_("digest before"), max_length=64, unique=True)
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    row_count = models.PositiveIntegerField(_("history rows"))
    form = models.CharField(_("form"), max_length=64)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        default_permissions = ("view",)
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.digest


def hold_chain(using: str) -> None:
    """Keep others from extending the chain until the transaction ends. SQLite has one writer at a time anyway."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def head_digest() -> str:
    """Return the digest of the newest seal, which covers the whole history."""
    with connections[router.db_for_write(Seal)].cursor() as cursor:
        cursor.execute(f"SELECT digest FROM {Seal._meta.db_table} ORDER BY id DESC LIMIT 1")  # noqa: S608 - of the schema
        newest = cursor.fetchone()
    return str(newest[0]) if newest else chain.BEGINNING


def digest_after(change_set: int) -> str:
    """Return the digest of the newest seal up to a change set, which covers the history up to then."""
    seals = Seal.objects.filter(change_set__lte=change_set).order_by("-pk")
    return seals.values_list("digest", flat=True).first() or chain.BEGINNING


def values_of(row: models.Model) -> Values:
    """Return the values of all columns by the name of the column, which no release changes."""
    return {str(field.column): getattr(row, field.attname) for field in row._meta.concrete_fields}


@cache
def present_form() -> tuple[str, dict[str, list[str]]]:
    """Return the digest of the present columns of change sets and history tables, and the columns by model."""
    own = apps.get_app_config("registry").get_models()
    sealed = [model for model in own if hasattr(model, "instance_type") or model._meta.model_name == "changeset"]
    columns = {str(model._meta.model_name): [str(f.column) for f in model._meta.concrete_fields] for model in sealed}
    return form_digest(columns), columns


def form_digest(columns: dict[str, list[str]]) -> str:
    return hashlib.sha256(chain.canonical(columns)).hexdigest()


def keep_present_form(using: str) -> None:
    """Store the present form, after each migration: seals made from then on refer to it."""
    digest, columns = present_form()
    SealForm.objects.using(using).get_or_create(digest=digest, defaults={"columns": columns})


def history_rows_of(change_set_id: int, histories: Iterable[type[models.Model]]) -> Iterator[tuple[str, Values]]:
    """Yield the stored history rows of a change set with their models, in the order of the chain."""
    for history in sorted(histories, key=lambda model: str(model._meta.model_name)):
        for values in change_set_rows(history, change_set_id):
            yield str(history._meta.model_name), values


def change_set_rows(history: HistoryModel, change_set_id: int) -> Iterator[Values]:
    """Yield the values of the history rows of a change set in one table.

    The first page is read by raw SQL, because building a query takes longer than running it and most change sets have
    few rows. Later pages are read without making models.
    """
    select = f"SELECT * FROM {history._meta.db_table} WHERE change_set_id = %s ORDER BY history_id LIMIT {PAGE}"  # noqa: S608 - of the schema
    first = list(history._base_manager.raw(select, [change_set_id]))
    yield from map(values_of, first)
    if len(first) == PAGE:
        later = history._base_manager.filter(change_set_id=change_set_id, history_id__gt=first[-1].history_id)
        columns = {field.attname: field.column for field in history._meta.concrete_fields}
        for row in in_pages(later.values(*columns), "history_id"):
            yield {columns[name]: value for name, value in row.items()}


def seal(change_set: ChangeSet, histories: Iterable[type[models.Model]]) -> Seal:
    """Extend the chain by a change set with its history rows, as read back from the database."""
    previous = head_digest()
    form, columns = present_form()
    rows = covered_values(history_rows_of(change_set.pk, histories), columns)
    own = selected_values(values_of(change_set), columns["changeset"])
    digest, count = chain.digest(previous, own, rows)
    return Seal.objects.create(change_set=change_set, previous=previous, digest=digest, row_count=count, form=form)


def covered_values(rows: Iterable[tuple[str, Values]], columns: dict[str, list[str]]) -> Iterator[tuple[str, Values]]:
    """Yield of each row the values that a form covers, all of them where the form does not know the table."""
    for model, values in rows:
        yield model, selected_values(values, columns.get(model) or list(values))


def selected_values(values: Values, names: Iterable[str]) -> Values:
    return {name: values[name] for name in names}
