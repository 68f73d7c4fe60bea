// The figures under the live picture: they change twice a second, so that they can be read.

import { byId, el } from "./dom.js";
import { median } from "./format.js";

const WINDOW = 2000; // ms
const FIGURE_SPACE = "\u2007"; // as wide as a digit, so that what comes after it stays in place

export class Stats {
  constructor() {
    this.places = Object.fromEntries(
      ["rate", "latency", "dropped", "stages"].map((name) => [name, byId(`stat-${name}`)]),
    );
    this.clear();
  }

  clear() {
    Object.assign(this, { answers: [], latencies: [], toldAt: 0 });
    for (const place of Object.values(this.places)) place.textContent = "\u2013";
  }

  /** One answer: milliseconds since its frame was taken (null for the server's own sources), and the counters. */
  add(latency, dropped, timings, now = performance.now()) {
    this.answers.push(now);
    while (this.answers[0] < now - WINDOW) this.answers.shift();
    if (latency !== null) this.latencies = [...this.latencies.slice(-30), latency];
    if (now - this.toldAt < 500) return;
    this.toldAt = now;
    this._tell(dropped, timings);
  }

  _tell(dropped, timings) {
    const span = this.answers.at(-1) - this.answers[0];
    const stages = Object.entries(timings ?? {}).map(([stage, ms]) =>
      el("span", {}, `${stage} ${ms.toFixed(1).padEnd(4, FIGURE_SPACE)}`),
    );
    this.places.rate.textContent = span ? (((this.answers.length - 1) / span) * 1000).toFixed(1) : "\u2013";
    this.places.latency.textContent = this.latencies.length ? median(this.latencies).toFixed(0) : "\u2013";
    this.places.dropped.textContent = String(dropped ?? 0);
    this.places.stages.replaceChildren(...(stages.length ? stages : ["\u2013"]));
  }
}
