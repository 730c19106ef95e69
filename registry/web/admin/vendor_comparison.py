"""The part of the form of a vendor that compares it with the register and keeps the name before."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registry.search.same_vendor import SameVendor, same_vendors
from registry.web.admin.reason_form import ReasonForm

#: The fields by which a new vendor is compared with those in the register.
COMPARED_FIELDS = ("name", "registration_number", "website")


class KeepNameField(forms.BooleanField):
    """Whether the name before is kept. It says nothing about the entry itself, so it never counts as a change."""

    def has_changed(self, initial: object, data: object) -> bool:
        return False


class ComparedForm(ReasonForm):
    """The form of a vendor that may be in the register already, or that gets a new name."""

    keep_name = KeepNameField(
        label=_("Keep the name before as a former name"),
        required=False,
        initial=True,
    )
    #: The keys of the vendors that the page has shown as ones that may be meant.
    same_shown = forms.CharField(required=False, widget=forms.HiddenInput)
    #: Whether the user may see which vendors there are.
    may_compare = False
    same_vendors: Sequence[SameVendor] = ()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if self.may_compare and self.instance._state.adding:
            self.fields["name"].widget.attrs["data-same"] = reverse("admin:registry_vendor_same")
        if "keep_name" in self.fields:
            self.fields["keep_name"].widget.attrs |= {"data-of": "name", "data-before": self.initial.get("name", "")}

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and not self.errors and self.may_compare and self.instance._state.adding:
            self.ask_whether_same()

    def ask_whether_same(self) -> None:
        """Ask once whether the new vendor is one that the page has not shown yet."""
        values = [str(self.cleaned_data.get(name) or "") for name in COMPARED_FIELDS]
        self.same_vendors = same_vendors(*values)
        keys = {str(each.vendor.pk) for each in self.same_vendors}
        shown = set(self.cleaned_data.get("same_shown", "").split())
        if keys - shown:
            names = ", ".join(f"{each.vendor} ({each.why})" for each in self.same_vendors)
            text = _("May be in the register already: %s. Save again to add it all the same.")
            self.add_error("name", text % names)
            self.data = self.data.copy()
            self.data[self.add_prefix("same_shown")] = " ".join(sorted(keys | shown))
