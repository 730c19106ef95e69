// Tables with headings become cards on a phone: each cell is told its heading, and the parts keep their roles, which
// they would lose with the display of a table. Without this script such a table is scrolled sideways.
"use strict";

const ROLES = [["thead, tbody, tfoot", "rowgroup"], ["tr", "row"], ["td", "cell"], ["thead th", "columnheader"], ["tbody th", "rowheader"]];

for (const table of document.querySelectorAll("#result_list, .scroll > table:not(.register)")) {
  const headings = [...table.querySelectorAll("thead th")].map((heading) => {
    const text = heading.querySelector(".text") ?? heading;
    return text.querySelector("input") ? "" : text.textContent.trim();
  });
  if (headings.length) {
    table.classList.add("cards-on-phones");
    table.setAttribute("role", "table");
    for (const [selector, role] of ROLES) {
      for (const part of table.querySelectorAll(selector)) {
        part.setAttribute("role", role);
      }
    }
    for (const row of table.tBodies[0]?.rows ?? []) {
      for (const [place, cell] of [...row.cells].entries()) {
        if (cell.colSpan === 1 && headings[place]) {
          cell.dataset.label = headings[place];
        }
      }
    }
  }
}
