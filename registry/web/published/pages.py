"""What is at the addresses that need no sign-in: series that are public, their files, and the check of a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.editions.checking import FileOfEdition, edition_of
from registry.editions.holding import holding_on, periods_of
from registry.editions.pages import HTML, answer_about_day, series_page
from registry.editions.site import JSON, SiteFile, iso, periods_of_series, site_of
from registry.editions.stored_editions import published_editions
from registry.models import DocumentText
from registry.web.published import answers
from registry.web.published.hashing import MOST_BYTES, NoFile, TooLarge, digest_of_file

#: Of the address after ``/published/``.
LONGEST_PATH = 1000
DIGEST = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
CHECK = "check/"


def public_series() -> list[DocumentText]:
    """Return the series that may be read without signing in."""
    return list(DocumentText.objects.filter(is_public=True).order_by("pk"))


def respond(request: HttpRequest, path: str) -> HttpResponseBase:
    """Return the response for an address; ``path`` is what comes after ``/published/``."""
    if path == CHECK:
        return check(request)
    if path == CHECK.rstrip("/"):
        return moved(CHECK)
    if request.method not in {"GET", "HEAD"}:
        return not_allowed("GET, HEAD")
    if path == "":
        return listing(request)
    return of_series(request, path) if len(path) <= LONGEST_PATH else unknown_address_page()


def listing(request: HttpRequest) -> HttpResponseBase:
    """List the public series, with the edition of each that holds."""
    series = {each.pk: each for each in public_series()}
    today = timezone.localdate()
    editions = published_editions().filter(series__in=series).order_by("series_id")
    lines = [
        {"series": series[key], "holding": holding_on(periods_of(group, today), today)}
        for key, group in groupby(editions, key=attrgetter("series_id"))
    ]
    response = answers.page("listing.html", lines=lines, on=today)
    return answers.conditional(request, response, answers.digest_of_response(response))


def of_series(request: HttpRequest, path: str) -> HttpResponseBase:
    """Return a file of a public series, or its page with the edition that holds on a day."""
    slug = path.partition("/")[0]
    series = next((each for each in public_series() if each.slug == slug), None)
    if series is None:
        return unknown_address_page()
    today = timezone.localdate()
    periods = periods_of_series(series, today)
    if not periods:
        return unknown_address_page()
    files = site_of(series, today, at_addresses=True, periods=periods)
    if f"{path}/index.html" in files:
        return moved(f"{path}/")
    path = f"{path}index.html" if path.endswith("/") else path
    if "day" in request.GET and path == f"{series.slug}/index.html":
        asked = answer_about_day(periods, request.GET["day"])
        content = series_page(series, periods, today, at_addresses=True, answer=asked)
        return answers.answer(content, status=200 if asked.day else 400)
    return file_response(request, files[path]) if path in files else unknown_address_page()


def file_response(request: HttpRequest, file: SiteFile) -> HttpResponseBase:
    content = file.read()
    content_type = file.content_type
    if content_type.startswith("text/plain"):
        content_type = f"text/plain{charset(content)}"
    cache = answers.FIXED if file.immutable else answers.CHANGING
    response = answers.answer(content, content_type, cache=cache)
    return answers.conditional(request, response, file.sha256, file.published_on)


def charset(content: bytes) -> str:
    """Return the parameter of the content type: an edition published elsewhere may be in any encoding."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return "; charset=utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "; charset=windows-1252"
    return "; charset=utf-8"


def check(request: HttpRequest) -> HttpResponseBase:
    """Say which edition a file is: by its digest in the address for programs, else by the file of a form."""
    if request.method == "POST":
        try:
            digest = digest_of_file(request)
        except TooLarge:
            text = _("The file is larger than %(limit)s MB, as no edition is.")
            return answers.message(413, _("Too large"), text, values={"limit": MOST_BYTES // 1024**2})
        except NoFile:
            return answers.message(400, _("No file"), _("Choose one file, and send it once more."))
        file = edition_of(digest, public_series())
        return answers.page("check.html", cache=answers.NOT_KEPT, digest=digest, file=file)
    if request.method not in {"GET", "HEAD"}:
        return not_allowed("GET, HEAD, POST")
    if "sha256" not in request.GET:
        return answers.page("check.html")
    digest = request.GET["sha256"]
    if not DIGEST.fullmatch(digest):
        return in_json({"error": "sha256 has to be 64 hexadecimal digits"}, status=400)
    file = edition_of(digest, public_series())
    values = {"sha256": digest.lower(), "known": file is not None, **(values_of_file(file) if file else {})}
    return in_json(values, status=200 if file else 404)


def values_of_file(file: FileOfEdition) -> Mapping[str, object]:
    period, edition = file.period, file.edition
    return {
        "series": str(file.series),
        "address": f"/published/{file.series.slug}/",
        "number": edition.number,
        "day": iso(edition.day),
        "form": file.form,
        "state": str(period.state),
        "holds": period.holds,
        "published_on": iso(edition.published_on),
        "holds_from": iso(period.holds_from),
        "holds_until": iso(period.until),
        "withdrawn_on": iso(edition.withdrawn_on),
        "withdrawn_because": edition.withdrawn_because,
        "superseded_by": period.following.number if period.following else None,
        "holding": file.holding.edition.number if file.holding else None,
    }


def in_json(values: Mapping[str, object], *, status: int) -> HttpResponse:
    content = JsonResponse(values, json_dumps_params={"ensure_ascii": False, "indent": 1}).content
    return answers.answer(content, JSON, status=status, cache=answers.CHANGING if status == 200 else answers.NOT_KEPT)


def moved(path: str) -> HttpResponse:
    response = answers.answer(b"", HTML, status=301)
    response["Location"] = f"{settings.FORCE_SCRIPT_NAME or ''}/published/{path}"
    return response


def unknown_address_page() -> HttpResponse:
    return answers.message(404, _("There is nothing at this address"), _("Perhaps the address is not complete."))


def not_allowed(methods: str) -> HttpResponse:
    text = _("This address can only be read.")
    return answers.message(405, _("Not possible"), text, headers={"Allow": methods})
