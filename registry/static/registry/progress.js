// A form that says how far its work is: it is sent as always, and the lines that come back are shown. Without this
// script, and where the answer is a page after all, the form is sent and the browser waits.
"use strict";

for (const form of document.querySelectorAll("form[data-progress]")) {
  form.addEventListener("submit", (event) => {
    if (form.querySelector("option[data-at-once]:checked")) {
      return;
    }
    event.preventDefault();
    follow(form, event.submitter);
  });
}

async function follow(form, submitter) {
  const place = document.getElementById(form.dataset.progress);
  const bar = place.querySelector("progress");
  const words = place.querySelector("[role=status]");
  const data = new FormData(form, submitter);
  form.hidden = true;
  place.hidden = false;
  place.scrollIntoView();
  let outcome = { done: false, text: form.dataset.lost, address: location.href };
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: data,
      headers: { Accept: "application/x-ndjson" },
    });
    if (!response.ok || !response.headers.get("Content-Type").startsWith("application/x-ndjson")) {
      sendAsPage(form, submitter);
      return;
    }
    for await (const said of lines(response.body)) {
      if (said.outcome) {
        outcome = said.outcome;
      } else {
        show(said, bar, words);
      }
    }
  } catch {
    // The connection broke: what the page says then is in the outcome already.
  }
  if (outcome.done && form.dataset.goOn !== undefined) {
    // For whoever comes back to this page.
    form.hidden = false;
    place.hidden = true;
    location.assign(outcome.address);
  } else {
    finish(outcome, place, bar, words);
    form.hidden = !outcome.file;
  }
}

// form.submit() knows no button, whose value may say what to do.
function sendAsPage(form, submitter) {
  if (submitter?.name) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: submitter.name, value: submitter.value });
    form.append(field);
  }
  form.submit();
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const whole = (rest + part.value).split("\n");
    rest = whole.pop();
    yield* whole.map((line) => JSON.parse(line));
  }
}

function show({ step, done, total }, bar, words) {
  if (total) {
    bar.max = total;
    bar.value = done;
  } else {
    bar.removeAttribute("value");
  }
  const counts = [done, total].filter(Boolean).map((number) => number.toLocaleString(document.documentElement.lang));
  const text = counts.length ? `${step}: ${counts.join(" / ")}` : step;
  // A screen reader is told of each step once.
  if (words.dataset.step !== step) {
    words.dataset.step = step;
    words.textContent = step;
  }
  bar.nextElementSibling.textContent = text;
}

function save({ name, type, content }, place) {
  const bytes = Uint8Array.from(atob(content), (sign) => sign.codePointAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type }));
  link.download = name;
  place.append(link);
  link.click();
  link.remove();
}

function finish({ done, text, address, undo, file }, place, bar, words) {
  if (file) {
    save(file, place);
  }
  bar.hidden = true;
  bar.nextElementSibling.textContent = "";
  words.textContent = text;
  words.className = done ? "success" : "errornote";
  const link = place.querySelector("a");
  link.href = address;
  link.hidden = Boolean(file);
  link.focus();
  if (undo) {
    const undoing = place.querySelector("a[data-undo]");
    undoing.href = undo;
    undoing.hidden = false;
  }
}
