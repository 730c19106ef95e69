// Names for what Django's own scripts put in place of a field, so that a screen reader can say what it is for.
"use strict";

function nameOf(field) {
  return field.getAttribute("aria-label") || field.labels[0]?.textContent.replace(/:\s*$/, "").trim() || field.name;
}

function nameAll(within) {
  for (const box of within.querySelectorAll(".select2-selection[role=combobox]")) {
    const field = box.closest(".select2-container").previousElementSibling;
    const chosen = box.querySelector("[role=textbox]");
    const name = nameOf(field);
    chosen?.setAttribute("aria-label", name);
    box.removeAttribute("aria-labelledby");
    box.setAttribute("aria-label", chosen?.title ? `${name}: ${chosen.title}` : name);
  }
  for (const icon of within.querySelectorAll(".help-tooltip[aria-label]:not([role])")) {
    icon.setAttribute("role", "img");
  }
}

// After the scripts that make them; and again for rows that are added, and for what is chosen.
addEventListener("load", () => setTimeout(() => nameAll(document)));
document.addEventListener("formset:added", (event) => setTimeout(() => nameAll(event.target)));
document.addEventListener("focusin", (event) => {
  const box = event.target.closest(".select2-container");
  if (box) {
    nameAll(box.parentElement);
  }
});
