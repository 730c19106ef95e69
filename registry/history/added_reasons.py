"""Reasons added to a change set afterwards. Each is a change set of its own, so that the first stays as it was."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.history import stored
from registry.history.change_sets import ChangeSet, Source, current
from registry.history.stored import DoesNotFit


class AddedReason(models.Model):
    """Which change set gives a reason for an earlier one, by key. The text is the reason of the later one.

    The later one says the same in its details, which are sealed: ``check_added_reasons()`` compares.
    """

    history_untracked_because = "is part of the record: the details of its change set say the same"
    history_append_only = True

    change_set = models.OneToOneField(ChangeSet, models.PROTECT, related_name="adds_reason")
    about = models.ForeignKey(ChangeSet, models.PROTECT, verbose_name=_("change set"), related_name="added_reasons")

    class Meta:
        verbose_name = _("added reason")
        verbose_name_plural = _("added reasons")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.change_set_id}: {self.about_id}"


def add_reason(about: ChangeSet, text: str) -> AddedReason:
    """Add a reason to a change set. The open change set becomes the one that holds it."""
    current().describe(source=Source.NOTE, reason=text, noted=about.pk)
    return AddedReason.objects.create(change_set=current().write_row(), about=about)


def with_added_reasons(sets: models.QuerySet[ChangeSet]) -> models.QuerySet[ChangeSet]:
    """Return the queryset with the reasons that were added to each change set, oldest first, in one more query."""
    reasons = AddedReason.objects.select_related("change_set").order_by("pk")
    return sets.prefetch_related(models.Prefetch("added_reasons", reasons))


def noted_change_set(details: object) -> int | None:
    """Return the key of the change set to which the details of another one add a reason."""
    noted = details.get("noted") if isinstance(details, dict) else None
    return noted if isinstance(noted, int) else None


def check_added_reasons(expected: dict[int, int]) -> None:
    """Compare the added reasons with the details of their change sets, both ways. Raises ``DoesNotFit``."""
    missing = dict(expected)
    for row in stored.stored_rows(AddedReason._base_manager.all(), "id"):
        about = missing.pop(row["change_set_id"], None)
        if about is None:
            raise DoesNotFit(
                f"change set {row['change_set_id']} adds no reason, or not two, but a row says so: it was added outside"
                " the register."
            )
        if about != row["about_id"]:
            raise DoesNotFit(
                f"change set {row['change_set_id']}: the reason that it adds is about change set {about}, and was moved"
                f" to {row['about_id']}."
            )
    for key, about in missing.items():
        raise DoesNotFit(f"change set {key}: the reason that it adds to change set {about} is gone from there.")
