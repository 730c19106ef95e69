"""The verdicts of all activities on a day, beside the bare join of what they are judged by."""

from __future__ import annotations

from datetime import date
from itertools import cycle, islice

from django.core.management import call_command
from django.db import connection

from registry.findings.findings import violating_entries
from registry.findings.rules import RULES
from registry.mechanisms.cover import losses_on_day
from registry.models import ProcessingActivity, Transfer, TransferMechanism, Vendor, change_set, law_on
from tests.benchmarks.measuring import fetch, line, seconds

ACTIVITIES = 100_000
ON = date(2026, 11, 24)
JOIN = """
    SELECT a.id, a.country, t.country, t.recipient_qualifies, t.checked_on, t.signed_on, t.assessed_on, t.permitted_on,
           m.kind, m.countries, m.valid_from, m.last_day_new, m.valid_until, m.recipient_must_qualify, m.recurring,
           m.names_a_group, m.needs_permission, m.needs_assessment_from
    FROM registry_processingactivity a
    LEFT JOIN registry_transfer t ON t.activity_id = a.id
    LEFT JOIN registry_transfermechanism m ON m.id = t.mechanism_id
"""


def fill(count: int) -> None:
    """Activities as in the original document: two thirds in the EEA, and in the third countries one transfer each."""
    call_command("sync_reference", verbosity=0)
    known = {mechanism.code: mechanism for mechanism in TransferMechanism.objects.all()}
    relied_on = [known[code] for code in ("privacy_shield", "dpf", "scc_2021_m2", "ca_2002")]
    with change_set(source="command", reason="benchmark"):
        vendor = Vendor.objects.create(name="Judged")
        places = islice(cycle(["SE", "DE", "GB", "US", "NO", "IN", "FI", "CH", "CA"]), count)
        activities = ProcessingActivity.objects.bulk_create(
            (
                ProcessingActivity(vendor=vendor, purpose=f"Judged {n}", country=place, position=n + 1)
                for n, place in enumerate(places)
            ),
            batch_size=500,
        )
        third = [activity for activity in activities if activity.country in {"US", "IN", "CA"}]
        Transfer.objects.bulk_create(
            (
                Transfer(activity=activity, mechanism=relied_on[n % 4], recipient_qualifies="yes", assessed_on=ON)
                for n, activity in enumerate(third)
            ),
            batch_size=500,
        )


def main(count: int = ACTIVITIES) -> None:
    fill(count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    law = law_on(ON)
    judged = ProcessingActivity.objects.order_by().with_verdict(law)
    bare = seconds(fetch([(JOIN, None)]), times=5)
    print(f"{connection.vendor}: verdicts of {count} activities (left: ours, right: the bare join)")
    ours = seconds(lambda: list(judged.values_list("pk", "verdict")), times=5)
    print(line("all verdicts on a day", ours, bare, "at most 3"))
    print(line("the law of a day", seconds(lambda: law_on(ON), times=5), bare, ""))
    rule = next(rule for rule in RULES if rule.code == "transfer_not_covered")
    print(line("how many are not covered", seconds(violating_entries(rule, law).count, times=5), bare, ""))
    print(line("who loses cover on a day", seconds(lambda: list(losses_on_day(date(2031, 12, 28))), times=3), bare, ""))
