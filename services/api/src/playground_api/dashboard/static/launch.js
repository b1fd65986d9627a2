// The form that launches: context checked as it is typed, models to choose from; and the wait for a
// page, which goes on by itself as soon as the launch is over.
function complaint(text) {
  if (!text.trim()) return "";
  try {
    const value = JSON.parse(text);
    const fits = value !== null && typeof value === "object" && !Array.isArray(value);
    return fits ? "" : "This must be an object: {...}";
  } catch (error) {
    return `No JSON yet: ${error.message}`;
  }
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-json]")) return;
  const said = complaint(target.value);
  target.setCustomValidity(said);
  target.toggleAttribute("aria-invalid", false);
  if (said) target.setAttribute("aria-invalid", "true");
  document.getElementById(target.getAttribute("aria-describedby")).textContent = said;
});

let models;
async function usableModels() {
  const answer = await fetch("/v1/models/status");
  if (!answer.ok) return [];
  return (await answer.json()).items.filter((one) => one.usable).map((one) => one.model);
}

async function offerModels(list) {
  models ??= usableModels().catch(() => []);
  for (const name of await models) {
    const option = document.createElement("option");
    option.value = name;
    list.append(option);
  }
}

function arrived(root) {
  for (const list of root.querySelectorAll("[data-models]:empty")) offerModels(list);
  const progress = root.querySelector("[data-title]");
  if (!progress) return;
  document.title = progress.dataset.title;
  if (progress.dataset.over) location.replace(progress.dataset.over);
}

document.addEventListener("htmx:load", ({ detail }) => arrived(detail.elt.parentElement ?? document));
arrived(document);
