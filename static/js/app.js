/* What pages need beyond HTML; every page reads and posts without it. */
(() => {
  "use strict";
  const root = document.documentElement;

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

  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    if (hit("[data-reveal]")) reveal(hit("[data-reveal]"));
    if (hit("[data-copy]")) copy(hit("[data-copy]"));
    if (hit("[data-print]")) print();
    if (hit("[data-dismiss]")) hit(".notice").remove();
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // What asks again by itself rests while nobody looks.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.target.matches("[data-rests]")) event.preventDefault();
  });

  // Good news leaves by itself; anything else stays until it is read.
  document.querySelectorAll(".toasts .success").forEach((toast) => {
    setTimeout(() => toast.remove(), 8000);
  });

  const sayWhetherOnline = () => {
    document.querySelectorAll("[data-offline]").forEach((banner) => { banner.hidden = navigator.onLine; });
  };
  addEventListener("online", sayWhetherOnline);
  addEventListener("offline", sayWhetherOnline);
})();
