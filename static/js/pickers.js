// A field that is searched in is read out by its label: the widget itself names only what was chosen.

function name(select) {
  const label = document.querySelector(`label[for="${select.id}"]`);
  const picker = select.nextElementSibling;
  const chosen = picker && picker.querySelector(".select2-selection__rendered");
  if (!label || !chosen) return;
  label.id = `${select.id}-label`;
  chosen.setAttribute("aria-labelledby", `${label.id} ${chosen.id}`);
  picker.querySelector(".select2-selection").setAttribute("aria-labelledby", chosen.getAttribute("aria-labelledby"));
}

window.addEventListener("load", () => { document.querySelectorAll("select.admin-autocomplete").forEach(name); });
