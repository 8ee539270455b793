/* The command palette: pages of the navigation that match, then what the server finds. */
(() => {
  "use strict";
  const palette = document.getElementById("palette");
  if (!palette) return;
  const [text, pages, found] = ["palette-text", "palette-pages", "palette-found"].map((id) => document.getElementById(id));

  const show = () => {
    const wanted = text.value.trim().toLowerCase();
    const matching = [...document.querySelectorAll("#navigation .nav a")].filter(
      (link) => link.title.toLowerCase().includes(wanted),
    );
    pages.replaceChildren(...matching.map((link) => {
      const [item, way] = ["li", "a"].map((name) => document.createElement(name));
      way.href = link.href;
      way.append(link.querySelector("svg").cloneNode(true), link.title);
      item.append(way);
      return item;
    }));
    if (!wanted) found.replaceChildren();
  };
  palette.addEventListener("opened", () => { text.value = ""; show(); });
  text.addEventListener("input", show);

  // Down from the text into the list, and around.
  palette.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const places = [text, ...palette.querySelectorAll(".found a")];
    const next = (places.indexOf(document.activeElement) + by + places.length) % places.length;
    places[next].focus();
  });
  // Enter opens the first that is shown; without one, a bank's whole search.
  palette.querySelector("form").addEventListener("submit", (event) => {
    const first = palette.querySelector(".found a");
    if (!first && event.target.hasAttribute("action")) return;
    event.preventDefault();
    first?.click();
  });
})();
