// The bars of one face: always in the labels' own order, values in whole percent.

import { el, setText } from "./dom.js";
import { percent } from "./format.js";
import { colourOf } from "./palette.js";

export class Bars {
  /** `write` turns a share into the text beside its bar. */
  constructor(list, labels, write = percent) {
    this.list = list;
    this.write = write;
    list.classList.add("bars");
    this._build(labels);
  }

  /** Probabilities by label, or null for none. An unsure face is hatched: no colour claims what is not known. */
  show(probabilities, { unsure = false } = {}) {
    if (probabilities) this._build(Object.keys(probabilities));
    const top = probabilities && !unsure ? Math.max(...Object.values(probabilities)) : null;
    this.list.classList.toggle("unsure", unsure);
    this.list.classList.toggle("empty", !probabilities);
    for (const [label, { row, fill, value }] of this.rows) {
      const share = probabilities?.[label] ?? 0;
      fill.style.width = `${share * 100}%`;
      setText(value, probabilities ? this.write(share) : "\u2013");
      row.classList.toggle("winner", top !== null && share === top);
    }
  }

  _build(labels) {
    if (this.rows && labels.join() === [...this.rows.keys()].join()) return;
    this.rows = new Map(labels.map((label) => [label, row(label)]));
    this.list.replaceChildren(...[...this.rows.values()].map((parts) => parts.row));
  }
}

function row(label) {
  const fill = el("span", { className: "fill" });
  fill.style.setProperty("--colour", colourOf(label));
  const value = el("span", { className: "value" });
  const track = el("span", { className: "track", ariaHidden: "true" }, fill);
  const line = el("li", { data: { label } }, el("span", { className: "word" }, label), track, value);
  return { row: line, fill, value };
}
