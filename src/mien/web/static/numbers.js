// The measures of one face as a small table: always in the server's order, a dash for what cannot be told.

import { el, setText } from "./dom.js";

export class Numbers {
  constructor(place) {
    this.place = place;
    place.classList.add("numbers");
    this.rows = new Map();
    this.show(null);
  }

  /** `measures` by name, or null for none: then nothing is shown. */
  show(measures) {
    const names = Object.keys(measures ?? {});
    this.place.hidden = !names.length;
    if (names.join() !== [...this.rows.keys()].join()) this._build(names);
    for (const name of names) setText(this.rows.get(name), written(measures[name]));
  }

  _build(names) {
    this.rows = new Map(names.map((name) => [name, el("dd", {})]));
    const pairs = names.map((name) => el("div", {}, el("dt", {}, name.replaceAll("_", " ")), this.rows.get(name)));
    this.place.replaceChildren(...pairs);
  }
}

export function written(value) {
  if (value === null || value === undefined) return "\u2013";
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2).replace("-", "\u2212");
}
