// Keeps the ages of the list true between two changes of a session.
const UNITS = [["d", 86400], ["h", 3600], ["min", 60]];

function age(moment) {
  const seconds = Math.max(0, Math.floor((Date.now() - moment) / 1000));
  const unit = UNITS.find(([, length]) => seconds >= length);
  return unit ? `${Math.floor(seconds / unit[1])} ${unit[0]}` : `${seconds} s`;
}

setInterval(() => {
  for (const time of document.querySelectorAll("#session-rows time")) {
    time.textContent = age(Date.parse(time.dateTime));
  }
}, 5000);
