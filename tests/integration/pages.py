"""Pages of the admin: their addresses, what a form of them sends, what a reader sees."""

import re
from html import unescape
from typing import Any

from django.urls import reverse


def url(name, *args):
    return reverse(f"admin:registry_{name}", args=args)


def form_data(response, **changes):
    """What a browser would post: every field of the form and of its inlines as it is shown, but for the changes."""
    data: dict[str, Any] = {}
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is True:
                data[bound.html_name] = "on"
            elif isinstance(value, list):
                data[bound.html_name] = value
            elif value is not None and value is not False:
                data[bound.html_name] = str(value)
    return {**data, **changes}


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def token(response):
    """The token of the person whom the form of a page was made for."""
    return unescape(re.findall(r'name="form_of" value="([^"]+)"', response.content.decode())[0])
