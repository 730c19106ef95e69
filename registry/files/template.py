"""An empty workbook to fill in and import: the headings, and in each cell what may stand there."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from registry.files.columns import STORED_COLUMNS
from registry.files.export import REGISTER_TITLE
from registry.files.formats.table import Table
from registry.files.formats.xlsx_writing import write_xlsx
from registry.files.offered_values import offered_values
from registry.models import User

#: The lines that offer values.
LINES = 1_000


def template_table() -> Table:
    """Return the table without rows, with headings in the active language."""
    about = [
        (_("What this is"), _("An empty register to fill in and import.")),
        (
            _("Rows"),
            _("One for each vendor and purpose. The first five columns have to be there; others may be deleted."),
        ),
        (_("Cells"), _("Many offer what may stand there. What is left empty stays open.")),
    ]
    return Table(
        headings=[column.heading for column in STORED_COLUMNS],
        rows=(),
        widths=[column.width for column in STORED_COLUMNS],
        title=str(REGISTER_TITLE),
        about=about,
        choices=dict(offered_values(STORED_COLUMNS, User.objects.filter(is_active=True))),
        lines_to_fill=LINES,
        about_title=pgettext("sheet", "About"),
    )


def write_template() -> bytes:
    return write_xlsx(template_table())
