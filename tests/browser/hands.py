"""Two ways to make a journey: with the mouse, and with nothing but the keyboard. Its steps are written once."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from pathlib import Path
from re import Pattern

import pytest
from playwright.sync_api import Locator, Page, expect

#: More stops between one thing to do and the next are an obstacle.
STOPS = 40
#: So often it is looked at, until what scrolls has come to rest.
STEPS_TO_REST = 100

#: What has the focus, and what keeps somebody from seeing that.
STOP = """() => {
  const element = document.activeElement;
  const label = element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent
    || element.value || element.id;
  const name = `${element.tagName.toLowerCase()} ${label.trim().replace(/\\s+/g, " ").slice(0, 60)}`;
  if (element === document.body) return [name, ""];
  const box = element.getClientRects()[0];
  if (!box) return [name, "takes no place"];
  const middle = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2;
  const x = middle(box.left, box.right, innerWidth), y = middle(box.top, box.bottom, innerHeight);
  const seen = document.elementFromPoint(x, y);
  if (!seen) return [name, `is outside of the window: ${JSON.stringify(box)}`];
  if (!element.contains(seen) && !seen.contains(element) && ![...(element.labels ?? [])].includes(seen)) {
    return [name, `lies behind ${seen.outerHTML.slice(0, 120)}`];
  }
  const style = getComputedStyle(element);
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return [name, outlined || style.boxShadow !== "none" ? "" : "does not show that it has the focus"];
}"""


#: How many stops it is to the target forwards, and how many backwards: round by the ends of the page.
WAYS = """(target) => {
  const kinds = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const stops = [...document.querySelectorAll(kinds)].filter((each) => each.checkVisibility());
  const start = document.activeElement === document.body ? document.querySelector(location.hash || "body")
    : document.activeElement;
  const passed = start === document.body ? -1 : stops.findLastIndex(
    (each) => each === start || start.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_PRECEDING);
  const forwards = stops.indexOf(target) - passed;
  const round = stops.length + 1;
  return [(forwards + round) % round, (round - forwards) % round];
}"""


#: The button that shows what is hidden: the menu and filters of a phone, panels of lists.
REVEALS = """(target) => {
  const panel = target.closest("details:not([open])");
  if (panel) return [...document.querySelectorAll("summary")].indexOf(panel.querySelector("summary"));
  const hidden = target.closest(".menu, .toggled");
  const summary = hidden?.previousElementSibling?.querySelector("summary");
  return [...document.querySelectorAll("summary")].indexOf(summary);
}"""


class Hands(ABC):
    def __init__(self, page: Page) -> None:
        self.page = page

    def follow(self, name: str | Pattern[str], within: Locator | None = None) -> None:
        place = within or self.page.locator("body")
        link = self.revealed(place.get_by_role("link", name=name, exact=True, include_hidden=True).first)
        with self.page.expect_navigation():
            self.use(link)

    def push(self, name: str) -> None:
        """A button that leads to another page."""
        button = self.button(name)
        with self.page.expect_navigation():
            self.use(button)

    def push_and_stay(self, name: str) -> None:
        self.use(self.button(name))

    def button(self, name: str) -> Locator:
        return self.revealed(self.page.get_by_role("button", name=name, exact=True, include_hidden=True))

    def revealed(self, target: Locator) -> Locator:
        """Open what the target is hidden in, as somebody does who knows where it is."""
        target.first.wait_for(state="attached")
        if not target.first.is_visible():
            place = target.first.evaluate(REVEALS)
            if place >= 0:
                self.use(self.page.locator("summary").nth(place))
        return target

    def download(self, name: str, target: Path) -> None:
        with self.page.expect_download() as download:
            self.push_and_stay(name)
        download.value.save_as(target)

    def write(self, label: str, text: str) -> None:
        self.write_in(self.labelled(label), text)

    def choose(self, label: str, option: str) -> None:
        field = self.labelled(label)
        self.choose_in(field, option)
        expect(field.locator("option:checked")).to_have_text(option)

    def attach(self, label: str, file: Path) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.use(self.labelled(label))
        chooser.value.set_files(file)

    def labelled(self, label: str) -> Locator:
        """A field by its label, with or without a colon behind it."""
        return self.revealed(self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}:?\s*$")))

    @abstractmethod
    def use(self, target: Locator) -> None: ...

    @abstractmethod
    def tick(self, box: Locator) -> None: ...

    @abstractmethod
    def write_in(self, field: Locator, text: str) -> None: ...

    @abstractmethod
    def choose_in(self, field: Locator, option: str) -> None: ...

    @abstractmethod
    def search(self, words: str) -> None: ...


class Mouse(Hands):
    def use(self, target: Locator) -> None:
        target.click()

    def tick(self, box: Locator) -> None:
        box.click()

    def write_in(self, field: Locator, text: str) -> None:
        field.fill(text)

    def choose_in(self, field: Locator, option: str) -> None:
        field.select_option(label=option)

    def search(self, words: str) -> None:
        self.write("Sök i registret", words)
        self.push("Sök")


class Keyboard(Hands):
    def use(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("Enter")

    def tick(self, box: Locator) -> None:
        self.reach(box)
        self.page.keyboard.press("Space")

    def write_in(self, field: Locator, text: str) -> None:
        self.reach(field)
        if field.get_attribute("type") == "date":
            year, month, day = text.split("-")
            self.page.keyboard.type(f"{month}{day}{year}")  # as the parts stand in an English browser
        else:
            self.page.keyboard.press("Control+a")
            self.page.keyboard.type(text)
        expect(field).to_have_value(text)

    def choose_in(self, field: Locator, option: str) -> None:
        self.reach(field)
        self.page.keyboard.type(option)

    def search(self, words: str) -> None:
        self.page.keyboard.press("/")
        self.page.keyboard.type(words)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def reach(self, target: Locator) -> None:
        """By the shorter way, as somebody goes who sees the page; the first stop of a page leads past its header."""
        expect(target).to_be_visible()
        passed: list[str] = []
        forwards, backwards = target.evaluate(WAYS)
        key = "Tab" if forwards <= backwards else "Shift+Tab"
        fresh = self.has_focus(self.page.locator("body")) and "#" not in self.page.url
        if fresh and key == "Tab" and target.locator("xpath=ancestor::main").count():
            self.stop(key, passed)
            self.page.keyboard.press("Enter")
        while not self.has_focus(target):
            if len(passed) == STOPS:
                pytest.fail(f"{target} is not reached by: {passed}")
            self.stop(key, passed)

    def stop(self, key: str, passed: list[str]) -> None:
        """At the next one, which has to show that it has the focus."""
        self.page.keyboard.press(key)
        name, fault = self.page.evaluate(STOP)
        for _ in range(STEPS_TO_REST if fault else 0):  # perhaps it is still on its way
            self.page.wait_for_timeout(50)
            name, fault = self.page.evaluate(STOP)
            if not fault:
                break
        passed.append(name)
        assert not fault, f"{name} {fault}, after: {passed}"

    def has_focus(self, target: Locator) -> bool:
        return bool(target.evaluate("(element) => element === document.activeElement"))
