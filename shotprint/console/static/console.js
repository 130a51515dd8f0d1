// What every page needs: times in the reader's own zone, and buttons that copy. Runs again on what htmx brings.

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

function showTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime()) || time.title) continue;
    time.title = time.textContent;
    time.textContent = FORMAT.format(moment);
  }
}

async function copy(button) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(button.dataset.copy);
  } else {
    copyWithoutClipboard(button.dataset.copy); // over plain http from another machine
  }
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), 1200);
}

function copyWithoutClipboard(text) {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy]");
  if (button) copy(button);
});
document.addEventListener("htmx:load", (event) => showTimes(event.target.parentElement ?? document));
showTimes(document);
