"""The digest of an uploaded file, computed while it arrives. Nothing of it is kept."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from registry.core.text import whole_number

#: Of the file.
MOST_BYTES = 20 * 1024 * 1024
#: Of the form besides its file.
AROUND = 64 * 1024


class TooLarge(Exception):
    """The file is larger than ``MOST_BYTES``."""


class NoFile(Exception):
    """The form brought no file, or is none."""


class DigestHandler(FileUploadHandler):
    """Computes the digest of the file of a form, and drops what it has read."""

    def __init__(self) -> None:
        super().__init__()
        self.hashed = hashlib.sha256()
        self.size = 0
        self.files = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.files += 1
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.size += len(raw_data)
        if self.size > MOST_BYTES:
            raise StopUpload(connection_reset=True)
        self.hashed.update(raw_data)

    def file_complete(self, file_size: int) -> None:
        return None


def digest_of_file(request: HttpRequest) -> str:
    """Return the digest of the uploaded file. Raises ``TooLarge`` or ``NoFile``."""
    length = whole_number(request.META.get("CONTENT_LENGTH") or "0")
    if length is None or length > MOST_BYTES + AROUND:
        raise TooLarge
    handler = DigestHandler()
    request.upload_handlers = [handler]
    try:
        request.POST  # noqa: B018 - reads the form
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError) as error:
        raise NoFile from error
    if handler.size > MOST_BYTES:
        raise TooLarge
    if handler.files != 1:
        raise NoFile
    return handler.hashed.hexdigest()
