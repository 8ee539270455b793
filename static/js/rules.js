// The form of a rule: says when the simulation is older than the form, and opens what belongs to a choice.

const FREE = "-";

function follow(form, section) {
  const failed = section.querySelector(".kr-failed");
  const panel = section.querySelector("#simulation");
  const factor = form.elements.factor;
  const free = document.getElementById("free-factor");

  const open = () => { free.hidden = factor.value !== FREE; };
  const outdated = () => { section.classList.add("is-stale"); panel.setAttribute("aria-busy", "true"); };
  const fresh = () => { section.classList.remove("is-stale"); panel.removeAttribute("aria-busy"); };
  const answered = (event) => { if (event.detail.target === panel) { failed.hidden = true; fresh(); } };
  const away = () => { failed.hidden = false; fresh(); };

  factor.addEventListener("change", open);
  form.addEventListener("input", outdated);
  section.addEventListener("htmx:afterSwap", answered);
  ["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach((name) => section.addEventListener(name, away));
  open();
}

const form = document.getElementById("rule-form");
const section = document.getElementById("simulasi");
document.querySelectorAll(".kr-without-script").forEach((element) => { element.hidden = true; });
if (form && section) follow(form, section);
