from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from registry.models import ProcessingActivity, SavedView

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("forms and permissions")]
REGISTER, SAVE = "/admin/register/", "/admin/register/views/"
LOOK = ("view_vendor", "view_processingactivity", "view_transfer", "view_transfermechanism")
Asking = Callable[..., Client]


def test_a_view_is_saved_found_again_replaced_and_deleted(sign_in: Asking, activity: ProcessingActivity) -> None:
    client = sign_in(*LOOK)
    page = client.post(f"{SAVE}?country=US&p=3&sort=vendor", {"name": "American"}, follow=True).content.decode()
    assert f"{REGISTER}?country=US&amp;sort=vendor" in page
    client.post(f"{SAVE}?country=SE", {"name": "American"})
    view = SavedView.objects.get()
    assert (view.name, view.query, view.shared) == ("American", "country=SE", False)
    client.post(f"{SAVE}{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_others_see_what_is_shared_and_cannot_delete_it(sign_in: Asking, activity: ProcessingActivity) -> None:
    mine, other = sign_in(*LOOK), sign_in(*LOOK, name="ulla")
    mine.post(f"{SAVE}?country=US", {"name": "Shared one", "shared": "on"})
    mine.post(f"{SAVE}?country=SE", {"name": "Private one"})
    page = other.get(REGISTER).content.decode()
    assert "Shared one" in page
    assert "Private one" not in page
    shared = SavedView.objects.get(shared=True)
    assert other.post(f"{SAVE}{shared.pk}/delete/").status_code == 404
    assert SavedView.objects.count() == 2


@pytest.mark.parametrize("query", ["colour=red", "day=soon", "sort=nothing"])
def test_what_is_not_understood_is_not_saved(sign_in: Asking, activity: ProcessingActivity, query: str) -> None:
    assert sign_in(*LOOK).post(f"{SAVE}?{query}", {"name": "x"}).status_code == 400
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 81])
def test_a_view_needs_a_name(sign_in: Asking, activity: ProcessingActivity, name: str) -> None:
    page = sign_in(*LOOK).post(SAVE, {"name": name}, follow=True).content.decode()
    assert "at most 80 characters" in page
    assert not SavedView.objects.exists()


def test_who_may_not_look_may_not_save(sign_in: Asking, activity: ProcessingActivity) -> None:
    assert sign_in().post(SAVE, {"name": "x"}).status_code == 403
