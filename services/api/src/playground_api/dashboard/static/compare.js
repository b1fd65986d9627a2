// The answers of a comparison as they come; without this script the page loads itself again.
function follow(section) {
  const source = new EventSource(section.dataset.live);
  const column = (number) => section.querySelector(`#column-${number}`);
  const status = section.querySelector("[role=status]");
  const on = (kind, act) => source.addEventListener(kind, (event) => {
    if (section.isConnected) act(JSON.parse(event.data));
    else source.close();
  });

  on("start", () => {
    for (const answer of section.querySelectorAll(".answer")) answer.textContent = "";
  });
  on("token", (told) => {
    const place = column(told.column);
    const answer = place.querySelector(".answer");
    const atEnd = answer.scrollHeight - answer.scrollTop - answer.clientHeight < 30;
    place.classList.replace("waiting", "answering");
    answer.append(told.text);
    if (atEnd) answer.scrollTop = answer.scrollHeight;
  });
  on("figures", (told) => {
    column(told.column).querySelector(".figures").outerHTML = told.html;
    status.textContent = told.status;
  });
  on("finished", (told) => {
    source.close();
    section.querySelector(".all").innerHTML = told.html;
    section.removeAttribute("aria-busy");
    status.textContent = told.status;
    document.title = document.title.replace(/^Answering · /, "");
  });
}

function followAll(place) {
  for (const section of place.querySelectorAll("[data-live]")) follow(section);
}

followAll(document);
document.addEventListener("htmx:afterSwap", (event) => followAll(event.detail.target));

// Of the places for whom to ask, those that are taken and one that is free.
const targets = [...document.querySelectorAll(".target")];
function showPlaces() {
  const taken = targets.findLastIndex((target) => target.querySelector("select").value);
  targets.forEach((target, number) => {
    target.hidden = number > Math.max(taken + 1, 1);
    target.classList.toggle("free", !target.querySelector("select").value);
  });
}
if (targets.length) showPlaces();
document.addEventListener("change", (event) => {
  if (event.target.closest(".target")) showPlaces();
});
