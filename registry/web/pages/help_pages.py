"""The help page of each screen."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from registry.web.help import SCREENS, template_of
from registry.web.page import render


@require_safe
def help_page(request: HttpRequest, screen: str) -> HttpResponse:
    if screen not in SCREENS:
        raise Http404
    template, language = template_of(screen)
    title = _("Help: %(screen)s") % {"screen": SCREENS[screen]}
    return render(request, template, title, {"screens": SCREENS.items(), "screen": screen, "language": language})
