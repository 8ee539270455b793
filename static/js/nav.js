/* The navigation: a drawer on narrow screens, folded to its symbols on wide ones; tabs show where one is. */
(() => {
  "use strict";
  const [side, shade, opener, fold] = ["drawer", "drawer-shade", "drawer-open", "nav-fold"].map(
    (name) => document.querySelector(`[data-${name}]`),
  );
  document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  if (!side) return;

  const showDrawer = (open) => {
    side.classList.toggle("is-open", open);
    shade.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    (open ? side.querySelector("a, button") : opener).focus();
  };
  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    if (hit("[data-drawer-open]")) { event.preventDefault(); showDrawer(true); }
    if (hit("[data-drawer-close], [data-drawer-shade]")) { event.preventDefault(); showDrawer(false); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && side.classList.contains("is-open")) showDrawer(false);
  });

  // The server draws the next page as this one was left.
  fold.addEventListener("click", () => {
    const small = document.querySelector(".shell").classList.toggle("small-nav");
    fold.setAttribute("aria-pressed", String(small));
    document.cookie = `nav=${small ? "small" : "wide"}; path=/; max-age=31536000; samesite=lax`;
  });
})();
