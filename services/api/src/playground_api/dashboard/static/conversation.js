// The page of a conversation: sending, following the newest words, copying, the title's status.
const talk = document.querySelector(".talk");
const text = document.querySelector("#text");
const notice = document.querySelector("#notice");
const NEAR_END_PX = 160;

function say(words) {
  notice.textContent = words;
  notice.hidden = !words;
}

function fit() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
}

if (text) {
  document.querySelector("#text-help").hidden = false;
  text.addEventListener("input", fit);
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (text.value.trim()) text.form.requestSubmit();
  });
  fit();
}

document.body.addEventListener("htmx:beforeRequest", () => say(""));
document.body.addEventListener("htmx:sendError", () => say("The playground cannot be reached just now. Nothing was sent; try again."));
document.body.addEventListener("htmx:responseError", (event) => {
  let words = "";
  try {
    words = JSON.parse(event.detail.xhr.responseText).detail;
  } catch {
    words = "That did not work. Try again.";
  }
  say(words);
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && event.target.matches(".saying")) {
    event.target.reset();
    fit();
    stick = true;
  }
});

// Whoever reads at the end stays there while it grows; whoever scrolled up is left alone.
let stick = true;
const atEnd = () => window.innerHeight + window.scrollY >= end() - NEAR_END_PX;
const end = () => talk.getBoundingClientRect().bottom + window.scrollY;
window.addEventListener("scroll", () => { stick = atEnd(); }, { passive: true });
const follow = () => { if (stick) window.scrollTo({ top: end() - window.innerHeight + 16, behavior: "instant" }); };

// What was unfolded or is being typed into stays so when its part of the page is renewed.
document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  for (const old of target.querySelectorAll("details[open]")) {
    const key = old.id ? `#${CSS.escape(old.id)}` : `.${[...old.classList].join(".")}`;
    const fresh = key.length > 1 && fragment.querySelector(key);
    if (fresh) fresh.open = true;
  }
  if (target.id === "about" && target.querySelector(".rename input:focus")) event.detail.shouldSwap = false;
});
document.body.addEventListener("htmx:oobAfterSwap", () => {
  const about = document.querySelector("#about");
  document.title = about.dataset.title;
  if (text) text.disabled = about.dataset.takesWords === "false";
  follow();
});

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

if (!location.hash) follow();
