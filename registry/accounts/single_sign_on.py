"""Single sign-on by an OpenID Connect provider, which decides who may enter and with which roles.

Accounts are linked only by ``sub``, at the first sign-in. Roles follow the claim at each sign-in; users without a role
are refused. There are no passwords, except ``manage.py break_glass``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.contrib.admin import site
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group
from django.db import IntegrityError
from django.db.models.signals import post_delete, post_save, pre_save
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from registry.history.people import address_of_client, note, note_subject_of
from registry.models import Source, User, change_set, record
from registry.models.user_names import visible

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialAccount, SocialLogin

BEGIN_AGAIN = gettext_lazy("Signing in failed. Try again; if it fails again, tell whoever operates the register.")
#: The query parameters of a sign-in. allauth accepts more: ``process`` to link accounts, ``scope``.
ACCEPTED_PARAMETERS = {REDIRECT_FIELD_NAME}


def connect_single_sign_on() -> None:
    """Connect the record of linked accounts to signals of the model, whoever writes it."""
    from allauth.socialaccount.models import SocialAccount

    pre_save.connect(note_link_changes, sender=SocialAccount)
    post_save.connect(note_linked, sender=SocialAccount)
    post_delete.connect(note_unlinked, sender=SocialAccount)


def note_linked(sender: object, instance: SocialAccount, created: bool, **kwargs: object) -> None:
    if created:
        note(note_subject_of(instance.user), "identity provider", "", provider_account(instance))


def note_link_changes(sender: type[SocialAccount], instance: SocialAccount, **kwargs: object) -> None:
    before = sender._base_manager.filter(pk=instance.pk).first()
    if before is not None and (before.user_id, provider_account(before)) != (
        instance.user_id,
        provider_account(instance),
    ):
        note(note_subject_of(before.user), "identity provider", provider_account(before), "")
        note(note_subject_of(instance.user), "identity provider", "", provider_account(instance))


def note_unlinked(sender: object, instance: SocialAccount, **kwargs: object) -> None:
    note(note_subject_of(instance.user), "identity provider", provider_account(instance), "")


def provider_account(account: SocialAccount) -> str:
    return f"{account.provider} sub {account.uid}"


@require_safe
def begin_sign_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Begin a sign-in at the provider. Users who are signed in stay signed in, as links elsewhere may lead here."""
    if site.has_permission(request):
        return redirect("admin:index")
    if request.GET.keys() - ACCEPTED_PARAMETERS:
        return sign_in_refusal_page(
            _("Begin the sign-in on the page to sign in: this address takes nothing else."), 400
        )
    answer: HttpResponse = views.login(request, provider_id)
    return answer


class RightsOnly(ModelBackend):
    """Knows permissions of users, and accepts no password."""

    def authenticate(self, request: HttpRequest | None, **credentials: object) -> None:  # type: ignore[override]
        return None


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            explanation = _("The identity provider is used for signing in only. Start signing in again.")
            raise refused_sign_in(request, sociallogin, explanation)
        groups = roles_in(sociallogin)
        user = sociallogin.user if sociallogin.is_existing else None
        if user is not None and user.is_superuser:
            raise refused_sign_in(request, sociallogin, _("A superuser does not sign in by the provider."))
        if user is not None:
            give_roles(user, groups)
        if not groups:
            raise refused_sign_in(
                request, sociallogin, _("You have no role in the register. Whoever gives access can change that.")
            )
        if user is not None and not user.is_active:
            raise refused_sign_in(request, sociallogin, _("Your account is deactivated."))

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, object]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.first_name, user.last_name = visible(user.first_name), visible(user.last_name)
        return user

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Allow new accounts for whoever the provider gives a role."""
        return bool(roles_in(sociallogin))

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: object = None) -> User:
        reason = "First sign-in by the identity provider"
        try:
            with change_set(source=Source.SIGN_IN, reason=reason, address=address_of_client(request)):
                user: User = super().save_user(request, sociallogin, form)
        except IntegrityError:  # the same person, or one of the same name, at the same moment elsewhere
            raise refused_sign_in(request, sociallogin, str(BEGIN_AGAIN)) from None
        give_roles(user, roles_in(sociallogin))
        return user

    def on_authentication_error(self, request: HttpRequest, provider: object, *args: object, **kwargs: object) -> None:
        record(source=Source.SIGN_IN_FAILED, address=address_of_client(request), tried="by the identity provider")
        raise ImmediateHttpResponse(sign_in_refusal_page(str(BEGIN_AGAIN)))


def roles_in(sociallogin: SocialLogin) -> list[str]:
    """Return the roles for the groups of the claim."""
    data = sociallogin.account.extra_data
    claims = {**data.get("id_token", {}), **data.get("userinfo", {})}
    claim = claims.get(settings.OIDC_GROUPS_CLAIM, [])
    groups = claim if isinstance(claim, list) else [claim]
    return sorted({settings.OIDC_ROLES[group] for group in map(str, groups) if group in settings.OIDC_ROLES})


def give_roles(user: User, roles: list[str]) -> None:
    """Give the user exactly these roles. Other groups, single permissions and superusers are not the provider's."""
    wanted, present = set(Group.objects.filter(name__in=roles)), set(user.groups.all())
    if wanted == present and user.is_staff == bool(roles):
        return
    with change_set(user=user, source=Source.SIGN_IN, reason="Roles by the identity provider"):
        user.groups.set(wanted)
        user.is_staff = bool(roles)
        user.save(update_fields=["is_staff"])
        if not roles:
            user.end_sessions()


def refused_sign_in(request: HttpRequest, sociallogin: SocialLogin, explanation: str) -> ImmediateHttpResponse:
    record(
        source=Source.SIGN_IN_FAILED, address=address_of_client(request), tried=f"sub {sociallogin.account.uid}"[:150]
    )
    return ImmediateHttpResponse(sign_in_refusal_page(explanation))


def sign_in_refusal_page(explanation: str, status: int = 403) -> HttpResponse:
    return HttpResponse(
        render_to_string("refused.html", {"title": _("Not signed in"), "explanation": explanation}), status=status
    )
