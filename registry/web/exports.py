"""Downloads: the permission to export, the record of an export, and the response."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest

from registry.files.export import export_details
from registry.files.formats.table import Table
from registry.files.reports.change_log import CHANGE_LOG_FORMATS
from registry.history.change_sets import name_of
from registry.models import Source, current
from registry.web.permissions import user_of

EXPORT_PERMISSION = "registry.export_processingactivity"
XLSX = CHANGE_LOG_FORMATS["xlsx"]


def require_export(request: HttpRequest) -> None:
    """Raise ``PermissionDenied`` unless the user may export."""
    if not request.user.has_perm(EXPORT_PERMISSION):
        raise PermissionDenied


def recorded_download(
    request: HttpRequest,
    write: Callable[[], tuple[bytes, Mapping[str, str]]],
    *,
    file_name: str,
    content_type: str,
) -> FileResponse:
    """Return a file as a download, recorded in the change set of the request.

    ``write`` returns the content and the details to record. Raises ``PermissionDenied``, and what ``write`` raises:
    then nothing is recorded.
    """
    require_export(request)
    content, about = write()
    current().describe(source=Source.EXPORT, **about)
    current().write_row()
    return download(content, file_name=file_name, content_type=content_type)


def recorded_workbook(
    request: HttpRequest, table: Callable[[str], Table], *, of: str, rows: str, file_name: str
) -> FileResponse:
    """Return a table as a recorded Excel download.

    ``table`` takes the name of the user; ``of`` and ``rows`` are recorded as what the file shows.
    """

    def write() -> tuple[bytes, Mapping[str, str]]:
        content = XLSX.write(table(name_of(user_of(request))))
        return content, {"of": of, **export_details("xlsx", rows, content)}

    return recorded_download(request, write, file_name=file_name, content_type=XLSX.content_type)


def download(content: bytes, *, file_name: str, content_type: str) -> FileResponse:
    """Return a response that browsers save and never display."""
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=file_name, content_type=content_type)
