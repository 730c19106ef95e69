from django.contrib.admin import site
from django.utils.translation import gettext_lazy as _

from registry.admin import activities, changes, people, texts, transfers, vendors

__all__ = ["activities", "changes", "people", "texts", "transfers", "vendors"]

site.site_header = site.site_title = _("Register of processors")
site.index_title = _("Overview")
site.site_url = None
site.enable_nav_sidebar = False  # the lists are wide, like the document
