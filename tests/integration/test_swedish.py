from __future__ import annotations

import pytest
from django.test import Client

from registry.models import ProcessingActivity

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("texts of pages")]


def test_what_django_has_no_swedish_for_is_said_in_swedish(admin: Client, activity: ProcessingActivity) -> None:
    swedish = {"accept-language": "sv"}
    assert "Select an option" not in admin.get("/admin/registry/vendor/add/", headers=swedish).content.decode()
    script = admin.get("/admin/jsi18n/", headers=swedish).content.decode()
    assert "Ange tider i tidszonen" in script
    assert "valt nu" in script
