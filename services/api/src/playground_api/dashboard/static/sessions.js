// The list of sessions: choosing several, and what stays as it is while rows are renewed.
const many = document.querySelector("#many");
const all = document.querySelector("#all");
const count = many.querySelector(".count");
const notice = document.querySelector("#notice");
const undo = document.querySelector("#undo-place");
const hint = count.textContent;
const picks = () => [...document.querySelectorAll("#session-rows .pick input")];

function tally() {
  const chosen = picks().filter((box) => box.checked).length;
  count.textContent = chosen ? `${chosen} chosen` : hint;
  document.querySelector("#stop-many").disabled = !chosen;
  all.hidden = false;
  all.checked = chosen > 0 && chosen === picks().length;
  all.indeterminate = chosen > 0 && !all.checked;
}

all.setAttribute("aria-label", "Choose all");
all.addEventListener("change", () => {
  for (const box of picks()) box.checked = all.checked;
  tally();
});
document.body.addEventListener("change", (event) => {
  if (event.target.matches(".pick input")) tally();
});
tally();

function say(words) {
  notice.textContent = words;
  notice.hidden = !words;
}
document.body.addEventListener("htmx:beforeRequest", () => say(""));
document.body.addEventListener("htmx:sendError", () => say("The playground cannot be reached just now. Try again."));
document.body.addEventListener("htmx:responseError", (event) => {
  try {
    say(JSON.parse(event.detail.xhr.responseText).detail);
  } catch {
    say("That did not work. Try again.");
  }
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  event.target.closest?.("details.menu")?.removeAttribute("open");
  if (event.target === many) {
    for (const box of picks()) box.checked = false;
    tally();
  }
});

// An offer to undo goes when its time is up.
new MutationObserver(() => {
  const offer = undo.querySelector("[data-for-s]");
  if (offer) setTimeout(() => offer.remove(), offer.dataset.forS * 1000);
}).observe(undo, { childList: true });

// A row that is renewed stays chosen, and its menu open with what is being typed in it.
document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.id === "session-rows" && fragment.querySelector("#session-rows")) return;
  const menu = target.querySelector?.("details.menu[open]");
  if (menu && target.matches("tr")) {
    const fresh = fragment.querySelector("details.menu");
    if (fresh) fresh.open = true;
    const typed = menu.querySelector(".rename input");
    const field = fragment.querySelector(".rename input");
    if (typed && field && document.activeElement === typed) {
      field.value = typed.value;
      queueMicrotask(() => setTimeout(() => field.focus()));
    }
  }
  const box = target.querySelector?.(".pick input");
  const fresh = fragment.querySelector?.(".pick input");
  if (box?.checked && fresh) fresh.checked = true;
});
document.body.addEventListener("htmx:oobAfterSwap", tally);
document.body.addEventListener("htmx:afterSettle", tally);
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
