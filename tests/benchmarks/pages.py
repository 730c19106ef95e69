"""Pages of the register beside a plain ``ModelAdmin`` list, and forms beside a stock form, of the same rows.

``python -m tests.benchmarks.pages`` measures on the database of ``DATABASE_URL``, which must be new.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")

if __name__ == "__main__":
    import django

    django.setup()

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from registry.files.format_registry import DocumentFormat
from registry.files.importing.planner import plan_import
from registry.history.tracked import Tracked
from registry.models import Agreement, LegalBasis, ProcessingActivity, Transfer, TransferMechanism, Vendor, change_set
from tests.benchmarks.audit import signed_in
from tests.growth import write_something

ORIGINAL = Path("registry/reference/original_register.txt")
SQL_TARGET = 60_000


def original() -> None:
    call_command("sync_reference", verbosity=0)
    with change_set(source="import", reason="benchmark"):
        plan_import(DocumentFormat().read(ORIGINAL.read_bytes())).apply()


def many(count: int) -> None:
    """Half as many vendors as activities; one transfer for each of the third countries, each with days of its own."""
    known = {mechanism.code: mechanism for mechanism in TransferMechanism.objects.all()}
    relied_on = cycle([known[code] for code in ("privacy_shield", "dpf", "scc_2021_m2", "ca_2002")])
    places, today = cycle(["SE", "DE", "GB", "US", "NO", "IN", "FI", "CH", "CA"]), timezone.localdate()
    with change_set(source="command", reason="benchmark"):
        basis = LegalBasis.objects.create(label="Benchmark", article="6(1)(f)")
        vendors = Vendor.objects.bulk_create(
            Vendor(name=f"Listed vendor {n}", role="processor", review_interval_months=12, last_reviewed_on=today)
            for n in range(count // 2)
        )
        Agreement.objects.bulk_create(
            Agreement(vendor=vendor, kind="processing", signed_on=today) for vendor in vendors[::2]
        )
        activities = ProcessingActivity.objects.bulk_create(
            ProcessingActivity(
                vendor=vendors[n // 2],
                purpose=f"Purpose {n}",
                personal_data="Names and addresses",
                country=next(places),
                legal_basis=basis,
                position=1_000_000 + n,
            )
            for n in range(count)
        )
        Transfer.objects.bulk_create(
            Transfer(
                activity=each,
                mechanism=next(relied_on),
                recipient_qualifies="yes",
                signed_on=today - timezone.timedelta(days=each.pk % 3000),
                checked_on=today - timezone.timedelta(days=each.pk % 700),
                assessed_on=today - timezone.timedelta(days=each.pk % 500),
            )
            for each in activities
            if each.country in {"US", "IN", "CA"}
        )


@dataclass(frozen=True)
class Taken:
    """Milliseconds for a page: of the processor of the server, which other load hardly changes, and by the clock."""

    processor: float
    clock: float


def in_turns(client: Client, pages: Sequence[tuple[str, bool]], times: int) -> list[Taken]:
    """The medians for each page, measured in turns, so that other load meets all alike.

    With each address it is said whether it is opened as the first page after a write.
    """
    taken: list[list[Taken]] = [[] for _ in pages]
    for _turn in range(times):
        for place, (address, after_write) in enumerate(pages):
            if after_write:
                write_something()
            else:
                client.get(address)
            clock, processor = time.perf_counter(), time.process_time()
            response = client.get(address)
            used = Taken((time.process_time() - processor) * 1000, (time.perf_counter() - clock) * 1000)
            assert response.status_code == 200, (address, response.status_code)
            taken[place].append(used)
    return [Taken(median(each.processor for each in of), median(each.clock for each in of)) for of in taken]


def measure(times: int) -> None:
    client = signed_in()
    activity, vendor = ProcessingActivity.objects.order_by("-pk").first(), Vendor.objects.order_by("-pk").first()
    lists = {
        "activities": reverse("plain:registry_processingactivity_changelist"),
        "vendors": reverse("plain:registry_vendor_changelist"),
    }
    pages = [
        ("vendor list", reverse("admin:vendors"), lists["vendors"], 1.5),
        ("register page", reverse("admin:register"), lists["activities"], 1.5),
        ("overview", reverse("admin:index"), lists["activities"], 2.0),
        ("findings page", reverse("admin:findings"), lists["activities"], 2.0),
        *(
            (
                f"form of {each._meta.verbose_name_raw}",
                reverse(f"admin:registry_{each._meta.model_name}_change", args=[each.pk]),
                reverse(f"plain:registry_{each._meta.model_name}_change", args=[each.pk]),
                1.3,
            )
            for each in (activity, vendor)
            if isinstance(each, Tracked)
        ),
    ]
    plain_pages = dict.fromkeys(plain for _name, _ours, plain, _target in pages)
    wanted = [(ours, after) for _name, ours, _plain, _target in pages for after in (False, True)]
    wanted += [(plain, False) for plain in plain_pages]
    taken = dict(zip(wanted, in_turns(client, wanted, times), strict=True))
    print(f"{connection.vendor}: pages over {ProcessingActivity.objects.count()} activities, beside plain ones")
    print("  milliseconds of the processor; their ratio, that by the clock, and that of the first page after a write")
    for name, ours, plain, target in pages:
        any_page, first, beside = taken[ours, False], taken[ours, True], taken[plain, False]
        print(
            f"  {name:<30} {any_page.processor:8.1f} {beside.processor:8.1f}"
            f" {any_page.processor / beside.processor:6.2f} {any_page.clock / beside.clock:6.2f}"
            f" {first.processor / beside.processor:6.2f}   at most {target}   ({composed(client, ours)[0]} queries)"
        )
    addresses = [ours for _name, ours, _plain, _target in pages[:4]]
    length = sum(composed(client, address)[1] for address in addresses)
    write_something()
    afterwards = sum(composed(client, address)[1] for address in addresses)
    print(
        f"  SQL of the first four pages: {length} characters, {afterwards} after a write;"
        f" under {SQL_TARGET} on the original register"
    )


def composed(client: Client, address: str) -> tuple[int, int]:
    """How many queries a page asks, and how many characters they have."""
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    return len(asked), sum(len(query["sql"]) for query in asked.captured_queries)


def main(count: int = 10_000, times: int = 9) -> None:
    original()
    measure(times)
    many(count - ProcessingActivity.objects.count())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    measure(times)


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    main()
