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

// A form that holds what somebody typed asks before the page is left: one of
// data-keep from the first key on, one of data-keep="typed" at once.
(function () {
  var typed = false;
  function look() { typed = !!document.querySelector("form[data-keep='typed']"); }
  look();
  document.addEventListener("input", function (event) {
    var form = event.target.form;
    if (form && form.hasAttribute("data-keep")) typed = true;
  });
  document.addEventListener("submit", function () { typed = false; });
  document.addEventListener("htmx:afterSettle", function () { if (!typed) look(); });
  window.addEventListener("beforeunload", function (event) { if (typed) event.preventDefault(); });
})();
