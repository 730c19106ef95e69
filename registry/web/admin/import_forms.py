"""The forms of an import: the file, its sheet, the confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminTextareaWidget
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registry.files.format_registry import FORMATS, format_by_file_name


class UploadForm(forms.Form):
    import_file = forms.FileField(label=gettext_lazy("File"), allow_empty_file=True)
    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        required=False,
        help_text=gettext_lazy("Optional: determined by the file name."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = [  # type: ignore[attr-defined]
            ("", _("by the file name")),
            *((format_.code, format_.title) for format_ in FORMATS),
        ]

    def clean_import_file(self) -> Any:
        upload = self.cleaned_data["import_file"]
        if upload.size > settings.IMPORT_MAX_BYTES:
            limit = settings.IMPORT_MAX_BYTES // (1024 * 1024)
            raise forms.ValidationError(_("The file is larger than %(limit)s MB. Split it.") % {"limit": limit})
        return upload

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        upload = cleaned.get("import_file")
        if upload is not None and not cleaned.get("format"):
            guessed = format_by_file_name(upload.name)
            if guessed is None:
                self.add_error("format", _("The format cannot be determined from the file name. Choose one."))
            else:
                cleaned["format"] = guessed.code
        return cleaned


class SheetForm(forms.Form):
    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"), widget=forms.RadioSelect)

    def __init__(self, names: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sheet"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


class ConfirmForm(forms.Form):
    plan_digest = forms.CharField(widget=forms.HiddenInput)
    change_reason = forms.CharField(
        label=gettext_lazy("Reason for change"), required=False, widget=AdminTextareaWidget(attrs={"rows": 2})
    )
    end_missing = forms.BooleanField(
        label=gettext_lazy("End the entries that are not in the file"),
        required=False,
        help_text=gettext_lazy("Otherwise they remain unchanged."),
    )

    def offer_to_end(self, count: int) -> None:
        """Say how many entries would be ended; without any, offer nothing."""
        if not count:
            del self.fields["end_missing"]
            return
        label = ngettext(
            "End the %(count)s entry that is not in the file",
            "End the %(count)s entries that are not in the file",
            count,
        )
        self.fields["end_missing"].label = label % {"count": count}
