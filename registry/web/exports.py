"""A file that leaves the register: who may take it, written, put on record, and handed over."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest

from registry.files.export import export_details
from registry.files.formats.table import Table
from registry.files.reports.change_log import CHANGE_LOG_FORMATS
from registry.history.change_sets import name_of
from registry.models import Source, current

EXPORT_PERMISSION = "registry.export_processingactivity"
XLSX = CHANGE_LOG_FORMATS["xlsx"]


def require_export(request: HttpRequest) -> None:
    """Raise ``PermissionDenied`` for whoever may not."""
    if not request.user.has_perm(EXPORT_PERMISSION):
        raise PermissionDenied


def recorded_download(
    request: HttpRequest,
    write: Callable[[], tuple[bytes, Mapping[str, Any]]],
    *,
    file_name: str,
    content_type: str,
) -> FileResponse:
    """The file that ``write`` makes, once the change set of the request holds what ``write`` says about it.

    Raises ``PermissionDenied``, and whatever ``write`` raises: then nothing is on record.
    """
    require_export(request)
    content, about = write()
    current().describe(source=Source.EXPORT, **about)
    current().write_row()
    return download(content, file_name=file_name, content_type=content_type)


def recorded_workbook(
    request: HttpRequest, table: Callable[[str], Table], *, of: str, rows: str, file_name: str
) -> FileResponse:
    """The same for a table as Excel. ``table`` is told who asks; ``of`` and ``rows`` say on record what it shows."""

    def write() -> tuple[bytes, Mapping[str, Any]]:
        content = XLSX.write(table(name_of(request.user)))
        return content, {"of": of, **export_details("xlsx", rows, content)}

    return recorded_download(request, write, file_name=file_name, content_type=XLSX.content_type)


def download(content: bytes, *, file_name: str, content_type: str) -> FileResponse:
    """To be saved, never shown."""
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=file_name, content_type=content_type)
