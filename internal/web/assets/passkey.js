// Passkeys. A form with data-passkey asks the browser for a key before it is
// sent: data-options are the options of the interface as JSON, data-passkey is
// "create" or "get". What browsers without passkeys need is on the page already.
"use strict";

(function () {
  function bytes(text) {
    var s = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(s, function (c) { return c.charCodeAt(0); });
  }
  function text(buffer) {
    var s = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(s).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  // ask turns the options' texts into bytes, asks, and turns the answer back.
  function ask(kind, options) {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    (options.excludeCredentials || options.allowCredentials || []).forEach(function (c) { c.id = bytes(c.id); });
    return navigator.credentials[kind]({ publicKey: options }).then(function (key) {
      var answer = { id: key.id, rawId: text(key.rawId), type: key.type, response: {}, clientExtensionResults: key.getClientExtensionResults() };
      if (key.authenticatorAttachment) answer.authenticatorAttachment = key.authenticatorAttachment;
      ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (part) {
        if (key.response[part]) answer.response[part] = text(key.response[part]);
      });
      if (key.response.getTransports) answer.response.transports = key.response.getTransports();
      return JSON.stringify(answer);
    });
  }

  function works() { return window.PublicKeyCredential && navigator.credentials; }

  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    if (!works()) return;
    form.hidden = false;
    document.querySelectorAll("[data-without-passkeys]").forEach(function (e) { e.hidden = true; });
    form.addEventListener("submit", function (event) {
      var field = form.elements.credential;
      if (field.value) return;
      event.preventDefault();
      var failed = form.querySelector("[data-passkey-failed]");
      failed.hidden = true;
      ask(form.dataset.passkey, JSON.parse(form.dataset.options)).then(function (answer) {
        field.value = answer;
        form.submit();
      }, function () {
        delete form.dataset.sent;
        failed.hidden = false;
      });
    });
  });
})();
