from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _


class RegisterSite(AdminSite):
    """The stock admin, with the pages of the register that are about more than one entry."""

    site_header = site_title = _("Register of processors")
    index_title = _("Overview")
    site_url = None
    enable_nav_sidebar = False  # the lists are wide, like the document

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        from registry.views.overview import overview

        return super().index(request, {**overview(request), **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        from registry.views import difference, due, ending, findings, questions, register, search, sessions

        pages: dict[str, tuple[Any, str]] = {
            "register/": (register.register_page, "register"),
            "register/export/": (register.export_register, "register_export"),
            "register/document/": (register.document_page, "register_document"),
            "register/difference/": (difference.difference_page, "register_difference"),
            "register/difference/export/": (difference.export_difference, "register_difference_export"),
            "findings/": (findings.findings_page, "findings"),
            "findings/export/": (findings.export_findings, "findings_export"),
            "questions/": (questions.questions_page, "questions"),
            "due/": (due.due_page, "due"),
            "mechanisms/<int:key>/ending/": (ending.ending_page, "ending"),
            "search/": (search.search_page, "search"),
            "sign-out-everywhere/": (sessions.sign_out_everywhere, "sign_out_everywhere"),
        }
        own = [path(route, self.admin_view(view), name=name) for route, (view, name) in pages.items()]
        return [*own, *super().get_urls()]
