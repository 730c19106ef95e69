"""Used codes of second factors."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from registry.history.change_sets import after_change_set


class SpentCode(models.Model):
    """A code of a second factor that has been used: no process or server accepts it again."""

    history_untracked_because = "keeps a code of a second factor from being used twice"

    #: An HMAC of the code with the secret key; the code itself is not stored.
    digest = models.CharField(max_length=64, unique=True)
    #: When the code expires by itself; NULL for codes that do not expire.
    until = models.DateTimeField(null=True, db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.digest


def spend(key: str, until: datetime | None) -> bool:
    """Mark the code that ``key`` identifies as used. Return whether it was unused before.

    It stays used if the open change set is rolled back.
    """
    SpentCode.objects.filter(until__lt=timezone.now()).delete()
    digest = salted_hmac("registry.models.codes", key, algorithm="sha256").hexdigest()
    try:
        with transaction.atomic():
            SpentCode.objects.create(digest=digest, until=until)
    except IntegrityError:
        return False
    after_change_set(lambda: keep_spent(digest, until))
    return True


def keep_spent(digest: str, until: datetime | None) -> None:
    SpentCode.objects.bulk_create([SpentCode(digest=digest, until=until)], ignore_conflicts=True)
