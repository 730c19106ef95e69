"""Preparing and publishing editions, for pages and commands: the rows of a series are those of a list."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from registry.editions import steps
from registry.editions.forms.edition_forms import write_files
from registry.editions.steps import StepRefused
from registry.models import DocumentText, Edition, User, current
from registry.web.editions import rows
from registry.web.filters import UnknownFilter


def prepare_edition(series: DocumentText, day: date, *, user: User) -> Edition:
    """Freeze the register now as the next edition. Raises ``StepRefused`` and ``UnknownFilter``: then nothing is
    written."""
    try:
        with transaction.atomic():
            return steps.prepare(
                series,
                day,
                user=user,
                freeze=lambda series, number: rows.content_for_series(series, number, day),
                findings=lambda series: rows.findings_of_series(series, day),
            )
    except (StepRefused, UnknownFilter):
        current().reset_after_rollback()
        raise


def publishable_files(edition: Edition, *, user: User) -> dict[str, bytes]:
    """Return the files of an edition that can be published. Raises ``StepRefused`` and ``PaperNotWritten``."""
    steps.require_publishable(edition, user=user)
    return write_files(steps.frozen_content(edition))


def publish_edition(edition: Edition, *, user: User) -> Edition:
    """Write the files of an approved edition and publish it, in the open change set."""
    return steps.publish(edition, publishable_files(edition, user=user), user=user)
