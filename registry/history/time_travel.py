"""The register as it stood after an act, for all that asks the database.

Inside ``with as_at(act):`` a table with that state stands in front of each table of the register, for this connection
alone, until the block ends. Queries, filters, verdicts, findings and exports read the past in the words that they have
for the present. Nothing can be written there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.db import connections, models, router, transaction
from django.db.models import Max

from registry.core.days import midnight
from registry.history.change_sets import ChangeSet
from registry.history.ownership import tracked_models
from registry.history.recording import history_of
from registry.history.snapshots import deferred_transactions, reads_from, showing_past
from registry.history.tracked import Tracked

READING = ("SELECT", "WITH", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


class PastIsReadOnly(RuntimeError):
    """A write while the register is shown as it stood earlier."""


def last_change_set_of(day: date) -> int:
    """The newest change set by the end of the day, on the clocks of the register; 0 where there was none."""
    newest = ChangeSet.objects.filter(created_at__lt=midnight(day + timedelta(days=1))).aggregate(newest=Max("pk"))[
        "newest"
    ]
    return int(newest or 0)


@contextmanager
def as_at(act: int | None) -> Iterator[None]:
    """None: as the register stands."""
    if act is None:
        yield
        return
    connection = connections[router.db_for_write(ChangeSet)]
    alias = connection.alias
    with reads_from(alias), deferred_transactions(connection), transaction.atomic(alias):
        try:
            for model in tracked_models():
                create_stand_in(connection, model, act)
            with connection.execute_wrapper(refuse_writes), showing_past(act):
                yield
        finally:
            transaction.set_rollback(True, alias)  # takes the tables away, whatever happened


def refuse_writes(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    if not sql.lstrip("( ").upper().startswith(READING):
        raise PastIsReadOnly(f"The register is shown as it stood earlier; nothing can be written there: {sql[:60]}")
    return execute(sql, params, many, context)


def create_stand_in(connection: Any, model: type[Tracked], act: int) -> None:
    """The table of the model's entries as they were after the act; the live table does where none was written since."""
    history = history_of(model)
    last = last_row(history, act)
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
                cursor.execute(f"CREATE INDEX {index} ON {table} ({quote(field.column)})")
        cursor.execute(f"ANALYZE {table}")


def last_row(history: type[Any], act: int) -> int:
    """Rows are written by one act at a time, so they are numbered in the order of the acts."""
    rows = history.objects.filter(change_set_id__lte=act).order_by("-change_set_id", "-history_id")
    return rows.values_list("history_id", flat=True).first() or 0


def newest_rows_statement(quote: Callable[[str], str], history: type[models.Model], columns: list[str]) -> str:
    """By steps from one entry to the next: to go through all rows takes longer the longer the history is."""
    rows = quote(history._meta.db_table)
    selected = ", ".join(f"found.{quote(column)}" for column in columns)
    return (
        f"WITH RECURSIVE entries (id) AS (SELECT MIN(id) FROM {rows} UNION ALL"  # noqa: S608 - names of the schema
        f" SELECT (SELECT MIN(later.id) FROM {rows} later WHERE later.id > entries.id) FROM entries"
        f" WHERE entries.id IS NOT NULL)"
        f" SELECT {selected} FROM entries JOIN {rows} found ON found.history_id ="
        f" (SELECT MAX(mine.history_id) FROM {rows} mine WHERE mine.id = entries.id AND mine.history_id <= %s)"
        f" WHERE found.history_type <> '-'"
    )


def with_current_fields(quote: Callable[[str], str], model: type[Tracked], columns: list[str], statement: str) -> str:
    """The past fields as they were, the rest as it is; an entry that was deleted since, as it was."""
    past_fields = {"id", *(model.history_past_fields or ())}
    live = quote(model._meta.db_table)
    chosen = [
        f"past.{quote(column)}"
        if column in past_fields
        else f"CASE WHEN live.id IS NULL THEN past.{quote(column)} ELSE live.{quote(column)} END AS {quote(column)}"
        for column in columns
    ]
    return f"SELECT {', '.join(chosen)} FROM ({statement}) past LEFT JOIN {live} live ON live.id = past.id"  # noqa: S608 - names of the schema
