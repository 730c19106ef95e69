// Forms that people finish: the verdict follows what is typed, nothing typed is lost unasked, Ctrl+S or ⌘S saves.
// Without this script a form is saved as always, and the verdict is that of the saved entry.
"use strict";

for (const form of document.querySelectorAll("#content-main form[method=post]")) {
  const submit = form.querySelector("input[name=_continue], input[name=_save]");
  if (submit) {
    guard(form);
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
        event.preventDefault();
        form.requestSubmit(submit);
      }
    });
    showVerdict(form);
    showWhereChanged(form);
    showSame(form);
    showVerdictsOfNew(form);
  }
}

function guard(form) {
  // What was refused has been typed and is not saved.
  const before = document.querySelector(".errornote") ? "" : said(form);
  let leaving = false;
  form.addEventListener("submit", () => {
    leaving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && said(form) !== before) {
      event.preventDefault();
    }
  });
}

function said(form) {
  return new URLSearchParams(new FormData(form)).toString();
}

function showWhereChanged(form) {
  // A question about a field stands there only where the field differs from what is saved.
  for (const question of form.querySelectorAll("[data-before]")) {
    const field = form.elements[question.dataset.of];
    const row = question.closest(".form-row");
    const look = () => {
      row.hidden = field.value.trim() === question.dataset.before;
    };
    field?.addEventListener("input", look);
    if (field) {
      look();
    }
  }
}

function showSame(form) {
  // While a new vendor is typed, those that it may be stand below its name.
  const name = form.querySelector("[data-same]");
  if (!name) {
    return;
  }
  const fields = ["name", "registration_number", "website"].map((each) => form.elements[each]).filter(Boolean);
  const place = document.createElement("div");
  place.className = "same-vendors";
  place.setAttribute("aria-live", "polite");
  name.closest(".form-row").append(place);
  let waiting;
  for (const field of fields) {
    field.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(ask, 400);
    });
  }
  async function ask() {
    const query = new URLSearchParams(fields.map((field) => [field.name, field.value])).toString();
    const response = await fetch(`${name.dataset.same}?${query}`);
    const now = new URLSearchParams(fields.map((field) => [field.name, field.value])).toString();
    if (response.ok && !response.redirected && now === query) {
      place.innerHTML = await response.text();
      // What has been shown is not asked again when the form is saved.
      const keys = [...place.querySelectorAll("[data-key]")].map((each) => each.dataset.key);
      form.elements.same_shown.value = keys.join(" ");
    }
  }
}

function showVerdictsOfNew(form) {
  // Each new activity of a new vendor shows the verdict on it, with the transfer beside it, as it is typed.
  if (!form.querySelector("[data-verdict-of]")) {
    return;
  }
  const last = new Map();
  let waiting;
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => form.querySelectorAll("[data-verdict-of]").forEach(ask), 400);
  };
  for (const happens of ["input", "change", "click", "keyup"]) {
    document.addEventListener(happens, later);
  }
  async function ask(country) {
    const prefix = country.name.slice(0, -"country".length);
    const place = country.closest(".inline-related").querySelector(".field-verdict .readonly");
    if (prefix.includes("__prefix__") || !place) {
      return;
    }
    const typed = new URLSearchParams({ country: country.value, verdict_only: "1", "transfers-TOTAL_FORMS": "1" });
    for (const name of ["mechanism", "country", "signed_on", "assessed_on", "recipient_qualifies"]) {
      typed.set(`transfers-0-${name}`, form.elements[`${prefix}transfer_${name}`]?.value ?? "");
    }
    const now = typed.toString();
    if (last.get(prefix) === now) {
      return;
    }
    last.set(prefix, now);
    typed.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    const response = await fetch(country.dataset.verdictOf, { method: "POST", body: typed });
    if (response.ok && !response.redirected && last.get(prefix) === now) {
      place.innerHTML = await response.text();
    }
  }
}

function showVerdict(form) {
  const place = document.querySelector("[data-verdict]");
  if (!place) {
    return;
  }
  const saved = document.getElementById("saved-findings");
  const first = place.innerHTML;
  const before = said(form);
  let waiting;
  let asked = before;
  // Autocomplete fields tell only jQuery of a change, so what is said is looked at after each touch.
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 400);
  };
  for (const happens of ["input", "change", "click", "keyup"]) {
    document.addEventListener(happens, later);
  }
  async function ask() {
    const now = said(form);
    if (now === asked) {
      return;
    }
    asked = now;
    if (now === before) {
      show(first);
      return;
    }
    const response = await fetch(place.dataset.verdict, { method: "POST", body: new FormData(form) });
    if (response.ok && !response.redirected && said(form) === now) {
      show(await response.text());
    }
  }
  function show(html) {
    place.innerHTML = html;
    if (saved) {
      saved.hidden = html !== first;
    }
  }
}

// The mechanisms of a transfer are offered for the country that the form says, each with what it is for.
{
  const $ = window.django?.jQuery;
  if ($?.fn.select2) {
    $(() => offerMechanisms(document));
    document.addEventListener("formset:added", (event) => offerMechanisms(event.target));
  }

  function offerMechanisms(within) {
    for (const element of within.querySelectorAll("select[data-countries]:not([name*=__prefix__])")) {
      $(element).select2({ ajax: { data: (params) => question(element, params) }, templateResult: shown });
    }
  }

  function question(element, params) {
    const { appLabel, modelName, fieldName, countries, activity } = element.dataset;
    const prefix = element.name.slice(0, element.name.lastIndexOf("-") + 1);
    const value = (name) => element.form.elements[name.startsWith("/") ? name.slice(1) : prefix + name]?.value ?? "";
    const day = new URLSearchParams(location.search).get("law");
    return {
      term: params.term,
      page: params.page,
      app_label: appLabel,
      model_name: modelName,
      field_name: fieldName,
      country: countries.split(" ").map(value).find(Boolean) ?? "",
      ...(activity && { activity: value(activity) }),
      ...(day && { law: day }),
    };
  }

  function shown(mechanism) {
    if (!mechanism.purpose) {
      return mechanism.text;
    }
    const both = document.createElement("span");
    const purpose = document.createElement("span");
    purpose.className = "purpose";
    purpose.textContent = mechanism.purpose;
    both.append(mechanism.text, purpose);
    return both;
  }
}
