"""The steps of an edition: prepared, approved, published, withdrawn. Pages and commands take them by the same rules.

Each is written in the open change set. ``StepRefused`` says why a step is not possible; nothing is written then.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.core.fields import validate_recorded_day
from registry.editions.content import EditionContent
from registry.editions.stored_editions import AlteredFile, content_by_digest
from registry.findings.rules import RULES_BY_CODE
from registry.models import Acceptance, DocumentText, Edition, EditionFile, User, Vendor, current

PREPARE, APPROVE, PUBLISH = "registry.prepare_edition", "registry.approve_edition", "registry.publish_edition"


class StepRefused(Exception):
    """A step that is not possible. The text says why and what to do."""


def require(user: User, permission: str) -> None:
    """Raise ``StepRefused`` where somebody lacks the right to a step."""
    if not user.has_perm(permission):
        raise StepRefused(_("You do not have the right to do this. Ask an administrator for it."))


def locked_edition(edition: Edition) -> Edition:
    """Return the edition as it is now. Nobody else writes until the change set ends."""
    current().begin()
    return Edition.objects.select_related("series").get(pk=edition.pk)


def next_number(series: DocumentText) -> int:
    """Return the number of the edition that is prepared, or that would be prepared next."""
    pending = Edition.objects.pending().filter(series=series.pk).values_list("number", flat=True).first()
    newest: int | None = Edition.objects.filter(series=series.pk).aggregate(newest=Max("number"))["newest"]
    return pending or (newest or 0) + 1


def require_day(series: DocumentText, day: date) -> None:
    """Raise ``StepRefused`` for a day that the next edition cannot be of."""
    try:
        validate_recorded_day(day)
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from error
    if day < timezone.localdate():
        raise StepRefused(_("An edition is dated today or later: it shows the register as it is now."))
    last = Edition.objects.published().filter(series=series.pk).first()
    if last is not None and last.holds_from is not None and day < last.holds_from:
        words = {"number": last.number, "day": last.holds_from}
        raise StepRefused(
            _("Edition %(number)s holds from %(day)s. Date this one then or later, or withdraw that one first.") % words
        )


def prepare(
    series: DocumentText,
    day: date,
    *,
    user: User,
    freeze: Callable[[DocumentText, int], EditionContent],
    findings: Callable[[DocumentText], dict[str, list[int]]],
) -> Edition:
    """Freeze the register as the next edition of a series, in place of one that is not published yet.

    ``freeze`` returns the content by the number, ``findings`` the high findings. The day becomes that of the series, so
    that the document says it too.
    """
    require(user, PREPARE)
    current().begin()
    series = DocumentText.objects.get(pk=series.pk)
    require_day(series, day)
    if not series.title:
        raise StepRefused(_("Give the series a title first: it stands on the edition."))
    number = next_number(series)
    series.dated = day
    series.save()
    content = freeze(series, number)
    edition = Edition.objects.pending().filter(series=series.pk).first() or Edition(series=series, number=number)
    edition.day, edition.content_sha256 = day, EditionFile.keep(content.json)
    edition.files = {"json": edition.content_sha256}
    edition.head, edition.shows, edition.row_count = content.head, current().write_row().pk, len(content.rows)
    edition.findings, edition.named_findings, edition.named_because = findings(series), [], ""
    edition.findings_named_by = None
    edition.prepared_by, edition.prepared_on = user, timezone.localdate()
    edition.approved_by, edition.approved_on, edition.approved_sha256 = None, None, ""
    edition.save()
    return edition


def unanswered(edition: Edition) -> dict[str, list[int]]:
    """Return the high findings that were open when it was prepared, and are neither accepted nor named, by rule."""
    accepted: dict[str, set[int]] = {}
    acceptances = Acceptance.objects.filter(until__gte=timezone.localdate(), rule__in=list(edition.findings)).order_by()
    for code, vendor, activity in acceptances.values_list("rule", "vendor_id", "activity_id"):
        accepted.setdefault(code, set()).add(vendor if is_of_vendors(code) else activity)
    still_open = {
        code: [key for key in keys if key not in accepted.get(code, ())]
        for code, keys in edition.findings.items()
        if code not in edition.named_findings
    }
    return {code: keys for code, keys in still_open.items() if keys}


def is_of_vendors(code: str) -> bool:
    rule = RULES_BY_CODE.get(code)
    return rule is not None and rule.model is Vendor


def name_findings(edition: Edition, codes: Collection[str], because: str, *, user: User) -> Edition:
    """Record which high findings are known, and why the edition is published all the same."""
    require(user, PREPARE)
    edition = locked_edition(edition)
    if edition.published_on is not None:
        raise StepRefused(_("This edition is published already."))
    chosen = [code for code in edition.findings if code in codes]
    if not chosen and not edition.named_findings:
        raise StepRefused(_("Choose which findings are known."))
    if chosen and not because.strip():
        raise StepRefused(_("Say why it is published although these findings are open."))
    edition.named_findings, edition.findings_named_by = chosen, user if chosen else None
    edition.named_because = clean_value(edition, "named_because", because) if chosen else ""
    edition.approved_by, edition.approved_on, edition.approved_sha256 = None, None, ""
    edition.save()
    return edition


def clean_value(edition: Edition, name: str, text: str) -> str:
    """Return a text in its normal form. Raises ``StepRefused`` for one that the register cannot hold."""
    try:
        field: Any = Edition._meta.get_field(name)
        value: str = field.clean(text, edition)
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from error
    return value


def discard(edition: Edition, *, user: User) -> None:
    """Delete an edition that is not published. Its number is given to the next one; the history keeps it."""
    require(user, PREPARE)
    edition = locked_edition(edition)
    if edition.published_on is not None:
        raise StepRefused(_("A published edition is withdrawn, never undone."))
    edition.delete()


def approve(edition: Edition, digest: str, *, user: User) -> Edition:
    """Approve the content with this digest, which is the one that the approver was shown."""
    require(user, APPROVE)
    edition = locked_edition(edition)
    if edition.published_on is not None:
        raise StepRefused(_("This edition is published already."))
    if digest != edition.content_sha256:
        raise StepRefused(_("It was prepared anew meanwhile. Read it again before you approve it."))
    if edition.is_approved:
        raise StepRefused(_("This edition is approved already."))
    if edition.prepared_by_id == user.pk and not edition.series.by_one_person:
        raise StepRefused(
            _("You prepared it, so somebody else approves it. For a team of one there is a setting of the series.")
        )
    if edition.findings_named_by_id == user.pk and not edition.series.by_one_person:
        raise StepRefused(_("You named its findings, so somebody else approves it."))
    require_answered(edition)
    frozen_content(edition)
    if edition.prepared_by_id == user.pk:
        current().describe(prepared_and_approved_by_one_person=True)
    edition.approved_by, edition.approved_on = user, timezone.localdate()
    edition.approved_sha256 = edition.content_sha256
    edition.save()
    return edition


def require_answered(edition: Edition) -> None:
    """Raise ``StepRefused`` where high findings are neither accepted nor named."""
    if unanswered(edition):
        raise StepRefused(_("High findings are open in it. Accept each of them, or name them, before it is approved."))


def frozen_content(edition: Edition) -> EditionContent:
    """Return the content of an edition. Raises ``StepRefused`` where what is stored is not what the history names."""
    try:
        return content_by_digest(edition.content_sha256)
    except AlteredFile as error:
        raise StepRefused(
            _("Its stored content was altered. Do not use it, and run manage.py verify_history.")
        ) from error


def require_publishable(edition: Edition, *, user: User) -> None:
    """Raise ``StepRefused`` unless the edition can be published by somebody now."""
    require(user, PUBLISH)
    if edition.published_on is not None:
        raise StepRefused(_("This edition is published already."))
    if not edition.is_approved:
        raise StepRefused(_("Nobody has approved this edition. It can be published once somebody has."))
    require_answered(edition)


def publish(edition: Edition, files: Mapping[str, bytes], *, user: User) -> Edition:
    """Publish an approved edition with its files, by their forms. It holds from its day, but not before today."""
    edition = locked_edition(edition)
    require_publishable(edition, user=user)
    if files["json"] != frozen_content(edition).json:
        raise StepRefused(_("It was prepared anew meanwhile. Publish it again."))
    require_order(edition)
    edition.files = {form: EditionFile.keep(content) for form, content in files.items()}
    edition.published_by, edition.published_on = user, timezone.localdate()
    edition.holds_from = max(edition.day, edition.published_on)
    edition.save()
    return edition


def require_order(edition: Edition) -> None:
    """Raise ``StepRefused`` where a later edition was recorded while this one waited."""
    if Edition.objects.filter(series=edition.series_id, number__gt=edition.number).exists():
        raise StepRefused(_("A later edition was recorded meanwhile. Prepare this one again."))


def withdraw(edition: Edition, because: str, *, user: User) -> Edition:
    """Withdraw a published edition. It stays on record with its files; the one before it holds again."""
    require(user, PUBLISH)
    edition = locked_edition(edition)
    if not edition.is_published:
        raise StepRefused(_("Only a published edition is withdrawn."))
    if not because.strip():
        raise StepRefused(_("Say why it is withdrawn: its readers are told."))
    edition.withdrawn_by, edition.withdrawn_on = user, timezone.localdate()
    edition.withdrawn_because = clean_value(edition, "withdrawn_because", because)
    edition.save()
    return edition
