/* Dialogs: questions before a form is sent, forms behind a button, whatever htmx brings. */
(() => {
  "use strict";

  // A form that asks first: <form data-confirm="dialog-id">.
  const askFirst = (form, submitter) => {
    const dialog = document.getElementById(form.dataset.confirm);
    dialog.returnValue = "";
    const says = dialog.querySelector("[data-says]");
    if (says) says.textContent = `Rp ${form.elements[says.dataset.says].value.replace(/^\s*rp\.?\s*/i, "")}`;
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.confirmed = "yes";
      form.requestSubmit(submitter);
    }, { once: true });
    dialog.showModal();
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    // htmx listens, too; it asks again once the answer is yes.
    event.stopImmediatePropagation();
    askFirst(form, event.submitter);
  }, true);

  // A form behind a button: <button data-dialog="dialog-id">. One that was refused opens by itself.
  const open = (dialog) => {
    if (!dialog || dialog.open) return;
    document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; });
    dialog.showModal();
    dialog.dispatchEvent(new CustomEvent("opened"));
  };
  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    const opener = hit("[data-dialog]");
    if (opener) { event.preventDefault(); open(document.getElementById(opener.dataset.dialog)); }
    if (hit("[data-palette]")) { event.preventDefault(); open(document.getElementById("palette")); }
    if (hit("[data-dialog-close]")) hit("dialog").close();
    // Beside it: the backdrop belongs to the dialog itself.
    if (event.target.matches?.("dialog.palette, dialog.keys")) event.target.close();
  });
  const openRefused = () => open(document.querySelector("dialog[data-open]:not([open])"));
  openRefused();
  document.addEventListener("htmx:afterSettle", openRefused);

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    document.querySelector("dialog[open]")?.querySelector("form[method=post]")?.requestSubmit();
  });
})();
