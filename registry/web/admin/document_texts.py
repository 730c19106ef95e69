"""The admin of the series of editions: their texts, rows and columns, and who may read them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.editions.freezing import PUBLISHABLE
from registry.files.columns import COLUMNS_BY_KEY
from registry.models import DocumentText, SavedView
from registry.models.document_texts import DOCUMENT_COLUMN_KEYS
from registry.web.admin.reason_form import ReasonForm
from registry.web.admin.tracked import TrackedAdmin
from registry.web.editions.rows import rows_of_series
from registry.web.filters import UnknownFilter
from registry.web.lists.definition import REGISTER
from registry.web.lists.query import COLUMN, DAY, LAW, PAGE, SORT
from registry.web.page import Context

#: The right to let others than the staff read, and one person prepare and approve.
OPEN = "registry.open_series"
OPENING = ("is_public", "by_one_person")
#: What readers of a published series see at once, without a new edition.
SEEN_BY_READERS = ("name", "slug", "language", "address")
AS_IT_IS, WHOLE = "", "whole"


class SeriesForm(ReasonForm):
    chosen_columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "None: those of the document. The form of the document is published only with all of its columns."
        ),
    )
    chosen_rows = forms.ChoiceField(
        label=gettext_lazy("Rows"),
        required=False,
        help_text=gettext_lazy(
            "Filter the register and save the view; then it can be chosen here. Drafts are left out."
        ),
    )

    class Meta:
        model = DocumentText
        fields = (
            "name",
            "slug",
            "language",
            "title",
            "dated",
            "heading",
            "introduction",
            "closing",
            "address",
            "is_public",
            "by_one_person",
        )

    #: Set by the admin: the person whose saved views are offered.
    user: Any = None

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if "chosen_columns" not in self.fields:  # for somebody who only looks
            return
        columns: Any = self.fields["chosen_columns"]
        columns.choices = [(key, COLUMNS_BY_KEY[key].heading) for key in PUBLISHABLE]
        self.initial["chosen_columns"] = self.instance.columns.split()
        rows: Any = self.fields["chosen_rows"]
        self.views = {str(view.pk): view for view in SavedView.objects.for_person(self.user, REGISTER.name)}
        present = [(AS_IT_IS, _("As now: %s") % rows_in_words(self.instance))] if self.instance.rows else []
        offered = [(key, view.name) for key, view in self.views.items()]
        rows.choices = [*present, (WHOLE, _("The whole register")), *offered]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.instance.pk and not cleaned.get("name") and "name" not in self.errors:
            self.add_error("name", _("Give the series a name."))
        if "chosen_columns" in cleaned and "vendor" not in cleaned["chosen_columns"] and cleaned["chosen_columns"]:
            self.add_error("chosen_columns", _("An edition names the vendors: choose that column too."))
        if "chosen_columns" in cleaned:
            chosen = tuple(key for key in PUBLISHABLE if key in cleaned["chosen_columns"])
            self.instance.columns = "" if set(chosen) == set(DOCUMENT_COLUMN_KEYS) else " ".join(chosen)
        if cleaned.get("chosen_rows") == WHOLE:
            self.instance.rows = ""
        elif view := self.views.get(cleaned.get("chosen_rows", "")) if "chosen_rows" in cleaned else None:
            self.take_rows(view)
        return cleaned

    def clean_slug(self) -> str:
        """Keep the address that readers know."""
        slug: str = self.cleaned_data["slug"].lower()
        known = self.initial.get("slug") or ""
        if known and slug != known and self.instance.editions.exists():
            raise forms.ValidationError(_("Editions of the series have its present address."))
        return slug

    def take_rows(self, view: SavedView) -> None:
        """Take the filters of a saved view, without its day, order and columns."""
        query = QueryDict(view.query, mutable=True)
        for name in (DAY, LAW, COLUMN, SORT, PAGE):
            query.pop(name, None)
        self.instance.rows = query.urlencode()
        try:
            with rows_of_series(self.instance, timezone.localdate()):
                pass
        except UnknownFilter as why:
            self.add_error("chosen_rows", str(why))


def rows_in_words(series: DocumentText) -> str:
    try:
        with rows_of_series(series, timezone.localdate()) as (_rows, words):
            return words or _("The whole register")
    except UnknownFilter as why:
        return str(why)


@admin.register(DocumentText)
class DocumentTextAdmin(TrackedAdmin):
    form = SeriesForm

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return [
            (None, {"fields": ["name", "language"]}),
            (_("Texts"), {"fields": ["title", "dated", "heading", "introduction", "closing"]}),
            (_("Rows and columns"), {"fields": ["chosen_rows", "chosen_columns"]}),
            (_("Publication"), {"fields": ["slug", "address", *OPENING]}),
        ]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [name for _title, options in self.get_fieldsets(request, obj) for name in options["fields"]]

    def get_readonly_fields(self, request: HttpRequest, obj: DocumentText | None = None) -> tuple[str, ...]:
        if request.user.has_perm(OPEN):
            return ()
        published = obj is not None and obj.editions.filter(published_on__isnull=False).exists()
        return (*OPENING, *SEEN_BY_READERS) if published else OPENING

    def get_form(self, request: HttpRequest, *args: object, **kwargs: object) -> type[Any]:
        form = super().get_form(request, *args, **kwargs)
        form.user = request.user
        return form

    def has_delete_permission(self, request: HttpRequest, obj: DocumentText | None = None) -> bool:
        """The document stays, and so does a series with editions."""
        stays = obj is not None and (obj.pk == DocumentText.THE_ONE or obj.editions.exists())
        return obj is not None and not stays and super().has_delete_permission(request, obj)

    def changelist_view(self, request: HttpRequest, extra_context: Context | None = None) -> HttpResponse:
        """Lead to the page of editions, which lists the series."""
        return redirect("admin:editions")
