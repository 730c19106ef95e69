"""Saving and deleting views of lists."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from registry.models import current
from registry.models.saved_views import SavedView
from registry.web.decorators import post_only
from registry.web.lists.definition import LISTS, REGISTER, ListDefinition
from registry.web.lists.query import PAGE, ListQuery

MOST_VIEWS = 100


class ViewForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = SavedView
        fields = ("name", "shared")


@post_only("admin:register")
def save_view(request: HttpRequest) -> HttpResponse:
    """Save the query of the address under a name, replacing an existing view of this name."""
    definition = LISTS.get(request.POST.get("list", REGISTER.name))
    if definition is None:
        raise BadRequest
    definition.require_view(request)
    current().begin()
    query = request.GET.copy()
    query.pop(PAGE, None)
    with ListQuery(definition, query).state():  # raises UnknownFilter
        pass
    form = ViewForm(request.POST)
    mine = SavedView.objects.filter(owner_id=request.user.pk)
    if not form.is_valid():
        messages.error(request, _("Give the view a name of at most 80 characters."))
    elif mine.count() >= MOST_VIEWS:
        messages.error(request, _("You have %(count)s saved views. Delete one first.") % {"count": MOST_VIEWS})
    elif mine.filter(name=form.cleaned_data["name"]).exclude(list_name=definition.name).exists():
        messages.error(request, _("You have a view of another list by this name. Choose another name."))
    else:
        values = {"query": query.urlencode(), "shared": form.cleaned_data["shared"], "list_name": definition.name}
        mine.update_or_create(name=form.cleaned_data["name"], owner_id=request.user.pk, defaults=values)
        messages.success(request, _("The view is saved."))
    return back(definition, query.urlencode())


@post_only("admin:register")
def delete_view(request: HttpRequest, key: int) -> HttpResponse:
    current().begin()
    view = get_object_or_404(SavedView, pk=key, owner_id=request.user.pk)
    definition = LISTS.get(view.list_name, REGISTER)
    definition.require_view(request)
    view.delete()
    messages.success(request, _("The view is deleted."))
    return back(definition, request.GET.urlencode())


def back(definition: ListDefinition, query: str) -> HttpResponse:
    return redirect(f"{definition.address}?{query}" if query else definition.address)
