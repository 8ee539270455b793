/* What pages need beyond HTML; every page reads and posts without it. */
(() => {
  "use strict";
  const root = document.documentElement;
  const find = (selector) => document.querySelector(selector);

  // Theme: shown at once, saved by the form it stands in.
  document.addEventListener("submit", (event) => {
    const chosen = event.submitter;
    if (!event.target.matches("[data-theme-form]") || !chosen) return;
    event.preventDefault();
    const body = new FormData(event.target, chosen);
    root.dataset.theme = chosen.value;
    document.querySelectorAll("[data-theme-form] button").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.value === chosen.value));
    });
    fetch(event.target.action, { method: "POST", body, redirect: "manual" });
  });

  // The navigation drawer of narrow screens.
  const side = find("[data-drawer]");
  const shade = find("[data-drawer-shade]");
  const opener = find("[data-drawer-open]");
  const showDrawer = (open) => {
    side.classList.toggle("is-open", open);
    shade.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    (open ? side.querySelector("a, button") : opener).focus();
  };

  // A form that asks first: <form data-confirm="dialog-id">.
  const askFirst = (form) => {
    const dialog = document.getElementById(form.dataset.confirm);
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.confirmed = "yes";
      form.requestSubmit();
    }, { once: true });
    dialog.showModal();
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    askFirst(form);
  });

  const reveal = (button) => {
    const input = document.getElementById(button.getAttribute("aria-controls"));
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };

  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    if (hit("[data-drawer-open]")) { event.preventDefault(); showDrawer(true); }
    if (hit("[data-drawer-close], [data-drawer-shade]")) { event.preventDefault(); showDrawer(false); }
    if (hit("[data-reveal]")) reveal(hit("[data-reveal]"));
    if (hit("[data-dismiss]")) hit(".notice").remove();
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (side?.classList.contains("is-open")) showDrawer(false);
    const menu = find("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // Good news leaves by itself; anything else stays until it is read.
  document.querySelectorAll(".toasts .success").forEach((toast) => {
    setTimeout(() => toast.remove(), 8000);
  });
})();
