"""The register as at a change set, for every query.

Inside ``with as_at(change_set):`` a temporary table with the past state hides each table of the register, for this
connection only. Queries, filters, verdicts, findings and exports read the past unchanged. Nothing can be written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.db import connections, models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Max

from registry.core.days import midnight
from registry.history.change_sets import ChangeSet
from registry.history.ownership import tracked_models
from registry.history.recording import history_of
from registry.history.row_types import HistoryModel
from registry.history.snapshots import deferred_transactions, reads_from, showing_past
from registry.history.tracked import Tracked

READ_STATEMENTS = ("SELECT", "WITH", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


class PastIsReadOnly(RuntimeError):
    """A write while a past state of the register is shown."""


def last_change_set_of(day: date) -> int:
    """Return the newest change set at the end of a day in the time zone of the register, 0 where there was none."""
    until_then = ChangeSet.objects.filter(created_at__lt=midnight(day + timedelta(days=1)))
    return int(until_then.aggregate(newest=Max("pk"))["newest"] or 0)


def newest_change_set() -> int:
    """Return the key of the newest change set, 0 where there is none."""
    return int(ChangeSet.objects.aggregate(newest=Max("pk"))["newest"] or 0)


@contextmanager
def as_at(change_set: int | None) -> Iterator[None]:
    """Show the register in the block as it was after a change set; None for its present state."""
    if change_set is None:
        yield
        return
    connection = connections[router.db_for_write(ChangeSet)]
    alias = connection.alias
    with reads_from(alias), deferred_transactions(connection), transaction.atomic(alias):
        try:
            for model in tracked_models():
                create_stand_in(connection, model, change_set)
            with connection.execute_wrapper(refuse_writes), showing_past(change_set):
                yield
        finally:
            transaction.set_rollback(True, alias)  # removes the temporary tables


def refuse_writes(execute: Callable[..., Any], sql: str, params: object, many: bool, context: object) -> Any:
    """Execute a statement that reads. Raises ``PastIsReadOnly`` for any other."""
    if not sql.lstrip("( ").upper().startswith(READ_STATEMENTS):
        raise PastIsReadOnly(f"A past state of the register cannot be changed: {sql[:60]}")
    return execute(sql, params, many, context)


def create_stand_in(connection: BaseDatabaseWrapper, model: type[Tracked], change_set: int) -> None:
    """Hide the table of a model by one with its past state, unless nothing has been written to it since."""
    history = history_of(model)
    last = last_row(history, change_set)
    if not history.objects.filter(history_id__gt=last).exists():
        return
    quote = connection.ops.quote_name
    table, columns = quote(model._meta.db_table), [str(field.column) for field in model._meta.concrete_fields]
    statement = newest_rows_statement(quote, history, columns)
    if model.history_past_fields is not None:
        statement = with_current_fields(quote, model, columns, statement)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {table} AS {statement}", [last])
        for field in model._meta.concrete_fields:
            if field.primary_key or field.is_relation:
                index = quote(f"past_{model._meta.model_name}_{field.column}")
                cursor.execute(f"CREATE INDEX {index} ON {table} ({quote(str(field.column))})")
        cursor.execute(f"ANALYZE {table}")


def last_row(history: HistoryModel, change_set: int) -> int:
    """Return the number of the last history row up to a change set, 0 where there is none.

    One change set is written at a time, so rows are numbered in the order of the change sets.
    """
    rows = history.objects.filter(change_set_id__lte=change_set).order_by("-change_set_id", "-history_id")
    return rows.values_list("history_id", flat=True).first() or 0


def newest_rows_statement(quote: Callable[[str], str], history: type[models.Model], columns: list[str]) -> str:
    """Return the SQL for the newest row of each entry up to a row number that is its parameter.

    It steps from entry to entry by the index; reading all rows takes longer the longer the history is.
    """
    rows = quote(history._meta.db_table)
    selected = ", ".join(f"newest.{quote(column)}" for column in columns)
    return (
        f"WITH RECURSIVE entries (id) AS (SELECT MIN(id) FROM {rows} UNION ALL"  # noqa: S608 - names of the schema
        f" SELECT (SELECT MIN(later.id) FROM {rows} later WHERE later.id > entries.id) FROM entries"
        f" WHERE entries.id IS NOT NULL)"
        f" SELECT {selected} FROM entries JOIN {rows} newest ON newest.history_id ="
        f" (SELECT MAX(mine.history_id) FROM {rows} mine WHERE mine.id = entries.id AND mine.history_id <= %s)"
        f" WHERE newest.history_type <> '-'"
    )


def with_current_fields(quote: Callable[[str], str], model: type[Tracked], columns: list[str], statement: str) -> str:
    """Return the SQL with the past fields of each entry as they were and the others as today.

    An entry that was deleted since has all its fields as they were.
    """
    past_fields = {"id", *(model.history_past_fields or ())}
    live = quote(model._meta.db_table)
    chosen = [
        f"past.{quote(column)}"
        if column in past_fields
        else f"CASE WHEN live.id IS NULL THEN past.{quote(column)} ELSE live.{quote(column)} END AS {quote(column)}"
        for column in columns
    ]
    return f"SELECT {', '.join(chosen)} FROM ({statement}) past LEFT JOIN {live} live ON live.id = past.id"  # noqa: S608 - names of the schema
