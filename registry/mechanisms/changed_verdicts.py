"""Which verdicts an upgrade changes: those by the law as an older release said it, compared with those of today."""

from __future__ import annotations

from collections.abc import Mapping

from registry.law.release_1_0_0 import RELEASE, LawThen
from registry.law.transfers import Law
from registry.mechanisms.cover import ChangedVerdict
from registry.models import ProcessingActivity
from registry.models.stored_verdicts import activity_evidence

#: The law of each release by its number.
LAW_OF_RELEASE: Mapping[str, type[Law]] = {RELEASE: LawThen}


def verdicts_changed_since(release: str, law: Law) -> list[ChangedVerdict]:
    """Return the activities in the register whose verdict is another one than the release gave for that day.

    ``release``: a key of ``LAW_OF_RELEASE``.
    """
    activities = ProcessingActivity.objects.in_register()
    now = dict(activities.order_by().with_verdict(law).values_list("pk", "verdict"))
    law_then = LAW_OF_RELEASE[release](law.on, law.mechanisms)
    evidence_then = dict(activity_evidence(law_then, activities.order_by()))
    then = {key: law_then.verdict_on_activity(*flow) for key, flow in evidence_then.items()}
    changed = [key for key, before in then.items() if before.verdict.value != now[key]]
    rows = activities.filter(pk__among=changed).as_document().select_related("vendor__owner", "legal_basis")
    return [
        ChangedVerdict(row, then[row.pk], law.verdict_on_activity(row.country, row.transfers.all())) for row in rows
    ]
