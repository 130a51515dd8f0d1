// Two films that play the same moments: what the query shows, the reference shows beside it.

const DRIFT_S = 0.15; // further apart than this, the reference jumps
const root = document.querySelector("#players");
const segments = JSON.parse(root.dataset.segments); // [query start, query end, reference start, reference end]
const films = [...root.querySelectorAll("video")];
const [query, reference] = films;
const button = root.querySelector("button[data-play]");
const slider = root.querySelector("input[type=range]");
const shown = root.querySelector("output");
let playing = false;

const clock = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;
const slope = (s) => (s[1] > s[0] ? (s[3] - s[2]) / (s[1] - s[0]) : 1);
const usable = () => films.filter((film) => !film.hidden);

// The segment that a moment of the query lies in, or else the next one; none behind the last.
const segmentAt = (time) => segments.find((s) => time < s[1]);

function show(time) {
  const s = segmentAt(time) ?? segments.at(-1);
  const there = s[2] + (Math.max(time, s[0]) - s[0]) * slope(s);
  slider.value = time;
  shown.textContent = `${clock(time)} here, ${clock(there)} there`;
  slider.setAttribute("aria-valuetext", shown.textContent);
}

function jump(time) {
  const s = segmentAt(time) ?? segments.at(-1);
  const here = Math.min(Math.max(time, s[0]), s[1]);
  query.currentTime = here;
  reference.currentTime = s[2] + (here - s[0]) * slope(s);
  reference.playbackRate = Math.min(Math.max(slope(s), 0.0625), 16);
  show(here);
}

function setPlaying(on) {
  playing = on && usable().length > 0;
  button.setAttribute("aria-pressed", playing);
  button.textContent = playing ? "Pause" : "Play both";
  if (playing) requestAnimationFrame(step);
  else for (const film of films) film.pause();
}

// A film that waits for bytes makes the other one wait.
function keepTogether() {
  const ready = usable().every((film) => film.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA || film.ended);
  for (const film of usable()) {
    if (ready && film.paused && !film.ended) film.play().catch(() => setPlaying(false));
    else if (!ready && !film.paused) film.pause();
  }
}

function step() {
  if (!playing) return;
  // Whichever film there is tells the time; where both are, the query.
  const leads = query.hidden ? reference : query;
  const s = query.hidden
    ? segments.find((one) => reference.currentTime >= one[2] - DRIFT_S && reference.currentTime < one[3])
    : segmentAt(query.currentTime);
  if (!s || leads.ended) return setPlaying(false);
  const time = query.hidden ? s[0] + (reference.currentTime - s[2]) / slope(s) : query.currentTime;
  const there = s[2] + (time - s[0]) * slope(s);
  if (time < s[0] - DRIFT_S) jump(s[0]);
  else if (usable().length === 2 && Math.abs(reference.currentTime - there) > DRIFT_S) jump(time);
  else show(time);
  keepTogether();
  requestAnimationFrame(step);
}

function fail(film) {
  film.hidden = true;
  film.parentElement.querySelector(".note").hidden = false;
  if (usable().length === 0) root.querySelector(".controls").hidden = true;
}

button.addEventListener("click", () => {
  if (!playing && !segments.some((s) => query.currentTime >= s[0] - DRIFT_S && query.currentTime < s[1] - DRIFT_S)) {
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
  film.addEventListener("error", () => fail(film));
  if (film.error || film.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) fail(film);
}
query.addEventListener("loadedmetadata", () => jump(segments[0][0]), { once: true });
reference.addEventListener("loadedmetadata", () => jump(Number(slider.value)), { once: true });
root.querySelector(".controls").hidden = false;
show(segments[0][0]);
