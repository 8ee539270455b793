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
  const [side, shade, opener] = ["drawer", "drawer-shade", "drawer-open"].map((name) => find(`[data-${name}]`));
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
    const says = dialog.querySelector("[data-says]");
    if (says) says.textContent = `Rp ${form.elements[says.dataset.says].value.replace(/^\s*rp\.?\s*/i, "")}`;
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

  const copy = async (button) => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.done;
  };

  // Plain digits of an amount get their points, as the server would write them.
  document.addEventListener("change", ({ target }) => {
    if (!target.matches("[inputmode=decimal]") || !/^\s*(rp\.?)?\s*\d+\s*$/i.test(target.value)) return;
    target.value = target.value.replace(/\D/g, "").replace(/\B(?=(\d{3})+$)/g, ".");
  });

  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    if (hit("[data-drawer-open]")) { event.preventDefault(); showDrawer(true); }
    if (hit("[data-drawer-close], [data-drawer-shade]")) { event.preventDefault(); showDrawer(false); }
    if (hit("[data-reveal]")) reveal(hit("[data-reveal]"));
    if (hit("[data-copy]")) copy(hit("[data-copy]"));
    if (hit("[data-print]")) print();
    if (hit("[data-dismiss]")) hit(".notice").remove();
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  // Single keys, outside of fields: <a {% shortcut "n" %}>.
  const pressKey = (event) => {
    const hit = find(`[data-key="${CSS.escape(event.key)}"]`);
    const isTyping = event.target.closest("input, select, textarea") || find("dialog[open]");
    if (!hit || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    hit.matches("input") ? hit.focus() : hit.click();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return pressKey(event);
    if (side?.classList.contains("is-open")) showDrawer(false);
    const menu = find("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // Good news leaves by itself; anything else stays until it is read.
  document.querySelectorAll(".toasts .success").forEach((toast) => {
    setTimeout(() => toast.remove(), 8000);
  });
})();
