"""The audit pages over a long history, beside the bare SQL for the same rows; and a save, beside the stock admin's."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment, teardown_test_environment
from django.urls import reverse

from registry.models import ProcessingActivity, Transfer, TransferMechanism, User, Vendor, change_set
from tests.benchmarks.history import grow, touch
from tests.benchmarks.measuring import fetch, line, seconds


def signed_in() -> Client:
    client = Client()
    person = User.objects.filter(username="bench").first() or User.objects.create_superuser("bench")
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return client


def columns(model: Any, where: str) -> str:
    return f'SELECT * FROM "{model._meta.db_table}" WHERE {where}'  # noqa: S608 - names of the schema


def pages(rows: int) -> None:
    client = signed_in()
    history = ProcessingActivity.history.model
    activity = ProcessingActivity.objects.filter(vendor__name="Vendor 5000").get()
    touch(activity, "one more")
    newest = '(SELECT id FROM "registry_changeset" ORDER BY id DESC LIMIT 25)'
    before = (
        f'SELECT p.* FROM "{history._meta.db_table}" p WHERE p.history_id IN (SELECT (SELECT MAX(q.history_id) FROM '  # noqa: S608
        f'"{history._meta.db_table}" q WHERE q.id = r.id AND q.history_id < r.history_id) FROM '
        f'"{history._meta.db_table}" r WHERE %s)'
    )
    log = reverse("admin:registry_changeset_changelist")
    whole = {
        "change log, newest page": (
            log,
            [
                ('SELECT * FROM "registry_changeset" ORDER BY id DESC LIMIT 25', None),
                (columns(history, f"change_set_id IN {newest}"), None),
                (before % f"r.change_set_id IN {newest}", None),
            ],
        ),
        "change log, of one vendor": (
            f"{log}?vendor=Vendor+5000",
            [
                (columns(history, f"vendor_id = {activity.vendor_id} ORDER BY change_set_id DESC LIMIT 25"), None),
                (before % f"r.vendor_id = {activity.vendor_id}", None),
            ],
        ),
        "history of a vendor": (
            reverse("admin:registry_vendor_history", args=[activity.vendor_id]),
            [
                (columns(history, f"vendor_id = {activity.vendor_id} ORDER BY change_set_id DESC LIMIT 50"), None),
                (before % f"r.vendor_id = {activity.vendor_id}", None),
            ],
        ),
        "history of an activity": (
            reverse("admin:registry_processingactivity_history", args=[activity.pk]),
            [
                (columns(history, f"id = {activity.pk} ORDER BY change_set_id DESC LIMIT 50"), None),
                (before % f"r.id = {activity.pk}", None),
            ],
        ),
    }
    for name, (address, statements) in whole.items():
        response = client.get(address)
        assert response.status_code == 200, (name, response.status_code)
        with CaptureQueriesContext(connection) as caught:
            client.get(address)
        own = [
            (query["sql"].replace("%", "%%"), None)
            for query in caught.captured_queries
            if query["sql"].startswith(("SELECT", "(SELECT", "WITH"))
        ]
        bare = seconds(fetch(statements))
        print(line(f"{name}: its queries", seconds(fetch(own)), bare, "at most 3"))
        print(line(f"{name}: whole request", seconds(lambda address=address: client.get(address)), bare, ""))
    print(f"  ({rows} history rows; left: ours, right: bare SQL)")


def save_request() -> float:
    """One save of an activity with a transfer in the admin of the product."""
    with change_set(source="command"):
        vendor = Vendor.objects.create(name="Saved")
        activity = ProcessingActivity.objects.create(vendor=vendor, purpose="p", country="US")
        mechanism = TransferMechanism.objects.create(code="bench", label="Bench")
        Transfer.objects.create(activity=activity, mechanism=mechanism)
    return posts(reverse("admin:registry_processingactivity_change", args=[activity.pk]), activity)


def stock_save_request() -> float:
    from tests.benchmarks.stock import models as stock

    vendor = stock.Vendor.objects.create(name="Saved")
    activity = stock.Activity.objects.create(vendor=vendor, purpose="p", country="US")
    mechanism = stock.Mechanism.objects.create(label="Bench")
    stock.Transfer.objects.create(activity=activity, mechanism=mechanism)
    return posts(reverse("admin:stock_activity_change", args=[activity.pk]), activity)


def posts(address: str, activity: Any) -> float:
    """The time of a POST that changes a field; each is posted from a form of its own."""
    import time
    from statistics import median

    from tests.integration.pages import form_data

    setup_test_environment()  # only here: it slows templates down, and a save renders none
    client, taken = signed_in(), []
    for number in range(40):
        data = form_data(client.get(address), notes=f"change {number}")
        begun = time.perf_counter()
        response = client.post(address, data)
        taken.append(time.perf_counter() - begun)
        assert response.status_code == 302, response.context["errors"]
    teardown_test_environment()
    assert type(activity).objects.get(pk=activity.pk).notes == "change 39"
    return median(taken[10:])


def main(rows: int) -> None:
    if os.environ.get("STOCK"):
        print(stock_save_request())
        return
    print(f"{connection.vendor}: audit")
    stock = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "stock"],
        capture_output=True,
        text=True,
        check=False,
        env=stock_environment(),
    )
    assert stock.returncode == 0, stock.stderr
    print(
        line("a save with an inline: ours, stock admin", save_request(), float(stock.stdout.split()[-1]), "at most 1.2")
    )
    grow(rows)
    pages(rows)


def stock_environment() -> dict[str, str]:
    """The stock models live in a database of their own, so that none is larger than the other."""
    url = os.environ["DATABASE_URL"]
    other = f"{url}.stock" if url.startswith("sqlite") else url.replace("/postgres?", "/stock?")
    if other == url:
        raise SystemExit("The stock models need a database of their own.")
    if not url.startswith("sqlite"):
        with connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE stock")
    return {**os.environ, "STOCK": "1", "DATABASE_URL": other}
