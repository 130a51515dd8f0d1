"use strict";
// What the drivers for Node share: see lines.py.

const readline = require("node:readline");

/** Answer calls until standard input ends; `answer` gives a promise of the outcome. */
async function serve(answer) {
  const outcomes = process.stdout.write.bind(process.stdout);
  console.log = console.error; // whatever a client prints is no outcome
  for await (const line of readline.createInterface({ input: process.stdin })) {
    outcomes(JSON.stringify(await answer(JSON.parse(line))) + "\n");
  }
}

/** `make` with its results kept by its arguments. */
function cached(make) {
  const made = new Map();
  return (...values) => {
    const key = JSON.stringify(values);
    if (!made.has(key)) made.set(key, make(...values));
    return made.get(key);
  };
}

module.exports = { cached, serve };
