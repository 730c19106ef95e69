"""Every page in both languages, light and dark, wide and on a phone: WCAG 2.2 AA as far as axe-core sees it, nothing
that scrolls sideways, nothing that the browser complains about.

The pages are those that ``tests/integration/attempts.py`` knows, so that a new one is looked at too.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.contrib.auth import get_user_model
from django.test import Client
from openpyxl import Workbook
from playwright.sync_api import Browser, Page, ViewportSize, expect

from registry.accounts.roles import sync_roles
from registry.models import Edition, Source, Vendor, change_set
from registry.web.editions.writing import publish_edition
from tests.browser.conftest import DESKTOP, PATIENCE, PHONE, REPORT_CSP_VIOLATIONS
from tests.browser.windows import fits_the_window
from tests.integration.attempts import FILE, PAGES, World, admin, make_world

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def asking(*only: str) -> dict[str, Any]:
    unneeded = {"preload": False, "iframes": False, "selectors": False, "performanceTimer": False}
    return {"runOnly": only, "resultTypes": ["violations"], **unneeded}


type Look = tuple[Literal["light", "dark"], ViewportSize, dict[str, Any]]

#: Each look asks for what it can show anew: another window moves things, other colours change contrasts.
LOOKS: list[Look] = [
    ("light", DESKTOP, asking(*TAGS)),
    ("light", PHONE, asking("target-size", "color-contrast", "label", "scrollable-region-focusable")),
    ("dark", PHONE, asking("color-contrast", "link-in-text-block")),
    ("dark", DESKTOP, asking("color-contrast", "link-in-text-block")),
]
#: Colours have no language: in the second one a page is looked at for its words and where they go.
LOOKS_WITHOUT_COLOURS = [LOOKS[0], ("light", PHONE, asking("target-size", "label", "scrollable-region-focusable"))]
ASK_AXE = """async (options) => {
  for (const animation of document.getAnimations()) animation.finish();
  return (await axe.run(document, options)).violations.flatMap((violation) =>
  violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 160)} ${node.any.map((each) => each.message)}`));
}"""
#: Answered with something else than a page.
NO_PAGES = {
    "logout",
    "set_language",
    "jsi18n",
    "autocomplete",
    "registry_changeset_file",
    "registry_changeset_note",
    "stay_signed_in",
    "home",
    "register_view_save",
    "register_view_delete",
    "registry_processingactivity_judge",
    "watch",
    "registry_vendor_same",
    "matching_remove",
    "edition_findings",
    "edition_discard",
    "edition_approve",
    "edition_publish",
    "edition_withdraw",
    "edition_file",
    "edition_record",
    "series_zip",
    "registry_edition_changelist",
    "registry_edition_change",
    "registry_documenttext_changelist",
    "registry_processingactivity_import_template",
}
LANGUAGES = {"sv": "sv-SE", "en": "en-GB"}


@pytest.fixture
def boss(transactional_db):
    return get_user_model().objects.create_superuser("boss", "boss@example.com", "a long password for tests")


@pytest.fixture
def world(boss) -> World:
    sync_roles()
    client = Client(headers={"accept-language": "en"})
    client.force_login(boss, "django.contrib.auth.backends.ModelBackend")
    return make_world(client)


def looked_at(world: World, user) -> Iterator[tuple[str, str]]:
    """By its name each address that is a page, and what else one page shows in different words."""
    for name, attempts in PAGES.items():
        only_files = name.endswith(("_export", "_download", "process_import"))
        if name in NO_PAGES or only_files or all(attempt.never for attempt in attempts):
            continue
        yield name, attempts[0].ask(world, user)[0]
    yield "search for something", f"{admin('search')}?q=ex"
    yield "search for nothing", f"{admin('search')}?q=nowhere"
    yield "register as at a day", f"{admin('register')}?day=2020-07-15"
    yield "difference between two days", f"{admin('register_difference')}?from=2020-01-01"
    yield "findings of a rule", f"{admin('findings')}?rule=role_not_assessed"
    yield "questions of a kind", f"{admin('questions')}?question=role"
    yield "change log, filtered", f"{admin('registry_changeset_changelist')}?vendor=exempel"
    yield "two to merge", f"{admin('merge', 'vendor', world.keys['vendor'])}?gone={world.keys['merged']}"
    yield "a list in which nothing fits", f"{admin('vendors')}?text=nowhere"
    yield "a popup", f"{admin('registry_vendor_add')}?_popup=1"


@pytest.fixture
def look(browser: Browser, base_url: str) -> Iterator[Any]:
    contexts = []

    def open_page(language: str, world: World | None = None) -> tuple[Page, list[str]]:
        context = browser.new_context(base_url=base_url, locale=LANGUAGES[language], viewport=DESKTOP)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        if world is not None:
            context.add_cookies(
                [{"name": "sessionid", "value": world.boss.cookies["sessionid"].value, "url": base_url}]
            )
        context.add_init_script(REPORT_CSP_VIOLATIONS)
        said: list[str] = []
        context.on(
            "console",
            lambda message: (
                said.append(f"{message.location.get('url')}: {message.text}") if message.type == "error" else None
            ),
        )
        context.on("weberror", lambda error: said.append(str(error.error)))
        return context.new_page(), said

    yield open_page
    for context in contexts:
        context.close()


def faults(page: Page, looks: Sequence[Look] = LOOKS) -> list[str]:
    """Of the page that is open."""
    page.evaluate(AXE_SCRIPT)
    found = []
    shown = "light"
    for scheme, size, options in looks:
        if scheme != shown:
            page.emulate_media(color_scheme=scheme)
            shown = scheme
        if size != page.viewport_size:
            page.set_viewport_size(size)
        where = f"{scheme}, {size['width']}"
        found += [f"{where}: {each}" for each in page.evaluate(ASK_AXE, options)]
        if not fits_the_window(page):
            found.append(f"{where}: scrolls sideways")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESKTOP)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_accessible(look, world, boss, language, subtests):
    page, said = look(language, world)
    for name, address in looked_at(world, boss):
        with subtests.test(name):
            said.clear()
            answer = page.goto(address)
            assert answer.ok, f"{answer.status} {address}"
            found = faults(page, LOOKS if language == "sv" else LOOKS_WITHOUT_COLOURS)
            assert found == [], json.dumps(found, indent=1, ensure_ascii=False)
            assert said == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_so_are_the_pages_that_anybody_reads(look, world, boss, language, subtests):
    edition = Edition.objects.select_related("series").get(pk=world.keys["edition approved"])
    edition.series.is_public, edition.series.language = True, language
    with change_set(user=boss, source=Source.COMMAND, reason="set-up of a test"):
        edition.series.save()
        publish_edition(edition, user=boss)
    page, said = look(language)
    of_series = f"/published/{edition.series.slug}/"
    pages = {"/published/": 200, of_series: 200, f"{of_series}{edition.number}/": 200, "/published/check/": 200}
    for address, status in {**pages, f"{of_series}?day=2020-01-01": 200, f"{of_series}99/": 404}.items():
        with subtests.test(address):
            said.clear()
            answer = page.goto(address)
            assert answer.status == status
            assert faults(page) == []
            assert [each for each in said if "404" not in each] == []
    assert page.context.cookies() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_so_is_the_preview_of_a_merge_which_takes_no_mouse(look, world, language):
    page, said = look(language, world)
    page.goto(f"{admin('merge', 'vendor', world.keys['vendor'])}?gone={world.keys['merged']}")
    assert faults(page) == []
    both_stay = page.locator("[name^='twin-'][value='move']")
    both_stay.focus()
    page.keyboard.press("Space")
    expect(both_stay).to_be_checked()
    page.locator("[name=_preview]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name=digest]")).to_be_attached()
    assert faults(page) == []
    page.locator("[name=change_reason]").fill("x")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert faults(page) == []
    page.goto(admin("registry_vendor_history", world.keys["vendor"]))
    expect(page.locator(".note").first).to_contain_text("Exempel Inc")
    assert said == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_so_is_what_those_see_who_may_not_enter(look, world, language, subtests):
    page, said = look(language)
    with subtests.test("login"):
        page.goto(admin("login"))
        assert faults(page) == []
    with subtests.test("login refused"):
        page.locator("#id_username").fill("boss")
        page.locator("#id_password").fill("wrong")
        page.locator("#login-form [type=submit]").click()
        assert faults(page) == []
    assert said == []


def upload(page: Page, name: str, content: bytes) -> None:
    page.goto(admin("registry_processingactivity_import"))
    page.locator("#id_import_file").set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})
    submit(page, "#content-main [type=submit]")


def workbook(*sheets: str) -> bytes:
    book = Workbook()
    for title in sheets:
        for row in csv.reader(io.StringIO(FILE.decode()), delimiter="\t"):
            (book[title] if title in book.sheetnames else book.create_sheet(title)).append(row)
    del book["Sheet"]
    book.save(content := io.BytesIO())
    return content.getvalue()


def after_forms(page: Page, world: World) -> Iterator[tuple[str, str]]:
    """Stops at each page that only answers a form: what it is, and what shows that it is that."""
    yield from after_choosing(page)
    yield from after_uploads(page)
    vendor = Vendor.objects.get(pk=world.keys["vendor"])
    page.goto(admin("registry_vendor_change", vendor.pk))
    with change_set(source=Source.COMMAND, reason="meanwhile"):
        vendor.notes, vendor.legal_name = "Deras", "Deras"
        vendor.save()
    page.locator("#id_notes").fill("Mina")
    submit(page, "input[name=_save]")
    yield "saved meanwhile", ".errornote"
    with change_set(source=Source.COMMAND, reason="set-up"):
        short = Vendor.objects.create(name="Snart borta AB")
    page.goto(admin("registry_vendor_change", short.pk))
    with change_set(source=Source.COMMAND, reason="deleted meanwhile"):
        short.delete()
    page.locator("#id_notes").fill("Mina")
    submit(page, "input[name=_save]")
    yield "deleted meanwhile", ".note"


def after_choosing(page: Page) -> Iterator[tuple[str, str]]:
    for action in ("end_selected", "assign_owner", "mark_as_reviewed", "delete_selected"):
        choose_all(page, "vendor", action)
        yield action, "[name=change_reason]"
    choose_all(page, "transfermechanism", "delete_selected")
    yield "not to be deleted", "#content ul"
    choose_all(page, "vendor", "end_selected")
    page.locator("#id_ended_on").fill("1980-01-01")
    page.locator("#id_outcome_0").check()
    submit(page, "[name=apply]")
    yield "a bulk action refused", ".errorlist"


def choose_all(page: Page, kind: str, action: str) -> None:
    page.goto(admin(f"registry_{kind}_changelist"))
    page.locator("#action-toggle, [data-select-page]").check()
    page.locator("select[name=action]").select_option(action)
    submit(page, "#changelist-form button[name=index], .selection-bar button")


def submit(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.locator(button).click()


def after_uploads(page: Page) -> Iterator[tuple[str, str]]:
    upload(page, "register.xlsx", workbook("Ett", "Andra"))
    yield "several sheets", "[name=sheet]"
    upload(page, "register.tsv", FILE.replace(b"SE", b"Sverge"))
    yield "questions about a list", ".matching .open"
    upload(page, "register.tsv", FILE.replace(b"Drift", b""))
    yield "problems", ".problems"
    upload(page, "register.tsv", FILE.replace(b"Namn", b"Namn, telefon") + "Nyast AB\tStöd\tNamn\tSE\tAvtal\n".encode())
    for part in ("new", "changed", "missing"):
        submit(page, f".counts a[href$={part}]")
        yield f"preview: {part}", f"[href$={part}][aria-current]"


@pytest.mark.parametrize("language", LANGUAGES)
def test_so_is_what_answers_a_form(look, world, language, subtests):
    page, said = look(language, world)
    for name, shows in after_forms(page, world):
        with subtests.test(name):
            expect(page.locator(shows).first).to_be_attached()
            found = faults(page, LOOKS if language == "sv" else LOOKS_WITHOUT_COLOURS)
            assert found == [], json.dumps(found, indent=1, ensure_ascii=False)
            assert said == ([status_of(page, 409)] if name == "deleted meanwhile" else [])


def status_of(page: Page, status: int) -> str:
    """What Chromium says of any page that comes with a status of failure."""
    about = f"the server responded with a status of {status} ({HTTPStatus(status).phrase})"
    return f"{page.url}: Failed to load resource: {about}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_so_are_refusals(look, world, language, monkeypatch, subtests):
    page, said = look(language, world)

    def breaks(*args: Any) -> None:
        raise RuntimeError("broken by a test")

    def without_cookie() -> Any:
        page.goto(admin("password_change"))
        page.context.clear_cookies(name="csrftoken")
        with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            page.locator("#logout-form button").click()
        page.wait_for_load_state()
        return answer.value

    monkeypatch.setattr("registry.web.pages.due.ending", breaks)
    activity = admin("registry_processingactivity_change", world.keys["processingactivity"])
    for status, ask in {
        400: lambda: page.goto(f"{activity}?law=nonsense"),
        403: lambda: page.goto(admin("registry_changeset_add")),
        404: lambda: page.goto("/admin/nowhere/"),
        500: lambda: page.goto(admin("due")),
        "403 of a form": without_cookie,
    }.items():
        with subtests.test(str(status)):
            said.clear()
            expected = int(str(status)[:3])
            assert ask().status == expected
            assert faults(page) == []
            assert said == [status_of(page, expected)]


#: Whether what has the focus looks different without it.
SHOWS_FOCUS = """() => {
  const look = (element) => {
    const style = getComputedStyle(element);
    return [style.outline, style.boxShadow, style.borderColor, style.backgroundColor, style.textDecoration].join();
  };
  const element = document.activeElement;
  if (element === document.body) return "";
  const focused = look(element);
  element.blur();
  const same = focused === look(element);
  element.focus({ focusVisible: true });
  return same ? `no sign of the focus: ${element.outerHTML.slice(0, 160)}` : "";
}"""


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["wide", "phone"])
def test_whoever_uses_the_keyboard_sees_where_they_are(look, world, size, subtests):
    page, said = look("sv", world)
    page.set_viewport_size(size)
    page.emulate_media(reduced_motion="reduce")
    forms = [admin(f"registry_{kind}_change", world.keys[kind]) for kind in ("vendor", "processingactivity")]
    lists = [admin(name) for name in ("index", "register", "vendors", "search", "findings")]
    for address in [*lists, admin("registry_changeset_changelist"), admin("registry_user_change", 1), *forms]:
        with subtests.test(address):
            page.goto(address)
            found = []
            for _ in range(40):
                page.keyboard.press("Tab")
                found.append(page.evaluate(SHOWS_FOCUS))
            assert [each for each in found if each] == []
            assert said == []
