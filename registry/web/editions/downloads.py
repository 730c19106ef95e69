"""Files of editions as downloads, recorded like any export."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from registry.editions.forms.edition_forms import FORMS
from registry.editions.site import zip_of
from registry.editions.stored_editions import AlteredFile, content_by_digest
from registry.editions.stored_editions import file_content as stored_file
from registry.files.export import export_details
from registry.models import DocumentText, Edition
from registry.papers.rendering import PaperNotWritten
from registry.web.decorators import post_only
from registry.web.exports import recorded_download, require_export
from registry.web.permissions import require_view


@post_only("admin:edition", "key")
def edition_file(request: HttpRequest, key: int) -> HttpResponseBase:
    """Return a file of an edition: the published one, or as it would be published. Recorded like any export."""
    require_view(request, Edition)
    require_export(request)
    edition = get_object_or_404(Edition.objects.select_related("series"), pk=key)
    form = FORMS.get(request.POST.get("form", ""))
    if form is None:
        raise Http404
    try:
        content = content_of_form(edition, form.code)
    except (PaperNotWritten, AlteredFile) as why:
        messages.error(request, str(why))
        return redirect("admin:edition", key)
    if content is None:
        raise Http404
    about = {"of": "edition", "edition": str(edition), **export_details(form.code, "", content), "state": edition.head}
    name = f"{edition.series.slug}-{edition.number}.{form.extension}"
    return recorded_download(request, lambda: (content, about), file_name=name, content_type="application/octet-stream")


def content_of_form(edition: Edition, code: str) -> bytes | None:
    """Return a file of an edition, None where it has none of this form."""
    if edition.published_on is not None:
        return stored_file(edition.files[code]) if code in edition.files else None
    return FORMS[code].write(content_by_digest(edition.content_sha256))


@post_only("admin:editions")
def series_zip(request: HttpRequest, key: int) -> HttpResponseBase:
    """Return the published editions of a series as a zip for any web server."""
    require_view(request, Edition)
    series = get_object_or_404(DocumentText, pk=key)
    try:
        content = zip_of(series)
    except AlteredFile as why:
        messages.error(request, str(why))
        return redirect("admin:editions")
    about = {"of": "editions", "edition": str(series), **export_details("zip", "", content)}
    return recorded_download(
        request, lambda: (content, about), file_name=f"{series.slug}.zip", content_type="application/zip"
    )
