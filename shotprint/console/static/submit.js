// Forms that files are chosen on: keeps what was chosen while folders change, and sends files in chunks.
// A transfer that breaks off is tried again; after a reload, choosing the same file goes on where it was.

const form = document.getElementById("submit");
const chosen = document.getElementById("chosen");
const sending = document.getElementById("sending");
const drop = document.getElementById("drop");
const CHUNK = Number(drop.dataset.chunk);
const WAITS_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const queue = [];
let busy = false;

function showNone() {
  document.getElementById("none-chosen")?.toggleAttribute("hidden", chosen.children.length > 0);
  document.getElementById("go")?.toggleAttribute("disabled", busy);
}

function choose(name, value, label) {
  if ([...chosen.querySelectorAll("input")].some((box) => box.name === name && box.value === value)) return;
  const item = document.createElement("li");
  const line = document.createElement("label");
  const box = document.createElement("input");
  const text = document.createElement("bdi");
  line.className = "inline";
  Object.assign(box, { type: "checkbox", name, value, checked: true });
  text.textContent = label;
  line.append(box, " ", text);
  item.append(line);
  chosen.append(item);
  showNone();
}

document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.type !== "checkbox") return;
  if (box.closest("#objects, #uploads") && box.checked) {
    choose(box.name, box.value, box.dataset.name);
    box.checked = false; // it is chosen there, not here
  } else if (box.closest("#chosen") && !box.checked) {
    box.closest("li").remove();
    showNone();
  }
});

async function ask(method, path, body) {
  const headers = { "X-CSRF-Token": form.elements.csrf.value, Accept: "application/json" };
  const response = await fetch(`/console/uploads${path}`, { method, headers, body, redirect: "error" });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.message), { status: response.status });
  return answer;
}

// What this browser has begun to send, so that it can go on after a reload.
const memory = (file) => `shotprint upload ${file.name} ${file.size} ${file.lastModified}`;

async function beginOrGoOn(file) {
  const known = localStorage.getItem(memory(file));
  if (known) {
    try {
      return await ask("GET", `/${known}`);
    } catch (error) {
      if (error.status !== 404) throw error;
    }
  }
  const begun = await ask("POST", "", new URLSearchParams({ name: file.name, size: file.size }));
  localStorage.setItem(memory(file), begun.id);
  return begun;
}

async function send(file, line) {
  let upload = await patiently(() => beginOrGoOn(file), line);
  while (!upload.finished) {
    line.show(upload.received, file.size);
    const chunk = file.slice(upload.received, upload.received + CHUNK);
    upload = await patiently(async () => {
      try {
        return await ask("PUT", `/${upload.id}?offset=${upload.received}`, chunk);
      } catch (error) {
        if (error.status === 409) return await ask("GET", `/${upload.id}`); // that one had arrived
        throw error;
      }
    }, line);
  }
  localStorage.removeItem(memory(file));
  return upload;
}

async function patiently(work, line) {
  for (const wait of [...WAITS_MS, null]) {
    try {
      return await work();
    } catch (error) {
      const final = error.status >= 400 && error.status < 500;
      if (final || wait === null) throw error;
      line.say("Waiting for the server …");
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

function makeLine(file) {
  const item = document.createElement("li");
  const name = document.createElement("bdi");
  const bar = document.createElement("progress");
  const text = document.createElement("small");
  name.textContent = file.name;
  bar.max = 100;
  bar.setAttribute("aria-label", `Progress of ${file.name}`);
  item.append(name, bar, text);
  sending.append(item);
  return {
    show(received, size) {
      bar.value = (100 * received) / size;
      text.textContent = `${Math.floor((100 * received) / size)} %`;
    },
    say(words) { text.textContent = words; },
    fail(words) { item.className = "problem"; bar.remove(); text.textContent = words; },
    remove() { item.remove(); },
  };
}

async function work() {
  if (busy) return;
  busy = true;
  showNone();
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [file, line] = next;
    try {
      const upload = await send(file, line);
      line.remove();
      choose("upload", upload.id, file.name);
    } catch (error) {
      if (error.status >= 400 && error.status < 500) localStorage.removeItem(memory(file)); // next time from the beginning
      line.fail(error.message);
    }
  }
  busy = false;
  showNone();
  if (form.dataset.then === "submit" && chosen.children.length > 0) form.requestSubmit();
}

function add(files) {
  const one = !document.getElementById("files").multiple;
  if (one && busy) return;
  for (const file of one ? [...files].slice(0, 1) : files) {
    const line = makeLine(file);
    line.show(0, file.size || 1);
    queue.push([file, line]);
  }
  work();
}

document.getElementById("files").addEventListener("change", (event) => {
  add(event.target.files);
  event.target.value = "";
});
for (const name of ["dragover", "dragleave", "drop"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", name === "dragover");
    if (name === "drop") add(event.dataTransfer.files);
  });
}
window.addEventListener("beforeunload", (event) => { if (busy) event.preventDefault(); });
drop.hidden = false;
showNone();
