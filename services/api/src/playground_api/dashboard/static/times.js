// Times in the reader's own zone. <time datetime data-as="clock"> shows the date and the time of
// day; any other <time datetime> shows how long ago that was, and the moment itself as its title.
const UNITS = [["d", 86400], ["h", 3600], ["min", 60]];
const EVERY_MS = 5000;
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const precise = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

function age(moment) {
  const seconds = Math.max(0, Math.floor((Date.now() - moment) / 1000));
  const unit = UNITS.find(([, length]) => seconds >= length);
  return unit ? `${Math.floor(seconds / unit[1])} ${unit[0]}` : `${seconds} s`;
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function show(time) {
  const moment = Date.parse(time.dateTime);
  if (Number.isNaN(moment)) return;
  put(time, time.dataset.as === "clock" ? clock.format(moment) : age(moment));
  if (!time.title) time.title = precise.format(moment);
}

function showAll(root) {
  if (root.matches?.("time[datetime]")) show(root);
  for (const time of root.querySelectorAll?.("time[datetime]") ?? []) show(time);
}

showAll(document.body);
setInterval(() => showAll(document.body), EVERY_MS);
new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) showAll(node);
}).observe(document.body, { childList: true, subtree: true });
