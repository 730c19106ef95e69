// Lists: one tick selects all rows of the page, how many are selected is said, columns are put in order, one panel is
// open at a time. Without this script rows are ticked one by one, and columns stand in their own order.
"use strict";

const selection = document.getElementById("selection");
if (selection) {
  const page = selection.querySelector("[data-select-page]");
  const all = selection.querySelector("[name=all_found]");
  const said = selection.querySelector("[data-selected]");
  const boxes = [...selection.querySelectorAll("[name=_selected_action]")];
  let last = null;
  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    if (page) {
      page.checked = chosen === boxes.length;
      page.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    if (said) {
      const words = ngettext("%s row selected", "%s rows selected", chosen);
      said.textContent = all && all.checked ? "" : interpolate(words, [chosen]);
    }
  };
  page?.addEventListener("change", () => {
    for (const box of boxes) {
      box.checked = page.checked;
    }
    count();
  });
  // Shift and a click select all rows in between.
  for (const [place, box] of boxes.entries()) {
    box.addEventListener("click", (event) => {
      if (event.shiftKey && last !== null) {
        for (let each = Math.min(last, place); each <= Math.max(last, place); each += 1) {
          boxes[each].checked = box.checked;
        }
      }
      last = place;
      count();
    });
  }
  all?.addEventListener("change", count);
  count();
}

const panels = [...document.querySelectorAll("details.panel")];
for (const panel of panels) {
  panel.addEventListener("toggle", () => {
    if (panel.open) {
      for (const other of panels.filter((each) => each !== panel)) {
        other.open = false;
      }
    }
  });
}
document.addEventListener("keydown", (event) => {
  const open = panels.find((panel) => panel.open);
  if (event.key === "Escape" && open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const panel of panels) {
    if (panel.open && !panel.contains(event.target)) {
      panel.open = false;
    }
  }
});

for (const list of document.querySelectorAll(".column-choice")) {
  for (const item of list.children) {
    const name = item.textContent.trim();
    item.append(mover("↑", gettext("Move up") + ": " + name, () => item.previousElementSibling?.before(item)));
    item.append(mover("↓", gettext("Move down") + ": " + name, () => item.nextElementSibling?.after(item)));
  }
}

function mover(sign, label, move) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.textContent = sign;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", () => {
    move();
    button.focus();
  });
  return button;
}
