"""The register as it stood, out of a long history, beside the best bare SQL that reads the same state; and its page."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.urls import reverse

from registry.history.recording import history_of
from registry.history.time_travel import as_at, last_row, newest_rows_statement
from registry.models import ChangeSet, ProcessingActivity, Vendor, law_on
from tests.benchmarks.audit import signed_in
from tests.benchmarks.measuring import line, seconds


def bare(act: int) -> None:
    """Each entry's newest row by then, read as it is."""
    for model in (ProcessingActivity, Vendor):
        history = history_of(model)
        columns = [str(field.column) for field in model._meta.concrete_fields]
        with connection.cursor() as cursor:
            cursor.execute(newest_rows_statement(connection.ops.quote_name, history, columns), [last_row(history, act)])
            cursor.fetchall()


def ours(act: int | None) -> Any:
    """Counted, judged, sorted, and the first hundred rows read with all that belongs to them."""
    with as_at(act):
        law = law_on(ChangeSet.objects.first().created_at.date())
        rows = ProcessingActivity.objects.in_register().with_verdict(law).as_document()
        return rows.count(), list(rows[:100])


def main() -> None:
    acts = ChangeSet.objects.order_by("pk").values_list("pk", flat=True)
    act = acts[acts.count() // 2]
    entries = ProcessingActivity.objects.count()
    print(f"{connection.vendor}: the register as at an act, {entries} entries (left: ours, right: bare SQL)")
    print(
        line(
            "as at an act: counted, judged, sorted, a page",
            seconds(lambda: ours(act), 5),
            seconds(lambda: bare(act), 5),
            "at most 2",
        )
    )
    client, page = signed_in(), reverse("admin:register")
    print(
        line(
            "the page of today, beside its queries",
            seconds(lambda: client.get(page), 5),
            seconds(lambda: ours(None), 5),
            "",
        )
    )
