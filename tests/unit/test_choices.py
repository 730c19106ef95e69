"""The template for choices writes what Django's own writes, which takes longer."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test.html import parse_html

CHOICES = [("", "---------"), ("SE", "Sverige"), ("<&\"'", "<b>&\"'"), (None, "nothing"), (7, "seven")]
GROUPED = [("Norden", [("SE", "Sverige"), ("NO", "Norge")]), ("GB", "Storbritannien"), ("<Asien>", [("JP", "Japan")])]


class WithAttributes(forms.Select):
    """Options that say more than their value, as some of Django's own do."""

    def create_option(self, *args, **kwargs):
        option = super().create_option(*args, **kwargs)
        option["attrs"] |= {"disabled": option["value"] == "NO", "data-about": f'"{option["label"]}"'}
        return option


@pytest.mark.parametrize("choices", [CHOICES, GROUPED, []], ids=["flat", "grouped", "none"])
@pytest.mark.parametrize("value", [None, "", "SE", 7, "elsewhere"], ids=str)
@pytest.mark.parametrize("widget", [forms.Select, forms.NullBooleanSelect, forms.SelectMultiple, WithAttributes])
def test_a_choice_is_written_as_by_django(widget, value, choices):
    own_choices = {} if widget is forms.NullBooleanSelect else {"choices": choices}
    shown = widget(attrs={"id": "id_x", "required": True}, **own_choices)
    chosen = [value, "JP"] if widget is forms.SelectMultiple else value
    ours = shown.render("x", chosen)
    own = shown.render("x", chosen, renderer=DjangoTemplates())
    assert parse_html(ours) == parse_html(own)
    assert ours.count("<option") == own.count("<option")
