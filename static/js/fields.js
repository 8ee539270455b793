/* Fields: amounts get their points, sliders say where they are, picks know how many they may be. */
(() => {
  "use strict";
  const group = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, document.documentElement.lang === "en" ? "," : ".");

  // Plain digits of an amount get their points, as the server would write them.
  document.addEventListener("change", ({ target }) => {
    if (!target.matches("[inputmode=decimal]") || !/^\s*(rp\.?)?\s*\d+\s*$/i.test(target.value)) return;
    target.value = target.value.replace(/\D/g, "").replace(/\B(?=(\d{3})+$)/g, ".");
  });

  // Only the echo of what is chosen; every figure that follows from it comes from the server.
  const UNITS = { rupiah: (text) => `Rp ${text}`, persen: (text) => `${text}%` };
  document.addEventListener("input", ({ target }) => {
    if (!target.matches("[data-slider]")) return;
    const output = document.querySelector(`output[for="${CSS.escape(target.id)}"]`);
    const [whole, part] = target.value.split(".");
    const text = group(whole) + (part ? (document.documentElement.lang === "en" ? "." : ",") + part : "");
    const { unit } = output.dataset;
    output.value = UNITS[unit] ? UNITS[unit](text) : `${text} ${unit}`.trim();
  });

  // Rows to compare: <form data-pick="2-4"> with boxes and one button.
  const count = (form) => {
    const [least, most] = form.dataset.pick.split("-").map(Number);
    const boxes = [...form.elements].filter((element) => element.type === "checkbox");
    const chosen = boxes.filter((box) => box.checked).length;
    boxes.forEach((box) => { box.disabled = !box.checked && chosen >= most; });
    form.querySelectorAll("[data-picked]").forEach((button) => { button.disabled = chosen < least; });
    const count = form.querySelector("[data-pick-count]");
    if (count) count.textContent = chosen || "";
  };
  const countAll = () => document.querySelectorAll("form[data-pick]").forEach(count);
  document.addEventListener("change", ({ target }) => { if (target.form?.dataset.pick) count(target.form); });
  document.addEventListener("htmx:afterSettle", countAll);
  countAll();
})();
