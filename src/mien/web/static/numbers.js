// The measures of one face as a small table: always in the server's order, a dash for what cannot be told.

import { el, setText } from "./dom.js";

let degrees = new Set();

/** Take over which measures are angles. */
export function setDegrees(names) {
  degrees = new Set(names);
}

export class Numbers {
  constructor(place) {
    this.place = place;
    place.classList.add("numbers");
    this.rows = new Map();
    this.show(null, false);
  }

  /** `measures` by name, or null without a face: then dashes keep the place, so that nothing jumps. */
  show(measures, isWanted) {
    const names = Object.keys(measures ?? {});
    if (names.length && names.join() !== [...this.rows.keys()].join()) this._build(names);
    this.place.hidden = !isWanted || !this.rows.size;
    for (const [name, row] of this.rows) setText(row, written(name, measures?.[name]));
  }

  _build(names) {
    this.rows = new Map(names.map((name) => [name, el("dd", {})]));
    const pairs = names.map((name) => el("div", {}, el("dt", {}, name.replaceAll("_", " ")), this.rows.get(name)));
    this.place.replaceChildren(...pairs);
  }
}

/** `value` of the measure `name` in few digits: 12.3, 0.46, 9\u00b0, or a dash for what cannot be told. */
export function written(name, value) {
  if (value === null || value === undefined) return "\u2013";
  const isAngle = degrees.has(name);
  const digits = value.toFixed(isAngle ? 0 : Math.abs(value) >= 10 ? 1 : 2);
  const signed = Number(digits) === 0 ? digits.replace("-", "") : digits.replace("-", "\u2212"); // no minus nought
  return isAngle ? `${signed}\u00b0` : signed;
}
