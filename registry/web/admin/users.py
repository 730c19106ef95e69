"""The admins of users and groups."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registry.accounts.role_names import ROLE_NAMES
from registry.core.order import in_order_of_names
from registry.core.text import whole_number
from registry.history.change_sets import name_of
from registry.models import User, current
from registry.web.admin.query_parameters import DeclaredLookups

#: Only a superuser gives these: whoever could give them could take them.
BEYOND_ROLES = ("is_superuser", "user_permissions")


class RolesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return _(obj.name) if obj.name in ROLE_NAMES else obj.name


@admin.register(User)
class UserAdmin(DeclaredLookups, StockUserAdmin):  # type: ignore[type-arg]
    """Users are deactivated, never deleted: history names them for ever. Nobody gives more than a role."""

    actions = ("sign_out_everywhere",)
    list_display = ("username", "first_name", "last_name", "email", "is_active", "is_staff")
    search_fields = ("username__holds", "first_name__holds", "last_name__holds", "email__holds")
    ordering = (in_order_of_names("username"),)

    class Media:
        js = ("registry/names.js",)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Hold the writers' lock from checking the name to the end of the request, so that no name is given twice."""
        if request.method == "POST":
            current().begin()
        return super().changeform_view(request, *args, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, *BEYOND_ROLES)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs |= {"form_class": RolesField, "queryset": self.groups_to_give(request)}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def groups_to_give(self, request: HttpRequest) -> QuerySet[Group]:
        """Return the roles, and the groups that the user has already."""
        groups = Group.objects.order_by("name")
        if request.user.is_superuser:
            return groups
        match = request.resolver_match
        key = match.kwargs.get("object_id", "") if match else ""
        number = whole_number(key)
        held = Q(pk=None) if number is None else Q(user=number)
        return groups.filter(Q(name__in=ROLE_NAMES) | held).distinct()

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

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        result: dict[str, str] = super().serialize_result(obj, to_field_name)
        return result | {"text": name_of(obj)} if isinstance(obj, User) else result


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DeclaredLookups, StockGroupAdmin):
    """Lets superusers manage other groups; the roles are defined in ``registry.accounts.roles``."""

    search_fields = ("name__holds",)
    ordering = (in_order_of_names("name"),)

    class Media:
        js = ("registry/names.js",)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_change_permission(request, obj) and getattr(obj, "name", None) not in ROLE_NAMES

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_delete_permission(request, obj) and getattr(obj, "name", None) not in ROLE_NAMES
