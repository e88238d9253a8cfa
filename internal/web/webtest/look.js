// Looks at the page it runs in and returns what is wrong, in words.
(function () {
  "use strict";
  var faults = [];
  var root = document.documentElement;
  document.getAnimations().forEach(function (a) { a.finish(); });

  if (root.scrollWidth > root.clientWidth) {
    var wide = Array.from(document.querySelectorAll("body *")).filter(function (e) {
      if (e.closest(".hidden-visually, svg, .table-wrap, .nav, .tabs")) return false;
      var box = e.getBoundingClientRect();
      return box.width > 0 && (box.right > root.clientWidth + 1 || box.left < -1);
    }).slice(0, 3).map(function (e) { return e.tagName.toLowerCase() + "." + e.className; });
    faults.push("the page is " + root.scrollWidth + " px wide in " + root.clientWidth + ": " + wide.join(", "));
  }

  // Who does not know that a bar can be pushed aside does not find what it hides.
  document.querySelectorAll(".nav a").forEach(function (e) {
    var box = e.getBoundingClientRect();
    if (e.checkVisibility() && (box.right > root.clientWidth || box.left < 0)) faults.push("the bar cuts off " + e.textContent.trim());
  });

  var entries = Array.from(document.querySelectorAll("header a, header button")).filter(function (e) { return e.checkVisibility(); });
  entries.forEach(function (a, i) {
    entries.slice(i + 1).forEach(function (b) {
      var x = a.getBoundingClientRect(), y = b.getBoundingClientRect();
      if (x.left < y.right - 1 && y.left < x.right - 1 && x.top < y.bottom - 1 && y.top < x.bottom - 1) {
        faults.push("in the bar stand on each other: " + a.textContent.trim() + " and " + b.textContent.trim());
      }
    });
  });

  document.querySelectorAll("body *").forEach(function (e) {
    if (e.closest(".hidden-visually, svg, .table-wrap, .nav, .tabs, .account, details:not([open]), input, select, textarea")) return;
    if (getComputedStyle(e).display === "inline" || e.clientWidth < 2) return;
    if (e.scrollWidth > e.clientWidth + 1) {
      faults.push("words run out of " + e.tagName.toLowerCase() + "." + e.className + ": " + e.textContent.trim().slice(0, 40));
    }
  });

  document.querySelectorAll("svg.wide, svg.narrow").forEach(function (e) {
    if (!e.checkVisibility()) return;
    e.querySelectorAll("g").forEach(function (g) {
      var words = Array.from(g.querySelectorAll("text")).map(function (w) { return w.getBoundingClientRect(); });
      if (words.length === 2 && words[0].top === words[1].top && words[0].right > words[1].left && words[0].left < words[1].right) {
        faults.push("words stand on each other in a drawing: " + g.textContent.slice(0, 60));
      }
    });
  });

  var ids = {};
  document.querySelectorAll("[id]").forEach(function (e) {
    if (ids[e.id]) faults.push("the id " + e.id + " stands twice");
    ids[e.id] = true;
  });

  if (!document.title.trim()) faults.push("the page has no title");
  if (!root.lang) faults.push("the page does not say its language");
  if (document.querySelectorAll("h1").length !== 1) faults.push("the page has " + document.querySelectorAll("h1").length + " first headings");
  if (document.querySelectorAll("main").length !== 1) faults.push("the page has no single main part");

  var level = 0;
  document.querySelectorAll("h1, h2, h3, h4").forEach(function (h) {
    var n = Number(h.tagName[1]);
    if (n > level + 1) faults.push("heading " + JSON.stringify(h.textContent.trim().slice(0, 40)) + " skips a level");
    level = n;
  });

  function named(e) {
    var by = e.getAttribute("aria-labelledby");
    if (by) return by.split(/\s+/).every(function (id) { return document.getElementById(id); });
    return Boolean((e.getAttribute("aria-label") || e.textContent || e.title || e.alt || "").trim());
  }
  document.querySelectorAll("a[href], button, svg[role=img], [role=region], [role=group]:not(fieldset)").forEach(function (e) {
    if (!named(e)) faults.push(e.tagName.toLowerCase() + "." + (e.className.baseVal || e.className) + " has no name");
  });
  document.querySelectorAll("input:not([type=hidden]), select, textarea").forEach(function (e) {
    if (!(e.labels && e.labels.length) && !e.getAttribute("aria-label") && !e.getAttribute("aria-labelledby")) {
      faults.push("field " + e.name + " has no label");
    }
  });
  // What one person typed must not be offered to the next at the same computer.
  document.querySelectorAll("input, textarea").forEach(function (e) {
    if (/^(hidden|checkbox|radio|submit|button|reset|file|range|color)$/.test(e.type)) return;
    var says = e.getAttribute("autocomplete") || e.form && e.form.getAttribute("autocomplete");
    if (!says) faults.push("field " + e.name + " does not say what the browser may keep (autocomplete)");
    if (e.type === "password" && !/^(current|new)-password$|^one-time-code$/.test(says || "")) {
      faults.push("password " + e.name + " does not say which it is (autocomplete)");
    }
    if (e.type === "password" && e.value) faults.push("password " + e.name + " came back with the page");
    if (e.form && e.form.method === "get" && !/^(date|month|week|number)$/.test(e.type)) {
      faults.push("the words of field " + e.name + " would go into the address");
    }
  });
  document.querySelectorAll("img:not([alt])").forEach(function () { faults.push("a picture has no words in its place"); });
  document.querySelectorAll("[style]").forEach(function (e) { faults.push(e.tagName.toLowerCase() + " is styled in place"); });

  performance.getEntriesByType("resource").forEach(function (r) {
    if (new URL(r.name).origin !== location.origin) faults.push("the page asked another origin: " + r.name.slice(0, 60));
  });

  // Words that were cut out of a catalogue show as their key in brackets.
  var lost = document.body.innerText.match(/\[[a-z][a-z0-9-]*\.[a-z0-9.-]+\]/g);
  if (lost) faults.push("no message for " + lost.join(", "));

  return faults.concat(contrasts());

  // contrasts finds words whose colour is too close to what is behind them
  // (WCAG 2.2, 1.4.3: 4.5 to 1, or 3 to 1 for large words).
  function contrasts() {
    var bad = {};
    var walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      var node = walker.currentNode, e = node.parentElement;
      if (!node.nodeValue.trim() || !e.checkVisibility || !e.checkVisibility() || e.closest(":disabled")) continue;
      var style = getComputedStyle(e);
      var ink = e.closest("svg") ? style.fill : style.color;
      var size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
      var ratio = contrast(parse(ink), behind(e));
      if (ratio < (large ? 3 : 4.5)) {
        bad[e.tagName.toLowerCase() + "." + (e.className.baseVal || e.className) + " " + ratio.toFixed(2)] = true;
      }
    }
    return Object.keys(bad).map(function (k) { return "too little contrast: " + k; });
  }
  function parse(colour) {
    var m = colour.match(/[\d.]+/g);
    return m ? m.map(Number) : [0, 0, 0, 0];
  }
  function behind(e) {
    for (; e; e = e.parentElement) {
      var c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  }
  function light(c) {
    var v = c.slice(0, 3).map(function (x) {
      x /= 255;
      return x <= 0.03928 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4);
    });
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2];
  }
  function contrast(a, b) {
    var x = light(a), y = light(b);
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
  }
})()
