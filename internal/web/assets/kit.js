// What htmx does not do. Every page works without this file.
"use strict";

// A form sent twice by an impatient finger is sent once.
document.addEventListener("submit", function (event) {
  var form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
});

// A page that comes back from the browser's memory may send its forms again.
window.addEventListener("pageshow", function () {
  document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
});

// A choice that filters a page is sent as soon as it is made.
document.addEventListener("change", function (event) {
  var form = event.target.form;
  if (form && form.hasAttribute("data-send-on-change")) form.requestSubmit();
});

document.addEventListener("click", function (event) {
  if (event.target.closest("[data-print]")) window.print();
});

// After htmx put a form back, the first field at fault gets the focus.
document.addEventListener("htmx:afterSwap", function () {
  var field = document.querySelector("[aria-invalid='true']");
  if (field) field.focus();
});

// A form with data-keep that somebody typed into asks before the page is left.
// The server sends data-keep="typed" with a form that came back.
document.addEventListener("input", function (event) {
  var form = event.target.form;
  if (form && form.hasAttribute("data-keep")) form.dataset.keep = "typed";
});
document.addEventListener("submit", function (event) {
  if (event.target.hasAttribute("data-keep")) event.target.dataset.keep = "";
});
window.addEventListener("beforeunload", function (event) {
  if (document.querySelector("form[data-keep='typed']")) event.preventDefault();
});

// The content policy lets words become markup only through a policy of this
// name, which htmx needs for what the server sends; no words become a script.
if (window.trustedTypes) {
  window.trustedTypes.createPolicy("default", { createHTML: function (markup) { return markup; } });
}

// An unattended page hides what it shows; the server has locked by then and asks
// who is back. What was typed goes there with the form, which is kept.
(function () {
  var after = Number(document.body.dataset.shutAfter), last = Date.now();
  if (!after) return;
  ["pointerdown", "keydown", "scroll", "touchstart"].forEach(function (name) {
    document.addEventListener(name, function () { last = Date.now(); }, { passive: true, capture: true });
  });
  setInterval(function () {
    var shut = document.getElementById("shut");
    if (Date.now() - last < after || !shut.hidden) return;
    document.body.classList.add("is-shut");
    shut.hidden = false;
    shut.querySelector("a").focus();
  }, Math.min(5000, after));
  document.getElementById("shut").querySelector("a").addEventListener("click", function (event) {
    var form = document.querySelector("form[data-keep='typed']");
    if (!form) return;
    event.preventDefault();
    form.dataset.keep = "";
    form.requestSubmit();
  });
})();
