// What the server says at a field marks the field; a scenario is deleted and a form left on purpose only.
document.addEventListener("htmx:oobAfterSwap", (event) => {
  const said = event.target;
  if (!said.id?.startsWith("wrong-")) return;
  const field = document.getElementById(said.id.slice("wrong-".length));
  if (field && said.textContent) field.setAttribute("aria-invalid", "true");
  else field?.removeAttribute("aria-invalid");
});

for (const form of document.querySelectorAll("[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.dataset.confirm)) event.preventDefault();
  });
}

const editor = document.getElementById("editor");
let changed = Boolean(editor.querySelector("[role=alert]"));
editor.addEventListener("input", (event) => {
  changed = changed || event.target.name !== "question";
});
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) changed = false;
  });
}
window.addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});
