/* The keyboard. Single keys are those of {% shortcut %}; whoever switched them off has none but Ctrl+K. */
(() => {
  "use strict";
  const find = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const SEQUENCE = 1500;
  let first = "";

  // Rows are places to go: the first link of each.
  const ROWS = "main .table tbody tr, main .board .card, main [data-rows] > *";
  const links = () => all(ROWS).map((row) => row.querySelector("a[href]")).filter(Boolean);
  const rowAt = () => document.activeElement?.closest(ROWS);
  const step = (by) => {
    const ways = links();
    const here = ways.findIndex((link) => rowAt()?.contains(link));
    const next = ways[here < 0 && by < 0 ? ways.length - 1 : here + by];
    next?.focus();
    next?.closest(ROWS).scrollIntoView({ block: "nearest" });
  };

  const back = () => (find('[data-key="u"]') ?? find(".page-head > p a, .page-head > div > p a"))?.click();
  const sheet = () => find('#keys:not([open])') && showSheet();
  const MOVES = {
    j: () => step(1),
    k: () => step(-1),
    o: () => rowAt()?.querySelector("a[href]").click(),
    x: () => rowAt()?.querySelector("input[type=checkbox]")?.click(),
    u: back,
    // Where the page has no search of its own, the palette's.
    "/": () => find("[data-palette]")?.click(),
    "?": sheet,
  };

  const keyed = (keys) => find(`[data-key="${CSS.escape(keys)}"]`);
  const press = (key) => {
    const keys = first ? `${first} ${key}` : key;
    first = "";
    const hit = keyed(keys);
    if (hit) return hit.matches("input, select, textarea") ? hit.focus() : hit.click(), true;
    if (find(`[data-key^="${CSS.escape(key)} "]`)) {
      first = key;
      setTimeout(() => { first = ""; }, SEQUENCE);
      return true;
    }
    return Boolean(MOVES[key]) && (MOVES[key](), true);
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return find("[data-palette]")?.click();
    }
    const isTyping = event.target.closest("input:not([type=checkbox], [type=radio], [type=button]), select, textarea");
    // Out of the search field, to its results.
    if (isTyping && event.key === "Escape" && !find("dialog[open]")) return event.target.blur();
    if (isTyping || find("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!("singleKeys" in document.body.dataset) || event.key.length > 1) return;
    if (press(event.key)) event.preventDefault();
  });

  // The sheet of keys names those of the page, too.
  function showSheet() {
    const list = find("[data-keys-of-page]");
    list.replaceChildren(...all("[data-key]").map((element) => {
      const [row, keys, what] = ["div", "dt", "dd"].map((name) => document.createElement(name));
      element.dataset.key.split(" ").forEach((key) => {
        keys.append(Object.assign(document.createElement("kbd"), { textContent: key }), " ");
      });
      const label = element.labels?.[0]?.textContent ?? element.getAttribute("aria-label") ?? element.title;
      what.textContent = (label || element.textContent).trim();
      row.append(keys, what);
      return row;
    }));
    find("#keys").showModal();
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest('[data-dialog="keys"]')) { find("#keys").close(); showSheet(); }
  });
})();
