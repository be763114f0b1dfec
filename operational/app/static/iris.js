/* Small enhancements; every page works without them. No inline handlers: the CSP forbids them. */
(function () {
  "use strict";
  var doc = document;
  var $ = function (selector, root) { return (root || doc).querySelector(selector); };
  var $$ = function (selector, root) { return Array.from((root || doc).querySelectorAll(selector)); };
  var search = $("#search-box");
  var palette = $("#search-results");
  var pendingG = 0;

  function typing(target) {
    return target.matches && target.matches("input:not([type=checkbox]):not([type=radio]),select,textarea");
  }
  function closePalette() { if (palette) { palette.replaceChildren(); search.setAttribute("aria-expanded", "false"); } }

  /* search palette: arrows choose, Enter opens, Ctrl+Enter opens a new tab, Esc closes */
  function moveInPalette(step) {
    var options = $$("a[role=option]", palette);
    if (!options.length) { return; }
    var at = options.findIndex(function (option) { return option.getAttribute("aria-selected") === "true"; });
    var next = (at + step + options.length) % options.length;
    options.forEach(function (option, index) { option.setAttribute("aria-selected", index === next ? "true" : "false"); });
    options[next].scrollIntoView({ block: "nearest" });
    search.setAttribute("aria-activedescendant", options[next].id);
  }
  if (search && palette) {
    search.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        moveInPalette(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Enter") {
        var chosen = $("a[aria-selected=true]", palette);
        if (chosen) {
          event.preventDefault();
          if (event.ctrlKey || event.metaKey) { window.open(chosen.href, "_blank", "noopener"); } else { window.location.assign(chosen.href); }
        }
      } else if (event.key === "Escape") { closePalette(); search.blur(); }
    });
    doc.addEventListener("htmx:afterSwap", function (event) {
      if (event.target === palette) { search.setAttribute("aria-expanded", palette.children.length ? "true" : "false"); }
    });
    doc.addEventListener("click", function (event) { if (!event.target.closest(".gs")) { closePalette(); } });
  }

  /* rows of the first table that asks for it: J/K move, Enter opens, X ticks */
  function moveRow(step) {
    var rows = $$("table[data-keys] tbody tr");
    if (!rows.length) { return; }
    var at = rows.findIndex(function (row) { return row.classList.contains("at"); });
    var next = Math.min(Math.max(at + step, 0), rows.length - 1);
    rows.forEach(function (row, index) { row.classList.toggle("at", index === next); });
    rows[next].scrollIntoView({ block: "nearest" });
  }
  function go(key) {
    var link = $('.sd a[data-go="' + key + '"]');
    if (link) { window.location.assign(link.href); }
  }
  doc.addEventListener("keydown", function (event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && search) { event.preventDefault(); search.focus(); search.select(); return; }
    if (event.key === "Escape") { $$("details.menu[open]").forEach(function (menu) { menu.open = false; $("summary", menu).focus(); }); }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) { return; }
    if (pendingG && Date.now() - pendingG < 1200) { pendingG = 0; go(event.key); return; }
    if (event.key === "/" && search) { event.preventDefault(); search.focus(); search.select(); }
    else if (event.key === "g") { pendingG = Date.now(); }
    else if (event.key === "j") { moveRow(1); }
    else if (event.key === "k") { moveRow(-1); }
    else if (event.key === "x") { var box = $("tr.at input[type=checkbox],tr.at input[type=radio]"); if (box) { box.click(); } }
    else if (event.key === "s" && $("tr.at a[data-split]")) { $("tr.at a[data-split]").click(); }
    else if (event.key === "u" && $("[data-undo]")) { $("[data-undo]").click(); }
    else if (event.key === "Enter" && event.target === doc.body && $("tr.at button[data-accept]")) { $("tr.at button[data-accept]").click(); }
    else if (event.key === "Enter") { var link = $("tr.at a.key"); if (link && event.target === doc.body) { link.click(); } }
    else if (event.key === "n" && $("a[data-contact]")) { event.preventDefault(); $("a[data-contact]").click(); }
    else if (event.key === "e") { var edit = $("a[data-edit]"); if (edit) { edit.click(); } }
    else if (event.key === "?" && $("#keys-help")) { $("#keys-help").showModal(); }
  });

  doc.addEventListener("click", function (event) {
    var copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(function () {
        copy.classList.add("done");
        var live = $("#live");
        if (live) { live.textContent = copy.dataset.copied || ""; }
      });
    }
    var opener = event.target.closest("[data-dialog]");
    if (opener) { var dialog = doc.getElementById(opener.dataset.dialog); if (dialog) { dialog.showModal(); } }
    if (event.target.closest("[data-close]")) { event.target.closest("dialog").close(); }
    if (event.target.closest("[data-burger]")) { $(".sd").classList.toggle("open"); }
    else if (!event.target.closest(".sd") && $(".sd.open")) { $(".sd").classList.remove("open"); }
    var reveal = event.target.closest("[data-reveal]");
    if (reveal) {
      var field = doc.getElementById(reveal.dataset.reveal);
      var shown = field.type === "text";
      field.type = shown ? "password" : "text";
      reveal.setAttribute("aria-pressed", shown ? "false" : "true");
    }
    $$("details.menu[open]").forEach(function (menu) { if (!menu.contains(event.target)) { menu.open = false; } });
  });

  /* a form is sent once; a form with data-confirm asks first; data-autosubmit sends on change */
  doc.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) { event.preventDefault(); return; }
    if (form.method === "post") {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      window.setTimeout(function () { delete form.dataset.sent; }, 4000);
    }
  });
  doc.addEventListener("change", function (event) {
    if (event.target.matches("[data-tick-all]")) {
      $$("tbody input[type=checkbox]", event.target.closest("table")).forEach(function (box) { box.checked = event.target.checked; });
    }
    var form = event.target.closest("form[data-autosubmit]");
    if (form) { form.requestSubmit(); }
  });
  window.addEventListener("pageshow", function () { $$("form[data-sent]").forEach(function (form) { delete form.dataset.sent; }); });

  /* sections of the side bar stay as they were left; the server reads the cookie, so nothing jumps */
  $$(".sec").forEach(function (section) {
    section.addEventListener("toggle", function () {
      var open = $$(".sec[open]").map(function (one) { return one.dataset.section; });
      doc.cookie = "iris_open_sections=" + open.join(".") + ";path=/;max-age=31536000;samesite=lax";
    });
  });
  var here = $(".sd a[aria-current]");
  if (here) { here.scrollIntoView({ block: "nearest" }); }

  /* what scrolls sideways can be scrolled with the keyboard, too */
  function reach(box) {
    var isWide = box.scrollWidth > box.clientWidth;
    if (isWide && !box.hasAttribute("tabindex")) {
      var name = $("caption", box) || (box.closest("section,.box,details") && $("h2,h3,summary", box.closest("section,.box,details"))) || $("h1");
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", name ? name.textContent.trim() : doc.title);
    } else if (!isWide && box.getAttribute("role") === "region") {
      ["tabindex", "role", "aria-label"].forEach(function (attribute) { box.removeAttribute(attribute); });
    }
  }
  var reached = "ResizeObserver" in window && new ResizeObserver(function (seen) { seen.forEach(function (one) { reach(one.target); }); });
  if (reached) { $$(".scroll,.kanban,.difference,.seg").forEach(function (box) { reached.observe(box); }); }

  if ($("table[data-keys=first]")) { moveRow(0); }
  var wrong = $("[aria-invalid=true]");
  if (wrong) { wrong.focus(); }
})();
