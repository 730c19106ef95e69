"""The admins of users and groups."""

from __future__ import annotations

from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import Group
from django.db.models import Model, Q, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registry.accounts.password_links import links_are_mailed, may_be_mailed, send_invitation
from registry.accounts.role_names import ROLE_NAMES
from registry.accounts.roles import roles_of
from registry.core.order import in_order_of_names
from registry.history.change_sets import name_of
from registry.models import User, current
from registry.web.admin.form_problems import FormSets
from registry.web.admin.query_parameters import DeclaredLookups
from registry.web.admin.user_forms import NewUserForm, UserForm, has_other_rights, other_groups


class RoleFilter(admin.SimpleListFilter):
    """Users by role, in the reader's language; those without one cannot sign in."""

    title = gettext_lazy("role")
    parameter_name = "role"
    NO_ROLE = "none"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[User]) -> list[tuple[str, str]]:
        return [*((name, _(name)) for name in ROLE_NAMES), (self.NO_ROLE, _("none"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() == self.NO_ROLE:
            return queryset.exclude(groups__name__in=ROLE_NAMES)
        return queryset.filter(groups__name=self.value()) if self.value() in ROLE_NAMES else queryset


class FirstPasswordForm(AdminPasswordChangeForm[User]):
    """Sets the password of somebody else, who then has to choose one of their own."""

    def set_password_and_save(self, user: Any, *args: Any, **kwargs: Any) -> Any:
        user.must_change_password = True
        return super().set_password_and_save(user, *args, **kwargs)  # type: ignore[misc]


@admin.register(User)
class UserAdmin(DeclaredLookups, StockUserAdmin):  # type: ignore[type-arg]
    """Users are deactivated, never deleted: history names them for ever. Nobody gives more than a role."""

    form = UserForm
    add_form = NewUserForm
    add_form_template = None
    change_form_template = "admin/registry/user_form.html"
    change_password_form = FirstPasswordForm
    actions = ("sign_out_everywhere",)
    list_display = ("username", "full_name", "email", "roles", "is_active", "last_login")
    list_filter = (RoleFilter, "is_active", "is_superuser")
    search_fields = ("username__holds", "first_name__holds", "last_name__holds", "email__holds")
    ordering = (in_order_of_names("username"),)
    filter_horizontal = ()
    readonly_fields = ("password_state", "other_rights", "roles", "last_login", "date_joined")

    class Media:
        js = ("registry/names.js",)

    @admin.display(description=gettext_lazy("name"), ordering=in_order_of_names("first_name"))
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=gettext_lazy("role"))
    def roles(self, user: User) -> str:
        names = [_("Superuser")] if user.is_superuser else []
        return ", ".join([*names, *map(_, roles_of(user))]) or _("none")

    @admin.display(description=gettext_lazy("password"))
    def password_state(self, user: User) -> str:
        if not user.has_usable_password():
            return _("None yet.")
        if user.must_change_password:
            return _("A first one, to be replaced at the next sign-in.")
        return _("Chosen by the user.")

    @admin.display(description=gettext_lazy("rights beyond roles"))
    def other_rights(self, user: User) -> str:
        rights = [str(permission) for permission in user.user_permissions.select_related("content_type")]
        return format_html_join("", "<div>{}</div>", [(name,) for name in [*map(str, other_groups(user)), *rights]])

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Return what a person decides about a user. Where a provider does, its part can be read only."""
        who = (None, {"fields": ("username", ("first_name", "last_name"), ("email", "language"))})
        by_provider = settings.SINGLE_SIGN_ON
        role = ["roles" if by_provider and obj else "groups"]
        if request.user.is_superuser:
            role.append("is_superuser")
        if obj is None:
            return (who, (gettext_lazy("Access"), {"fields": (*role, *self.first_access())}))
        if has_other_rights(obj):
            role += ["other_rights", "remove_other_rights"]
        sign_in = ["is_active", *([] if by_provider else ["password_state"]), ("last_login", "date_joined")]
        return (
            who,
            (gettext_lazy("Access"), {"fields": role}),
            (gettext_lazy("Sign-in"), {"fields": sign_in}),
        )

    def first_access(self) -> tuple[str, ...]:
        return ("invite",) if settings.MAIL_IS_SENT else ("password1", "password2")

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: object) -> Any:
        """Return the form without the fields that are not shown: posted all the same, they change nothing."""
        form = super().get_form(request, obj, change=change, **kwargs)
        shown = set(flatten_fieldsets(self.get_fieldsets(request, obj)))
        hidden = {name: None for name in form.base_fields if name not in shown}
        return type(form.__name__, (form,), hidden) if hidden else form

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Hold the writers' lock from checking the name to the end of the request, so that no name is given twice."""
        if request.method == "POST":
            current().begin()
        return super().changeform_view(request, *args, **kwargs)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        user: User | None = kwargs.get("obj")
        may = user is not None and self.has_change_permission(request, user)
        context["can_invite"] = may and links_are_mailed()
        context["can_set_password"] = may and not settings.SINGLE_SIGN_ON
        return super().render_change_form(request, context, *args, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Where a provider signs people in, an account is made at the first sign-in and can be made in no other way."""
        return not settings.SINGLE_SIGN_ON and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def save_related(self, request: HttpRequest, form: ModelForm[User], formsets: FormSets, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.cleaned_data.get("remove_other_rights"):
            form.instance.user_permissions.clear()

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        if request.POST.get("invite") and links_are_mailed():
            self.invite(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: User) -> HttpResponse:
        if "_invite" not in request.POST or not links_are_mailed():
            return super().response_change(request, obj)
        self.invite(request, obj)
        return redirect(request.path)

    def invite(self, request: HttpRequest, user: User) -> None:
        if not may_be_mailed(user):
            text = _("No link was sent: the user needs a role, an e-mail address, and to be active.")
            self.message_user(request, text, messages.ERROR)
            return
        try:
            send_invitation(user)
        except (OSError, SMTPException):
            text = _("The link could not be sent: the mail server did not take it. Try again from the user's page.")
            self.message_user(request, text, messages.ERROR)
        else:
            self.message_user(request, _("A link to choose a password was sent to %(to)s.") % {"to": user.email})

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """Set a first password. One's own is changed on one's own page; where a provider signs in there is none."""
        if settings.SINGLE_SIGN_ON:
            raise Http404
        if id == str(request.user.pk):
            return redirect("admin:password_change")
        return super().user_change_password(request, id, form_url)

    @admin.action(description=gettext_lazy("Sign out selected users everywhere"), permissions=["change"])
    def sign_out_everywhere(self, request: HttpRequest, users: QuerySet[User]) -> None:
        signed_out = [user for user in users if self.has_change_permission(request, user)]
        for user in signed_out:
            user.end_sessions()
        count = len(signed_out)
        text = ngettext(
            "%(count)s user was signed out everywhere.", "%(count)s users were signed out everywhere.", count
        )
        self.message_user(request, text % {"count": count})


class OwnerAutocomplete(AutocompleteJsonView):
    """Choices of a field. For owners, whoever may edit the field sees the names of active users, and nothing else."""

    def has_perm(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if self.model_admin.model is not User:
            return bool(super().has_perm(request, obj))
        owning = admin.site._registry.get(self.source_field.model)
        if owning is None or self.source_field.name not in owning.get_autocomplete_fields(request):
            return False
        return owning.has_add_permission(request) or owning.has_change_permission(request)

    def get_queryset(self) -> QuerySet[Any]:
        if self.model_admin.model is not User:
            return super().get_queryset()
        words = [
            Q(username__holds=word) | Q(first_name__holds=word) | Q(last_name__holds=word) for word in self.term.split()
        ]
        return User.objects.filter(*words, is_active=True).order_by(
            *map(in_order_of_names, ("first_name", "last_name", "username"))
        )

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        result: dict[str, str] = super().serialize_result(obj, to_field_name)
        return result | {"text": name_of(obj)} if isinstance(obj, User) else result


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DeclaredLookups, StockGroupAdmin):
    """Shows groups that are no roles, which only earlier releases gave; roles: ``registry.accounts.roles``."""

    search_fields = ("name__holds",)
    ordering = (in_order_of_names("name"),)

    class Media:
        js = ("registry/names.js",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_change_permission(request, obj) and getattr(obj, "name", None) not in ROLE_NAMES

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_delete_permission(request, obj) and getattr(obj, "name", None) not in ROLE_NAMES
