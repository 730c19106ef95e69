"""The admin site with the pages of the register."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.i18n import JavaScriptCatalog

from registry.accounts.sessions import session_end
from registry.history.typed_forms import person_token
from registry.server import writability
from registry.web.page import Context
from registry.web.reasons import reason_asked, reason_problem
from registry.web.safe_address import safe_address
from registry.web.typed import typed_reason


class RegisterSite(AdminSite):
    """Django's admin site, with the pages of the register that are about several entries."""

    site_header = site_title = _("Register of processors")
    index_title = _("Overview")
    site_url = None
    enable_nav_sidebar = False  # the lists are wide, like the document

    def each_context(self, request: HttpRequest) -> Context:
        from registry.web.help import screen_of
        from registry.web.navigation import navigation

        return {
            **super().each_context(request),
            "navigation": navigation(request),
            "can_write": writability.can_write(),
            "help_screen": screen_of(request),
            "session_end": session_end(request),
            "person_token": person_token(request.user),
            "reason_problem": reason_problem(request),
            "reason_asked": reason_asked(request),
            "typed_reason": typed_reason(request),
        }

    def index(self, request: HttpRequest, extra_context: Context | None = None) -> TemplateResponse:
        from registry.web.pages.overview import overview

        return super().index(request, {**overview(request), **(extra_context or {})})

    def i18n_javascript(self, request: HttpRequest, extra_context: Context | None = None) -> HttpResponse:
        """Return the texts for JavaScript of the admin, and those missing from its Swedish translation."""
        catalogue = JavaScriptCatalog.as_view(packages=["django.contrib.admin", "registry"])
        return catalogue(request)  # type: ignore[return-value]

    def login(self, request: HttpRequest, extra_context: Context | None = None) -> HttpResponse:
        """Show the sign-in: by password, by second factor or by identity provider; redirect whoever is signed in."""
        from registry.history.people import sign_out

        if self.has_permission(request):
            return redirect(self.after_login(request))
        if request.user.is_authenticated:  # as a user without access: another account may sign in
            sign_out(request)
        if settings.REQUIRE_SECOND_FACTOR:
            return redirect_to_login(self.after_login(request), reverse("account_login"))
        if not settings.SINGLE_SIGN_ON:
            return super().login(request, {"mail_is_sent": settings.MAIL_IS_SENT, **(extra_context or {})})
        after = urlencode({"next": self.after_login(request)})
        start = reverse("openid_connect_login", args=["provider"]) + "?" + after
        context = {**self.each_context(request), "start": start, "provider": settings.OIDC_NAME, "title": _("Log in")}
        return TemplateResponse(request, "registry/provider_login.html", context)

    def logout(self, request: HttpRequest, extra_context: Context | None = None) -> Any:
        """Sign out on POST only: a GET request may come from the redirect after signing in again."""
        if request.method == "POST":
            return super().logout(request, extra_context)
        return redirect("admin:index")

    def password_change(self, request: HttpRequest, extra_context: Context | None = None) -> TemplateResponse:
        from registry.accounts.passwords import OwnPasswordView

        context = {**self.each_context(request), **(extra_context or {})}
        view = OwnPasswordView.as_view(success_url=reverse("admin:password_change_done"), extra_context=context)
        return view(request)  # type: ignore[return-value]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        from registry.web.admin.autocomplete import RegisterAutocomplete

        return RegisterAutocomplete.as_view(admin_site=self)(request)  # type: ignore[return-value]

    def after_login(self, request: HttpRequest) -> str:
        return safe_address(request, request.GET.get(REDIRECT_FIELD_NAME, ""), reverse("admin:index"))

    def get_urls(self) -> list[URLResolver | URLPattern]:
        from registry.web.bulk_edit import pages as bulk_edit
        from registry.web.comparing import pages as comparing
        from registry.web.editions import downloads as edition_downloads
        from registry.web.editions import pages as editions
        from registry.web.editions import step_views as edition_steps
        from registry.web.lists import editing, saved_views, selection
        from registry.web.lists import pages as lists
        from registry.web.matching import pages as matching
        from registry.web.merging import pages as merging
        from registry.web.pages import (
            account,
            article_30,
            changed_verdicts,
            difference,
            document,
            due,
            ending,
            entry_papers,
            findings,
            help_pages,
            mine,
            needless,
            questions,
            search,
            sessions,
        )
        from registry.web.watching import pages as watching

        pages: dict[str, tuple[Any, str]] = {
            "bulk-edit/<str:model_name>/": (bulk_edit.bulk_edit, "bulk_edit"),
            "merge/<str:model_name>/": (merging.duplicates_page, "merge_duplicates"),
            "merge/<str:model_name>/<int:key>/": (merging.merge_page, "merge"),
            "import/<str:token>/matching/": (matching.matching_page, "import_matching"),
            "compare/": (comparing.compare_page, "compare"),
            "compare/<str:token>/": (comparing.comparison_page, "comparison"),
            "compare/<str:token>/export/": (comparing.export_comparison, "comparison_export"),
            "matchings/": (matching.matchings_page, "matchings"),
            "matchings/<int:key>/remove/": (matching.remove_matching, "matching_remove"),
            "register/": (lists.register_page, "register"),
            "register/export/": (lists.export_register, "register_export"),
            "register/action/": (selection.register_action, "register_action"),
            "register/edit/": (editing.edit_register, "register_edit"),
            "vendors/edit/": (editing.edit_vendors, "vendors_edit"),
            "vendors/": (lists.vendors_page, "vendors"),
            "vendors/export/": (lists.export_vendors, "vendors_export"),
            "vendors/action/": (selection.vendors_action, "vendors_action"),
            "register/views/": (saved_views.save_view, "register_view_save"),
            "register/views/<int:key>/delete/": (saved_views.delete_view, "register_view_delete"),
            "register/document/": (document.document_page, "register_document"),
            "vendors/<int:key>/paper/": (entry_papers.vendor_paper_file, "registry_vendor_paper"),
            "register/<int:key>/paper/": (entry_papers.activity_paper_file, "registry_processingactivity_paper"),
            "register/article-30/": (article_30.article_30_page, "article_30"),
            "register/article-30/export/": (article_30.export_article_30, "article_30_export"),
            "register/difference/": (difference.difference_page, "register_difference"),
            "register/difference/export/": (difference.export_difference, "register_difference_export"),
            "editions/": (editions.editions_page, "editions"),
            "editions/series/<int:key>/prepare/": (editions.prepare_page, "edition_prepare"),
            "editions/series/<int:key>/zip/": (edition_downloads.series_zip, "series_zip"),
            "editions/record/<int:key>/": (edition_steps.record_elsewhere_view, "edition_record"),
            "editions/<int:key>/": (editions.edition_page, "edition"),
            "editions/<int:key>/findings/": (edition_steps.name_findings_view, "edition_findings"),
            "editions/<int:key>/discard/": (edition_steps.discard_view, "edition_discard"),
            "editions/<int:key>/approve/": (edition_steps.approve_view, "edition_approve"),
            "editions/<int:key>/publish/": (edition_steps.publish_view, "edition_publish"),
            "editions/<int:key>/withdraw/": (edition_steps.withdraw_view, "edition_withdraw"),
            "editions/<int:key>/file/": (edition_downloads.edition_file, "edition_file"),
            "findings/": (findings.findings_page, "findings"),
            "findings/export/": (findings.export_findings, "findings_export"),
            "findings/changed-verdicts/": (changed_verdicts.changed_verdicts_page, "changed_verdicts"),
            "questions/": (questions.questions_page, "questions"),
            "due/": (due.due_page, "due"),
            "mine/": (mine.mine_page, "mine"),
            "watch/<str:kind>/<int:key>/": (watching.watch, "watch"),
            "mechanisms/<int:key>/ending/": (ending.ending_page, "ending"),
            "activities/<int:key>/needless-mechanisms/": (needless.needless_mechanisms_page, "needless_mechanisms"),
            "search/": (search.search_page, "search"),
            "help/<slug:screen>/": (help_pages.help_page, "help"),
            "account/": (account.account_page, "account"),
            "account/sessions/": (account.sessions_page, "sessions"),
            "session/": (sessions.stay_signed_in, "stay_signed_in"),
            "sign-out-everywhere/": (sessions.sign_out_everywhere, "sign_out_everywhere"),
        }
        own = [path(route, self.admin_view(view), name=name) for route, (view, name) in pages.items()]
        return [*own, *super().get_urls()]
