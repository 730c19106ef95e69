"""Responses of the addresses that need no sign-in: cacheable, without cookies, under a policy of their own."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime, time

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import override

from registry.core.languages import language_codes
from registry.editions.pages import HTML
from registry.editions.style import style

#: How long caches may keep what changes, and the files of an edition. These never change, but an edition can be
#: withdrawn, and then caches should not go on for long.
CHANGING, FIXED = "public, max-age=300", "public, max-age=86400, immutable"
NOT_KEPT = "no-store"
STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


def policy(content: bytes) -> str:
    """Return the Content-Security-Policy of a page. Its styles are known by their hashes, and nothing else is loaded.

    The hashes are those of the page itself: editions keep the style of the release that made them.
    """
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" for text in STYLE.findall(content)]
    styles = " ".join(hashes) or "'none'"
    return (
        f"default-src 'none'; style-src {styles}; img-src data:; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )


def answer(content: bytes, content_type: str = HTML, *, status: int = 200, cache: str = CHANGING) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type, status=status)
    response["Cache-Control"] = cache
    response["Content-Length"] = str(len(content))
    response["Content-Security-Policy"] = policy(content if content_type == HTML else b"")
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Frame-Options"] = "DENY"
    return response


def conditional(
    request: HttpRequest, response: HttpResponse, sha256: str, published_on: date | None = None
) -> HttpResponseBase:
    """Add the validators of a response, and return 304 where the client has it already."""
    etag = f'"{sha256}"'
    response["ETag"] = etag
    modified = None
    if published_on is not None:
        modified = int(datetime.combine(published_on, time(), timezone.get_default_timezone()).timestamp())
        response["Last-Modified"] = http_date(modified)
    return get_conditional_response(request, etag=etag, last_modified=modified, response=response) or response


def digest_of_response(response: HttpResponse) -> str:
    return hashlib.sha256(response.content).hexdigest()


def page(template: str, *, status: int = 200, cache: str = CHANGING, **context: object) -> HttpResponse:
    """Return a page that is in every language of the settings."""
    context |= {"style": style(), "languages": language_codes(), "language": settings.LANGUAGE_CODE}
    return answer(render_to_string(f"editions/{template}", context).encode(), status=status, cache=cache)


def message(
    status: int,
    heading: object,
    text: object,
    *,
    values: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return a page with a message in every language. Takes lazily translated texts, and the values in the second."""
    messages = []
    for code in language_codes():
        with override(code):
            messages.append((code, str(heading), str(text) % values if values else str(text)))
    response = page("message.html", status=status, cache=NOT_KEPT, messages=messages)
    for name, value in (headers or {}).items():
        response[name] = value
    return response
