"""The published editions of a series and their files, as they are stored."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from django.conf import settings
from django.utils import translation

from registry.editions.content import EditionContent, Publisher, content_of_json
from registry.editions.difference import difference
from registry.editions.wording import in_words
from registry.models import DocumentText, Edition, EditionFile
from registry.models.editions import EditionQuerySet

#: What pages of editions need. Who prepared and approved, and which findings were open, is nobody's business there.
FIELDS = (
    "series_id",
    "number",
    "day",
    "content_sha256",
    "files",
    "row_count",
    "elsewhere",
    "published_on",
    "holds_from",
    "withdrawn_on",
    "withdrawn_because",
)


class AlteredFile(Exception):
    """A file that is not there, or not the one that was published. It is never handed out."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"The file {sha256} of an edition is gone or was altered. Run manage.py verify_history.")


def published_editions() -> EditionQuerySet:
    """Return all editions that were ever published, those withdrawn since included."""
    editions: EditionQuerySet = Edition.objects.filter(published_on__isnull=False).only(*FIELDS)
    return editions


def file_content(sha256: str) -> bytes:
    """Return a file by its digest. Raises ``AlteredFile``."""
    content = EditionFile.objects.filter(sha256=sha256).values_list("content", flat=True).first()
    if content is None or hashlib.sha256(content).hexdigest() != sha256:
        raise AlteredFile(sha256)
    return bytes(content)


def content_by_digest(sha256: str) -> EditionContent:
    """Return the content of an edition. Raises ``AlteredFile``."""
    return content_of_json(file_content(sha256))


@lru_cache(maxsize=256)
def publisher_of(sha256: str) -> Publisher:
    """Return the publisher that an edition names, by the digest of its content."""
    return content_by_digest(sha256).publisher


@lru_cache(maxsize=512)
def changes_in_words(before: str | None, after: str, language: str, most: int) -> tuple[str, ...]:
    """Return the changes between two editions, by the digests of their contents, which never change."""
    with translation.override(language):
        earlier = content_by_digest(before) if before else None
        return tuple(in_words(difference(earlier, content_by_digest(after)), most))


def address_of_series(series: DocumentText) -> str:
    """Return the address of the page of a series, which ends with a slash; empty where there is none."""
    if series.address:
        return f"{series.address.rstrip('/')}/"
    if series.is_public and settings.SITE_URL:
        return f"{settings.SITE_URL}/published/{series.slug}/"
    return ""
