"""Links by which people set their password: mailed, valid once and for ``PASSWORD_RESET_TIMEOUT``, a day.

The pages exist where people sign in by password. Links lead to ``SITE_URL``, whatever host a request names.
"""

from __future__ import annotations

import logging
from contextlib import nullcontext
from datetime import timedelta
from smtplib import SMTPException
from threading import Thread
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django.views.generic import FormView

from registry.accounts.sign_in_limits import count_request, refuse_if_locked
from registry.history.people import address_of_client, note, note_subject_of
from registry.models import Source, User, change_set, spend

log = logging.getLogger(__name__)
#: What requests for a link count as, per address; no user has such a name.
FORGOTTEN = "forgotten password"
#: How long a user who was mailed a link is mailed no other one, wherever it is asked for.
PAUSE = timedelta(minutes=5)


def link_for(user: User) -> str:
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return settings.SITE_URL + reverse("password_choose", args=[key, default_token_generator.make_token(user)])


def links_are_mailed() -> bool:
    """Return whether there are such links: not without a mail server, nor where a provider signs people in."""
    return bool(settings.MAIL_IS_SENT and not settings.SINGLE_SIGN_ON)


def may_be_mailed(user: User) -> bool:
    """Return whether the user could sign in with a new password, and has an address."""
    return user.is_active and user.is_staff and bool(user.email)


def send_invitation(user: User) -> None:
    """Mail a link for the first password, on record. Raises ``OSError`` or ``SMTPException`` if it cannot be sent."""
    with translation.override(user.language):
        subject = _("Your account in the register of processors")
        text = _(
            "You have an account in the register of processors. Your user name is %(name)s.\n\n"
            "Choose a password here:\n%(link)s\n\n"
            "The link is good once, and for a day. Ask whoever gave you access for a new one if it is too old.\n"
        )
        EmailMessage(subject, text % {"name": user.username, "link": link_for(user)}, to=[user.email]).send()
    note(note_subject_of(user), "invitation", "", user.email)


def forgotten_mail(user: User) -> EmailMessage:
    with translation.override(user.language):
        subject = _("New password for the register of processors")
        text = _(
            "Somebody asked for a new password for your account in the register of processors. Your user name is"
            " %(name)s.\n\n"
            "Choose a password here:\n%(link)s\n\n"
            "The link is good once, and for a day. If it was not you, do nothing: your password stays as it is.\n"
        )
        return EmailMessage(subject, text % {"name": user.username, "link": link_for(user)}, to=[user.email])


def send_quietly(mail: EmailMessage) -> None:
    """Send a mail, for which nobody waits: how long an answer takes must not say whether there is such a user."""
    try:
        mail.send()
    except (OSError, SMTPException) as error:
        log.warning("a link for a password was not sent: %s", type(error).__name__)


class ForgottenPasswordForm(PasswordResetForm):
    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean(self) -> dict[str, object]:
        """Count the request. Raises ``ValidationError`` after too many; the response becomes a 429."""
        refuse_if_locked(self.request, FORGOTTEN)
        count_request(self.request, FORGOTTEN)
        return super().clean() or {}

    def get_users(self, email: str) -> list[User]:
        """Return the users with this address, also those who have not chosen their first password yet."""
        return [user for user in User.objects.filter(email__iexact=email) if may_be_mailed(user)]

    def mail_links(self) -> None:
        for user in self.get_users(self.cleaned_data["email"]):
            if not spend(f"{FORGOTTEN} {user.pk}", timezone.now() + PAUSE):
                continue
            reason = "Link for a forgotten password"
            with change_set(source=Source.ADMIN, reason=reason, address=address_of_client(self.request)):
                note(note_subject_of(user), "password link", "", user.email)
            Thread(target=send_quietly, args=[forgotten_mail(user)]).start()


class ForgottenPasswordView(FormView):  # type: ignore[type-arg]
    """Mails a link to whoever has forgotten the password. The answer is the same for each address."""

    form_class = ForgottenPasswordForm
    template_name = "registry/password/forgotten.html"
    success_url = reverse_lazy("password_forgotten_sent")
    extra_context = {"title": gettext_lazy("Forgotten password")}

    def get_form_kwargs(self) -> dict[str, object]:
        return {**super().get_form_kwargs(), "request": self.request}

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        return super().get_context_data(mail_is_sent=settings.MAIL_IS_SENT, **kwargs)

    def form_valid(self, form: ForgottenPasswordForm) -> HttpResponse:
        if settings.MAIL_IS_SENT:
            form.mail_links()
        return super().form_valid(form)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    return render(request, "registry/password/sent.html", {"title": _("Look in your mail")})


@require_safe
def chosen(request: HttpRequest) -> HttpResponse:
    return render(request, "registry/password/chosen.html", {"title": _("Your password is chosen")})


class ChoosePasswordForm(SetPasswordForm[User]):
    def save(self, commit: bool = True) -> User:
        self.user.choose_password(self.cleaned_data["new_password1"])
        return self.user


class ChoosePasswordView(PasswordResetConfirmView):
    """Lets whoever has the link choose a password, once. It signs nobody in."""

    form_class = ChoosePasswordForm
    template_name = "registry/password/choose.html"
    success_url = reverse_lazy("password_chosen")
    title = gettext_lazy("Choose a password")

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if isinstance(user, User) and user.is_active and user.is_staff else None

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        context = super().get_context_data(**kwargs)
        if not self.validlink:
            context["title"] = _("This link is of no use any more")
        return {**context, "mail_is_sent": settings.MAIL_IS_SENT, "person": self.user}

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        user: Any = self.user
        token = self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        opened = change_set(
            user=user,
            source=Source.ADMIN,
            reason="Password chosen by the link of a mail",
            address=address_of_client(self.request),
        )
        with nullcontext() if self.request.user.is_authenticated else opened:
            # First among simultaneous requests too: the token itself is void only when the password is saved.
            held = timezone.now() + timedelta(seconds=2 * settings.PASSWORD_RESET_TIMEOUT)
            if not spend(f"password link {user.pk} {token}", held):
                self.validlink = False
                return self.render_to_response(self.get_context_data(form=None), status=403)
            return super().form_valid(form)
