// One face: whose it is, the crop that the model saw, the expression in a word, and the bars.

import { Bars } from "./bars.js";
import { el, paint, setText } from "./dom.js";
import { capital, person, percent, quality, verdict } from "./format.js";
import { Numbers } from "./numbers.js";
import { colourOf } from "./palette.js";

let cards = 0;

export class FaceCard {
  /** `onPick(key)` is called when the visitor chooses another person. */
  constructor(root, labels, { onPick, hint = "", crop = true } = {}) {
    this.hint = hint;
    this.showsMeasures = false;
    this.onPick = onPick;
    this.name = `people-${(cards += 1)}`;
    this.people = el(
      "fieldset",
      { className: "people", hidden: true },
      el("legend", { className: "quiet" }, "Whose face"),
    );
    this.chips = new Map();
    this.crop = el("canvas", { className: "crop", width: 48, height: 48, role: "img" });
    this.crop.setAttribute("aria-label", "The crop that the model saw");
    this.crop.hidden = !crop;
    this.swatch = el("span", { className: "swatch", ariaHidden: "true" });
    this.word = el("span", { className: "word" });
    this.detail = el("p", { className: "detail" });
    this.verdict = el("p", { className: "verdict" }, this.swatch, this.word);
    const head = el("div", { className: "face-head" }, this.crop, el("div", {}, this.verdict, this.detail));
    const list = el("ul");
    this.bars = new Bars(list, labels);
    const table = el("dl", {});
    this.numbers = new Numbers(table);
    root.classList.add("face-card");
    root.replaceChildren(this.people, head, list, table);
    this.show(null);
  }

  /** Show a face (label, confidence, unsure, probabilities), or none, saying why. */
  show(face, { title, none = this.hint } = {}) {
    const known = Boolean(face?.probabilities);
    setText(this.word, known ? verdict(face) : face ? "Not read" : "No face");
    this.verdict.classList.toggle("none", !known);
    setText(this.detail, face ? this._detail(face, title ?? person(face.track_id)) : none);
    this.numbers.show(face?.measures, this.showsMeasures);
    this.swatch.hidden = !known;
    this.swatch.classList.toggle("unsure", Boolean(face?.unsure));
    if (known) this.swatch.style.setProperty("--colour", colourOf(face.label));
    this.bars.show(known ? face.probabilities : null, { unsure: Boolean(face?.unsure) });
    if (!face) this.clearCrop();
  }

  /** Paint the crop from encoded bytes, unless it is out of date once they are decoded or cannot be read. */
  async showCrop(bytes) {
    const asked = (this.cropAsked = {});
    await paint(this.crop, bytes, () => asked === this.cropAsked).catch(() => null);
  }

  clearCrop() {
    this.cropAsked = null;
    this.crop.width = this.crop.height = 48;
  }

  /** `people` is a list of {key, text}; shown where there is a choice, by rising key. */
  showPeople(people, chosen) {
    this.people.hidden = people.length < 2;
    const keys = new Set(people.map(({ key }) => String(key)));
    for (const [key, chip] of this.chips) if (!keys.has(key)) (chip.label.remove(), this.chips.delete(key));
    for (const { key, text } of people) {
      const chip = this.chips.get(String(key)) ?? this._addChip(key);
      setText(chip.text, text);
      chip.input.checked = key === chosen;
    }
  }

  _detail(face, title) {
    const most = face.unsure ? `most like ${face.label}` : "probability";
    const read = face.probabilities && `${most}\u00a0${percent(face.confidence)}`;
    const said = read || quality(face) || "nothing was read";
    return capital(`${title ? `${title}: ` : ""}${said}`);
  }

  _addChip(key) {
    const input = el("input", { type: "radio", name: this.name, on: { change: () => this.onPick?.(key) } });
    const text = el("span");
    const label = el("label", { className: "chip" }, input, text);
    const next = [...this.chips].filter(([other]) => Number(other) > key).sort(([a], [b]) => a - b)[0];
    this.people.insertBefore(label, next ? next[1].label : null);
    this.chips.set(String(key), { input, text, label });
    return this.chips.get(String(key));
  }
}
