"""Each screen has a help page in each language, and the question mark in its header leads there."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

from registry.models import User
from registry.web.help import SCREENS, screen_of_view, template_of
from tests.integration.attempts import PAGES, make_world
from tests.integration.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("templates")]

LANGUAGES = [code for code, _name in settings.LANGUAGES]
FOLDER = Path("templates/registry/help")
#: Of the overview, or of no screen of its own.
WITHOUT = {"index", "app_list", "login", "logout", "jsi18n", "autocomplete", "home", "set_language", "help"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_screen_has_a_page_in_each_language_and_no_page_is_left_over(language):
    assert {path.stem for path in (FOLDER / language).iterdir()} == set(SCREENS)
    with translation.override(language):
        assert {template_of(screen)[1] for screen in SCREENS} == {language}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_page_says_what_for_how_and_what_words_mean(admin, language, screen):
    page = admin.get(reverse("admin:help", args=[screen]), headers={"accept-language": language})
    article = re.search(rf'<article lang="{language}">(.*)</article>', page.text, re.DOTALL).group(1)
    purpose, tasks, words = article.split("<h2>")
    assert "<p>" in purpose
    assert tasks.count("<dt>") == tasks.count("<dd>") >= 3
    assert words.count("<dt>") == words.count("<dd>") >= 1
    assert page.text.count('aria-current="page">') >= 2


def test_a_language_without_a_page_gets_the_english_one():
    with translation.override("de"):
        assert template_of("register") == ("registry/help/en/register.html", "en")


def test_there_is_no_help_for_what_is_no_screen(admin):
    assert admin.get(reverse("admin:help", args=["nothing"])).status_code == 404


def test_each_view_has_its_screen():
    names = {name for name in PAGES if not name.startswith("password_") or name.startswith("password_change")}
    without = {name for name in names - WITHOUT if screen_of_view(name) == "overview"}
    assert without == set()
    assert {screen_of_view(name) for name in names} == set(SCREENS)


@pytest.mark.uncounted("each page: the tests of the pages")
def test_the_question_mark_of_every_page_leads_to_the_help_of_its_screen(sign_in):
    boss = sign_in(name="boss", superuser=True)
    world = make_world(boss)
    user = User.objects.get(username="boss")
    led = set()
    for name, attempts in PAGES.items():
        address, data = attempts[0].ask(world, user)
        page = boss.get(address) if data is None else None
        if page is None or page.status_code != 200 or "text/html" not in page["content-type"]:
            continue
        if 'id="user-tools"' in page.text:
            (screen,) = re.findall(r'class="help-link"\s+href="/admin/help/([\w-]+)/"', page.text)
            assert screen == ("register" if name == "help" else screen_of_view(name)), name
            get_template(f"registry/help/en/{screen}.html")
            led.add(screen)
    assert len(led) > 12
    assert "Help" in text_of(boss.get(reverse("admin:help", args=["users"])))
