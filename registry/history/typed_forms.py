"""Forms that were sent after their session had ended, kept so that they come back as they were typed.

A form holds a signed token of the person whom its page was made for. What is sent with it while nobody is signed in is
kept on the server for that person alone, and for an hour: a browser that several people share holds nothing of it.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.signing import BadSignature, TimestampSigner
from django.db import DatabaseError, models, router, transaction
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from registry.core.people import Person
from registry.core.text import whole_number
from registry.history.submissions import TOKEN_FIELD

#: The field with the token of the person whom a form was made for, and the parameter that names a kept form.
PERSON_FIELD, PARAMETER = "form_of", "typed"
LIFETIME = timedelta(hours=1)
#: Forms of one person that are kept at a time, and the most characters of one.
MOST_KEPT, LONGEST = 10, 1_000_000
_signer = TimestampSigner(salt="registry.history.typed_forms")


class TypedForm(models.Model):
    """A form that was sent when nobody was signed in any more."""

    history_untracked_because = "is not saved yet: waits for an hour for the person who typed it"

    key = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    path = models.TextField()
    #: The fields, encoded as in a form.
    content = models.TextField()

    class Meta:
        verbose_name = "typed form"
        verbose_name_plural = "typed forms"
        default_permissions = ()

    def __str__(self) -> str:
        return self.key

    @property
    def fields(self) -> QueryDict:
        return QueryDict(self.content)

    @classmethod
    def keep(cls, request: HttpRequest) -> Self | None:
        """Keep the form of a request for whom it was made; return None where it cannot be kept.

        Only what a page sends is kept, not what a script fetches. The oldest of the person give way.
        """
        user = person_of(request.POST.get(PERSON_FIELD, ""))
        fields = request.POST.copy()
        for name in (PERSON_FIELD, TOKEN_FIELD):
            fields.pop(name, None)
        content = fields.urlencode()
        of_a_page = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        if user is None or not of_a_page or len(content) > LONGEST:
            return None
        try:
            with transaction.atomic():
                cls.objects.filter(created_at__lte=timezone.now() - LIFETIME).delete()
                form = cls.objects.create(
                    key=secrets.token_urlsafe(24), user_id=user, path=request.path, content=content
                )
                mine = cls.objects.filter(user_id=user).order_by("-pk").values_list("pk", flat=True)
                cls.objects.filter(pk__in=list(mine[MOST_KEPT:])).delete()
        except DatabaseError:
            return None
        return form

    @classmethod
    def of_request(cls, request: HttpRequest) -> Self | None:
        """Return the form that the address of a request names, None unless it is the user's own."""
        key = typed_key(request)
        recent = timezone.now() - LIFETIME
        if not key or not request.user.is_authenticated:
            return None
        forms = cls.objects.using(router.db_for_write(cls))  # a replica may not have it yet
        return forms.filter(key=key, user_id=request.user.pk, created_at__gt=recent).first()

    @classmethod
    def forget(cls, request: HttpRequest) -> None:
        """Delete the form that the address of a request names: it was saved."""
        if key := typed_key(request):
            cls.objects.filter(key=key, user_id=request.user.pk).delete()


def take_typed_key(request: HttpRequest) -> None:
    """Take the parameter out of the address: pages refuse parameters that they do not know, and redirect to theirs."""
    if PARAMETER not in request.GET:
        return
    parameters = request.GET.copy()
    request.typed_key = parameters.pop(PARAMETER)[-1]  # type: ignore[attr-defined]
    request.GET = parameters  # type: ignore[assignment]
    request.META["QUERY_STRING"] = parameters.urlencode()


def typed_key(request: HttpRequest) -> str:
    """Return the key of the kept form that the address of a request named; empty without one."""
    return str(getattr(request, "typed_key", ""))


def person_token(user: Person) -> SimpleLazyObject[str]:
    """Return the token of the person whom a form is made for, signed when it is used."""
    return SimpleLazyObject(lambda: _signer.sign(str(user.pk)) if user.is_authenticated else "")


def person_of(token: str) -> int | None:
    """Return the key of the person of a token, None where it is not ours or older than a session can be."""
    try:
        key = whole_number(_signer.unsign(token, max_age=timedelta(seconds=settings.SESSION_COOKIE_AGE, days=1)))
    except BadSignature:
        return None
    user_model: Any = get_user_model()
    return key if user_model.objects.filter(pk=key, is_active=True).exists() else None
