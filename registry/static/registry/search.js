// "/" leads to the search box, from anywhere but a field in which it is a letter. On a phone it is in the menu.
"use strict";

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) {
    return;
  }
  const box = document.getElementById("search-words");
  event.preventDefault();
  document.querySelector(".menu-toggle")?.setAttribute("open", "");
  box.focus();
  box.select();
});
