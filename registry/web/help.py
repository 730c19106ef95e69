"""Which help page belongs to which screen.

The text of a page is a template for each language, ``registry/help/<language>/<screen>.html``: whoever adds a language
adds a folder and no code, and what is missing there is shown in English. In the catalogue each sentence would be an
entry of its own, without the page that it stands on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.template.loader import select_template
from django.utils.translation import get_language, gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

FALLBACK = "en"
#: By its name in addresses the title of each screen, in the order of the list of help pages.
SCREENS: dict[str, StrPromise] = {
    "overview": gettext_lazy("Overview"),
    "mine": gettext_lazy("Mine"),
    "register": gettext_lazy("Register"),
    "views": gettext_lazy("Saved views"),
    "vendors": gettext_lazy("Vendors"),
    "editing": gettext_lazy("Editing many entries"),
    "merging": gettext_lazy("Merging duplicates"),
    "activities": gettext_lazy("Activities"),
    "agreements": gettext_lazy("Agreements"),
    "mechanisms": gettext_lazy("Mechanisms"),
    "findings": gettext_lazy("Findings"),
    "questions": gettext_lazy("Open questions"),
    "due": gettext_lazy("Due"),
    "search": gettext_lazy("Search"),
    "difference": gettext_lazy("Difference between two days"),
    "article-30": gettext_lazy("Record of Art. 30"),
    "editions": gettext_lazy("Editions"),
    "import": gettext_lazy("Import"),
    "compare": gettext_lazy("Comparing a list"),
    "export": gettext_lazy("Export"),
    "changes": gettext_lazy("Change log"),
    "history": gettext_lazy("History and undoing"),
    "users": gettext_lazy("Users"),
    "account": gettext_lazy("My account"),
}
#: What the names of views begin or end with, and the screen: the first that fits.
BEGINNINGS = (
    ("register_difference", "difference"),
    ("article_30", "article-30"),
    ("edition", "editions"),
    ("series", "editions"),
    ("compar", "compare"),
    ("import_matching", "import"),
    ("matching", "import"),
    ("register_view", "views"),
    ("register_export", "export"),
    ("vendors_export", "export"),
    ("register_edit", "editing"),
    ("vendors_edit", "editing"),
    ("bulk_edit", "editing"),
    ("merge", "merging"),
    ("stay_signed_in", "account"),
    ("vendors", "vendors"),
    ("register", "register"),
    ("findings", "findings"),
    ("changed_verdicts", "findings"),
    ("questions", "questions"),
    ("due", "due"),
    ("mine", "mine"),
    ("watch", "mine"),
    ("ending", "mechanisms"),
    ("needless", "activities"),
    ("search", "search"),
    ("account", "account"),
    ("sessions", "account"),
    ("sign_out_everywhere", "account"),
    ("password_change", "account"),
    ("auth_", "users"),
)
OF_MODELS = {
    "vendor": "vendors",
    "agreement": "agreements",
    "vendorname": "vendors",
    "processingactivity": "activities",
    "transfer": "activities",
    "legalbasis": "activities",
    "transfermechanism": "mechanisms",
    "mechanismalias": "mechanisms",
    "acceptance": "findings",
    "documenttext": "editions",
    "edition": "editions",
    "organisation": "article-30",
    "changeset": "changes",
    "user": "users",
}
OF_ACTIONS = (
    ("_export", "export"),
    ("_import", "import"),
    ("_history", "history"),
    ("_restore", "history"),
    ("_undo", "history"),
    ("_deleted", "history"),
)


def screen_of(request: HttpRequest) -> str:
    """Return the screen whose help fits the page of a request: the overview where there is none of its own."""
    match = request.resolver_match
    if match is None:
        return "overview"
    return match.kwargs["screen"] if match.url_name == "help" else screen_of_view(match.url_name or "")


def screen_of_view(name: str) -> str:
    """Return the screen of the view with this name in the admin site."""
    if not name.startswith("registry_"):
        return first(name.startswith(beginning) and screen for beginning, screen in BEGINNINGS)
    by_action = (part in name and screen for part, screen in OF_ACTIONS)
    return first((*by_action, OF_MODELS.get(name.split("_")[1])))


def first(screens: Iterable[str | bool | None]) -> str:
    return next((screen for screen in screens if isinstance(screen, str)), "overview")


def template_of(screen: str) -> tuple[str, str]:
    """Return the template of a help page, and the language that it is in."""
    language = (get_language() or FALLBACK).partition("-")[0]
    template = select_template([f"registry/help/{each}/{screen}.html" for each in (language, FALLBACK)])
    name: str = template.template.name
    return name, name.split("/")[2]
