// A table of fields, moved through as in a spreadsheet: arrows up and down, Enter one down, a block pasted from a
// spreadsheet fills the cells from where it is pasted, changed cells are marked. Without this script it is a form.
"use strict";

const FIELD = ":is(input:not([type=hidden], [name=_selected_action]), select, textarea)";
const grid = document.querySelector("table.grid");
if (grid) {
  const form = grid.closest("form");
  const before = new Map([...fields(grid)].map((field) => [field, said(field)]));

  grid.addEventListener("keydown", (event) => {
    const field = event.target.closest("input, select, textarea");
    if (!field || event.isComposing) {
      return;
    }
    const text = field.tagName === "TEXTAREA";
    const enter = event.key === "Enter" && !text;
    if ((enter && !event.shiftKey) || (event.key === "ArrowDown" && mayLeave(field, event, field.value.length))) {
      go(field, 1, event);
    } else if (enter || (event.key === "ArrowUp" && mayLeave(field, event, 0))) {
      go(field, -1, event);
    }
  });

  grid.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    const start = event.target.closest("td");
    if (!start || !/[\t\n]/.test(text) || (event.target.tagName === "TEXTAREA" && !text.includes("\t"))) {
      return;
    }
    event.preventDefault();
    let row = start.parentElement;
    for (const line of text.split("\n")) {
      let cell = row?.cells[start.cellIndex];
      for (const value of line.split("\t")) {
        while (cell && !cellField(cell)) {
          cell = cell.nextElementSibling;
        }
        if (cell) {
          put(cellField(cell), value.trim());
          cell = cell.nextElementSibling;
        }
      }
      row = row?.nextElementSibling;
    }
  });

  form.addEventListener("input", mark);
  form.addEventListener("change", mark);
  mark();

  const answer = form.querySelector("[name^=answer-]");
  const page = form.querySelector("[data-select-page]");
  page?.addEventListener("change", () => {
    for (const box of grid.querySelectorAll("[name=_selected_action]")) {
      box.checked = page.checked;
    }
  });
  form.querySelector("[name=_answer_selected]")?.addEventListener("click", (event) => {
    event.preventDefault();
    for (const box of grid.querySelectorAll("[name=_selected_action]:checked")) {
      put(cellField(box.closest("tr").querySelector("td:has([name^=row-]:not([type=hidden]))")), answer.value);
    }
    mark();
  });

  function mark() {
    for (const [field, value] of before) {
      field.closest("td").classList.toggle("changed", said(field) !== value);
    }
  }
}

function fields(within) {
  return within.querySelectorAll("td " + FIELD);
}

function cellField(cell) {
  return cell ? cell.querySelector(FIELD) : null;
}

function said(field) {
  return field.type === "checkbox" ? field.checked : field.value;
}

// Whether an arrow leaves the cell: with Ctrl always, else not where it moves within the field.
function mayLeave(field, event, end) {
  if (event.altKey || event.metaKey || event.shiftKey) {
    return false;
  }
  if (event.ctrlKey) {
    return true;
  }
  if (field.tagName === "TEXTAREA") {
    return field.selectionStart === end && field.selectionEnd === end;
  }
  return field.tagName === "INPUT" && !field.hasAttribute("list") && !["date", "number"].includes(field.type);
}

function go(field, step, event) {
  const cell = field.closest("td");
  let row = cell.parentElement;
  do {
    row = step > 0 ? row.nextElementSibling : row.previousElementSibling;
  } while (row && !cellField(row.cells[cell.cellIndex]));
  if (row) {
    event.preventDefault();
    const next = cellField(row.cells[cell.cellIndex]);
    next.focus();
    next.select?.();
  } else if (event.key === "Enter") {
    event.preventDefault();
  }
}

function put(field, value) {
  if (!field) {
    return;
  }
  if (field.tagName === "SELECT") {
    const wanted = value.toLocaleLowerCase();
    const option = [...field.options].find((each) => each.value === value || each.text.toLocaleLowerCase() === wanted);
    if (!option) {
      return;
    }
    field.value = option.value;
  } else if (field.type === "checkbox") {
    field.checked = /^(1|x|true|ja|yes|sant)$/i.test(value);
  } else {
    field.value = value;
  }
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
