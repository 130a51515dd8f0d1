// Two films that play the same moments: what the query shows, the reference shows beside it. A film that the browser
// does not play is shown as previews, each of a part of the match.

const DRIFT_S = 0.15; // further apart than this, the reference jumps
const INSIDE_S = 0.15; // behind the start of a segment, which may be off by a tenth of a second
const ASK_MS = 700; // how often to ask how far a preview is
const root = document.querySelector("#players");
const segments = JSON.parse(root.dataset.segments); // [query start, query end, reference start, reference end]
const parts = JSON.parse(root.dataset.parts); // the same, cut into what a preview shows
const films = [...root.querySelectorAll("figure")].map((figure) => ({
  video: figure.querySelector("video"),
  note: figure.querySelector(".note"),
  making: figure.querySelector(".making"),
  side: figure.dataset.side,
  preview: "", // where to ask for previews, once the browser has given up on the film itself
  part: null, // that is shown or made
  busy: false,
  starts: 0, // where in the media the shown film begins
  gone: false,
}));
const [query, reference] = films;
const button = root.querySelector("button[data-play]");
const slider = root.querySelector("input[type=range]");
const shown = root.querySelector("output");
let playing = false;
let wanted = segments[0][0]; // the moment of the query that was last asked for

const clock = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;
const slope = (s) => (s[1] > s[0] ? (s[3] - s[2]) / (s[1] - s[0]) : 1);
const usable = () => films.filter((film) => !film.gone);
const waiting = () => usable().some((film) => film.busy);
const now = (film) => film.video.currentTime + film.starts;

// The segment that a moment of the query lies in, or else the next one; none behind the last.
const segmentAt = (time) => segments.find((s) => time < s[1]);

function partAt(time) {
  const found = parts.findIndex((part) => time < part[1]);
  return found < 0 ? parts.length - 1 : found;
}

function show(time) {
  const s = segmentAt(time) ?? segments.at(-1);
  const there = s[2] + (Math.max(time, s[0]) - s[0]) * slope(s);
  slider.value = time;
  shown.textContent = `${clock(time)} here, ${clock(there)} there`;
  slider.setAttribute("aria-valuetext", shown.textContent);
}

function jump(time) {
  const s = segmentAt(time) ?? segments.at(-1);
  const inside = Math.min(INSIDE_S, (s[1] - s[0]) / 4);
  const here = Math.min(Math.max(time, s[0] + inside), s[1]);
  wanted = here;
  seek(query, here, here);
  seek(reference, here, s[2] + (here - s[0]) * slope(s));
  reference.video.playbackRate = Math.min(Math.max(slope(s), 0.0625), 16);
  show(here);
}

// Where a film has to be at a moment of the query.
function seek(film, here, place) {
  if (film.gone) return;
  if (film.preview && film.part !== partAt(here)) return make(film, partAt(here));
  if (!film.busy) film.video.currentTime = Math.max(0, place - film.starts);
}

async function make(film, part) {
  film.part = part;
  film.busy = true;
  film.making.hidden = false;
  film.making.querySelector("progress").removeAttribute("value");
  const said = await preview(film, part);
  if (film.part !== part || said === null) return; // another one is wanted by now
  film.making.hidden = true;
  film.busy = false;
  if (!said.address) return fail(film, said.problem);
  film.starts = said.start;
  film.video.src = said.address;
  film.video.addEventListener("loadedmetadata", () => jump(wanted), { once: true });
}

// What became of a preview; null when it is not wanted any more.
async function preview(film, part) {
  for (;;) {
    const answer = await fetch(`${film.preview}&part=${part}`, { headers: { accept: "application/json" } }).catch(() => null);
    if (film.part !== part) return null;
    if (answer?.status !== 503) {
      const said = answer?.headers.get("content-type")?.startsWith("application/json") ? await answer.json() : {};
      if (said.share === undefined) return { problem: said.message ?? "", ...said };
      if (said.share > 0) film.making.querySelector("progress").value = said.share;
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
  }
}

function setPlaying(on) {
  playing = on && usable().length > 0;
  button.setAttribute("aria-pressed", playing);
  button.textContent = playing ? "Pause" : "Play both";
  if (playing) requestAnimationFrame(step);
  else for (const film of films) film.video.pause();
}

// A film that waits for bytes, or is made, makes the other one wait.
function keepTogether() {
  const ready = usable().every((film) => film.video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA || film.video.ended);
  for (const { video } of usable()) {
    if (ready && video.paused && !video.ended) video.play().catch(() => setPlaying(false));
    else if (!ready && !video.paused) video.pause();
  }
}

function step() {
  if (!playing) return;
  if (waiting()) {
    for (const { video } of usable()) video.pause();
    requestAnimationFrame(step);
    return;
  }
  // Whichever film there is tells the time; where both are, the query.
  const leads = query.gone ? reference : query;
  const s = query.gone
    ? segments.find((one) => now(reference) >= one[2] - DRIFT_S && now(reference) < one[3])
    : segmentAt(now(query));
  if (!s) return setPlaying(false);
  const time = query.gone ? s[0] + (now(reference) - s[2]) / slope(s) : now(query);
  const there = s[2] + (time - s[0]) * slope(s);
  if (time < s[0] - DRIFT_S) jump(s[0]);
  else if (usable().some((film) => film.preview && film.part !== partAt(time))) jump(time);
  else if (leads.video.ended) return setPlaying(false);
  else if (usable().length === 2 && Math.abs(now(reference) - there) > DRIFT_S) jump(time);
  else show(time);
  keepTogether();
  requestAnimationFrame(step);
}

// The browser cannot play what it was given: the film, and then a preview is tried; or that.
function refuse(film) {
  if (film.busy) return; // it said so already
  if (film.preview) return fail(film, "");
  film.preview = root.dataset.preview.replace("SIDE", film.side);
  make(film, partAt(wanted));
}

function fail(film, problem) {
  film.gone = true;
  film.video.hidden = true;
  film.note.querySelector("span").textContent = problem;
  film.note.hidden = false;
  if (usable().length === 0) root.querySelector(".controls").hidden = true;
}

button.addEventListener("click", () => {
  const time = now(query);
  if (!playing && !waiting() && !segments.some((s) => time >= s[0] - DRIFT_S && time < s[1] - DRIFT_S)) {
    jump(segments[0][0]);
  }
  setPlaying(!playing);
});
slider.addEventListener("input", () => jump(Number(slider.value)));
for (const one of root.querySelectorAll("button[data-segment]")) {
  one.addEventListener("click", () => {
    jump(segments[Number(one.dataset.segment)][0]);
    setPlaying(true);
  });
}
for (const film of films) {
  film.video.addEventListener("error", () => refuse(film));
  film.video.addEventListener("loadedmetadata", () => {
    if (!film.video.videoWidth && !film.preview) refuse(film); // it knows the sound alone
  });
  if (film.video.error) refuse(film); // before this script was there
}
query.video.addEventListener("loadedmetadata", () => jump(wanted), { once: true });
reference.video.addEventListener("loadedmetadata", () => jump(wanted), { once: true });
root.querySelector(".controls").hidden = false;
show(segments[0][0]);
