"""The forms on which a person gives others access: roles in words, and no box of raw rights."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import SetPasswordMixin, UsernameField
from django.contrib.auth.models import Group
from django.db.models import Case, QuerySet, Value, When
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.accounts.role_names import ROLE_NAMES
from registry.accounts.roles import ROLE_DESCRIPTIONS, SUPERUSER_DESCRIPTION
from registry.models import User


def other_groups(user: User) -> QuerySet[Group]:
    """Return the groups of a user that are no roles: only earlier releases gave them."""
    return user.groups.exclude(name__in=ROLE_NAMES).order_by("name") if user.pk else Group.objects.none()


def has_other_rights(user: User) -> bool:
    return bool(user.pk) and (other_groups(user).exists() or user.user_permissions.exists())


class RolesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """The roles to choose from, each with what it may do."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: object) -> None:
        kwargs |= {
            "required": False,
            "label": gettext_lazy("Role"),
            "help_text": gettext_lazy(
                "Most people need one; several add up. Without a role nobody can sign in. Whoever only looks things up"
                " is a reader."
            ),
        }
        super().__init__(in_order_of_rights(Group.objects.filter(name__in=ROLE_NAMES)), **kwargs)

    def label_from_instance(self, obj: Group) -> SafeString:
        return format_html('<strong>{}</strong> <span class="help">{}</span>', _(obj.name), ROLE_DESCRIPTIONS[obj.name])


def in_order_of_rights(groups: QuerySet[Group]) -> QuerySet[Group]:
    places = [When(name=name, then=Value(place)) for place, name in enumerate(ROLE_NAMES)]
    return groups.order_by(Case(*places, default=Value(len(places))))


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    """A user as whoever gives access knows them. Being staff follows from the role."""

    groups = RolesField()
    is_superuser = forms.BooleanField(required=False, label=gettext_lazy("Superuser"), help_text=SUPERUSER_DESCRIPTION)
    remove_other_rights = forms.BooleanField(
        required=False,
        label=gettext_lazy("Remove the rights beyond roles"),
        help_text=gettext_lazy("The user keeps what the role above may do. It is on record."),
    )

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "language", "groups", "is_superuser", "is_active")
        field_classes = {"username": UsernameField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            self.fields["language"].required = False  # left out, it is the one of the product

    def clean(self) -> dict[str, object]:
        """Add the groups that the form does not show, so that saving it takes nothing away unsaid."""
        cleaned = super().clean() or self.cleaned_data
        if "groups" in cleaned and not cleaned.get("remove_other_rights"):
            cleaned["groups"] = [*cleaned["groups"], *other_groups(self.instance)]
        return cleaned

    def save(self, commit: bool = True) -> Any:
        if "groups" in self.cleaned_data:
            self.instance.is_staff = self.gets_in()
        return super().save(commit)

    def gets_in(self) -> bool:
        kept = self.instance.pk and not self.cleaned_data.get("remove_other_rights")
        return bool(
            self.instance.is_superuser
            or self.cleaned_data["groups"]
            or (kept and self.instance.user_permissions.exists())
        )


class NewUserForm(SetPasswordMixin[User], UserForm):
    """A new user: invited by mail, or with a first password where no mail is configured."""

    invite = forms.BooleanField(
        required=False,
        initial=True,
        label=gettext_lazy("Invite by mail"),
        help_text=gettext_lazy(
            "Sends a link by which the user chooses a password. It is good once, and for a day; from the page of the"
            " user you can send a new one, or set a first password instead."
        ),
    )
    password1, password2 = SetPasswordMixin.create_password_fields(
        gettext_lazy("First password"), gettext_lazy("The same password again")
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name in ("password1", "password2") if settings.MAIL_IS_SENT else ("invite",):
            self.fields.pop(name, None)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean()
        if settings.MAIL_IS_SENT:
            self.check_invitation(cleaned)
        else:
            self.validate_passwords()
        return cleaned

    def check_invitation(self, cleaned: dict[str, object]) -> None:
        if not cleaned.get("invite"):
            return
        if not cleaned.get("email") and "email" not in self.errors:
            self.add_error("email", _("An invitation needs an e-mail address."))
        if not (cleaned.get("groups") or cleaned.get("is_superuser")) and "groups" not in self.errors:
            self.add_error("groups", _("Choose a role: without one the user cannot sign in."))

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc] # the user has names now, of which the password must not consist
        if not settings.MAIL_IS_SENT:
            self.validate_password_for_user(self.instance)

    def save(self, commit: bool = True) -> Any:
        if settings.MAIL_IS_SENT:
            self.instance.set_unusable_password()
        else:
            self.instance.set_password(self.cleaned_data["password1"])
            self.instance.must_change_password = True
        return super().save(commit)
