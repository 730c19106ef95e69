from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from registry.models import ProcessingActivity

pytestmark = pytest.mark.one_database("how addresses are written")


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "1 OR 1=1"])
def test_a_day_that_does_not_exist_is_answered_with_what_to_write(
    admin: Client, activity: ProcessingActivity, day: str
) -> None:
    response = admin.get(reverse("admin:registry_processingactivity_change", args=[activity.pk]), {"law": day})
    assert response.status_code == 400
    assert "2020-07-16" in response.content.decode()
