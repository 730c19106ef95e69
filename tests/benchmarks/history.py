"""A register with a long history, made by SQL: made row by row it would take longer than all measurements."""

from __future__ import annotations

from typing import Any

from django.db import connection, models

from registry.history import triggers
from registry.models import ChangeSet, ProcessingActivity, Source, Vendor, change_set

ENTRIES = 10_000


def numbers(count: int) -> str:
    return f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "  # noqa: S608


def insert(model: type[models.Model], count: int, **values: str) -> None:
    """Rows of which each column is an SQL expression over ``i``."""
    quote = connection.ops.quote_name
    columns = {field.column: values.get(field.attname) or default(field) for field in model._meta.concrete_fields}
    columns = {name: value for name, value in columns.items() if value}
    names, expressions = ", ".join(map(quote, columns)), ", ".join(columns.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({names}) {numbers(count)} SELECT {expressions} FROM n"  # noqa: S608
            if connection.vendor == "postgresql"
            else f"{numbers(count)} INSERT INTO {quote(model._meta.db_table)} ({names}) SELECT {expressions} FROM n"  # noqa: S608
        )


def default(field: models.Field[Any, Any]) -> str:
    if field.primary_key and field.get_internal_type().endswith("AutoField"):
        return ""
    if field.null:
        return "NULL"
    return {"BooleanField": "FALSE", "BigIntegerField": "0", "DateTimeField": "CURRENT_TIMESTAMP"}.get(
        field.get_internal_type(), "''"
    )


def grow(rows: int) -> None:
    """``ENTRIES`` vendors with one activity each, and so many history rows, ten to a change set."""
    with triggers.triggers_dropped(connection):
        acts = rows // 10
        first = ChangeSet.objects.order_by("-id").values_list("id", flat=True).first() or 0
        text = "CAST(i AS text)"
        insert(ChangeSet, acts, user_name=f"'person ' || {text}", source="'admin'", reason="'why'", details="'{}'")
        insert(Vendor, ENTRIES, name=f"'Vendor ' || {text}", name_key=f"'vendor ' || {text}", role="'not_assessed'",
               status="'active'")  # fmt: skip
        vendor = Vendor.objects.order_by("id").values_list("id", flat=True).filter(name="Vendor 1").get() - 1
        insert(ProcessingActivity, ENTRIES, vendor_id=f"{vendor} + i", purpose="'p'", purpose_key="'p'", country="'US'",
               special_categories="'not_assessed'", status="'active'", position="i")  # fmt: skip
        activity = ProcessingActivity.objects.filter(vendor_id=vendor + 1).get().pk - 1
        insert(
            ProcessingActivity.history.model,
            rows,
            id=f"{activity} + 1 + ((i - 1) % {ENTRIES})",
            vendor_id=f"{vendor} + 1 + ((i - 1) % {ENTRIES})",
            purpose="'p'",
            purpose_key="'p'",
            personal_data=f"'Namn, adress, version ' || {text}",
            country="'US'",
            special_categories="'not_assessed'",
            status="'active'",
            position="i",
            change_set_id=f"{first} + 1 + ((i - 1) / 10)",
            user_name="'person'",
            entry_name=f"'Vendor ' || {text}",
            history_type="'~'",
        )
        insert(
            Vendor.history.model,
            ENTRIES,
            id=f"{vendor} + i",
            name=f"'Vendor ' || {text}",
            name_key=f"'vendor ' || {text}",
            role="'not_assessed'",
            status="'active'",
            change_set_id=f"{first} + i",
            user_name="'person'",
            entry_name=f"'Vendor ' || {text}",
            history_type="'+'",
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def touch(activity: ProcessingActivity, text: str) -> None:
    with change_set(source=Source.COMMAND, reason="benchmark"):
        activity.notes = text
        activity.save()
