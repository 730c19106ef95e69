// Warns before the session ends, in each tab, with a button to stay. The focus stays where it is.
"use strict";

const SESSION = document.getElementById("session-end");
if (SESSION) {
  watchSession(SESSION);
}

function watchSession(place) {
  const WARN_SECONDS = 5 * 60;
  const words = place.querySelector("[role=status]");
  const form = place.querySelector("form");
  const tabs = new BroadcastChannel("register-session");
  let canStay = place.dataset.canStay === "yes";
  let endsAt = Date.now() + Number(place.dataset.seconds) * 1000;
  const warnFor = Math.min(WARN_SECONDS, Number(place.dataset.seconds) / 2) * 1000;

  tabs.addEventListener("message", ({ data }) => {
    // A later request in another tab has made the session longer; its clock is that of this tab.
    if (data.endsAt > endsAt) {
      ({ endsAt, canStay } = data);
      look();
    }
  });
  tabs.postMessage({ endsAt, canStay });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const response = await fetch(form.action, { method: "POST", body: new FormData(form) });
      const said = response.ok && !response.redirected ? await response.json() : { seconds: 0, canStay: false };
      endsAt = Date.now() + said.seconds * 1000;
      canStay = said.canStay;
      tabs.postMessage({ endsAt, canStay });
      if (said.seconds) {
        say(place.dataset.stayed);
      }
    } catch {
      // Without a connection the warning stays, and so does the button.
    }
    look();
  });
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);

  function look() {
    const left = endsAt - Date.now();
    place.hidden = left > warnFor;
    if (place.hidden) {
      return;
    }
    form.hidden = !canStay || left <= 0;
    if (left <= 0) {
      say(place.dataset.ended);
      return;
    }
    const minutes = Math.ceil(left / 60_000);
    const ends = minutes > 1 ? place.dataset.ends.replace("{minutes}", minutes) : place.dataset.endsSoon;
    say(canStay ? ends : `${ends} ${place.dataset.save}`);
  }

  function say(text) {
    // A screen reader is told of each text once.
    if (words.textContent !== text) {
      words.textContent = text;
    }
  }
}
