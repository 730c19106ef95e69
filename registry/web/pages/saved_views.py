"""Saving and deleting views of the register."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from registry.models import current
from registry.models.saved_views import SavedView
from registry.web.decorators import post_only
from registry.web.pages.register import REGISTER_MODELS
from registry.web.permissions import require_view
from registry.web.register_query import RegisterQuery

MOST_VIEWS = 100


class ViewForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = SavedView
        fields = ("name", "shared")


@post_only("admin:register")
def save_view(request: HttpRequest) -> HttpResponse:
    """Save the query of the address under a name, replacing an existing view of this name."""
    require_view(request, *REGISTER_MODELS)
    current().begin()
    query = request.GET.copy()
    query.pop("p", None)
    with RegisterQuery(query).state():  # raises UnknownFilter
        pass
    form = ViewForm(request.POST)
    mine = SavedView.objects.filter(owner_id=request.user.pk)
    if not form.is_valid():
        messages.error(request, _("Give the view a name of at most 80 characters."))
    elif mine.count() >= MOST_VIEWS:
        messages.error(request, _("You have %(count)s saved views. Delete one first.") % {"count": MOST_VIEWS})
    else:
        values = {"query": query.urlencode(), "shared": form.cleaned_data["shared"]}
        mine.update_or_create(name=form.cleaned_data["name"], owner_id=request.user.pk, defaults=values)
        messages.success(request, _("The view is saved."))
    return back_to_register(query)


@post_only("admin:register")
def delete_view(request: HttpRequest, key: int) -> HttpResponse:
    require_view(request, *REGISTER_MODELS)
    current().begin()
    get_object_or_404(SavedView, pk=key, owner_id=request.user.pk).delete()
    messages.success(request, _("The view is deleted."))
    return back_to_register(request.GET)


def back_to_register(query: QueryDict) -> HttpResponse:
    return redirect(f"{reverse('admin:register')}?{query.urlencode()}")
