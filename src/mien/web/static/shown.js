// What is shown beside box and bars: facial points, regions, measures, head pose. It lives in the address.

import { el } from "./dom.js";

const PARTS = { points: "Points", regions: "Regions", pose: "Head pose", measures: "Measures" };
const MEASURES = { pose: ["pose"], measures: ["pose", "geometry", "quality"] };

export class ShownChoice {
  /** Fills the fieldset `place`; `onChange` is called when the visitor switches something. */
  constructor(place, { landmarkers = [], measures = [] }, onChange) {
    this.known = measures;
    this.normal = landmarkers.find((one) => one.default)?.name ?? landmarkers[0]?.name ?? "";
    this.boxes = new Map(
      Object.keys(PARTS).map((name) => [name, el("input", { type: "checkbox", value: name, on: { change: onChange } })]),
    );
    this.select = el(
      "select",
      { on: { change: onChange } },
      ...landmarkers.map(({ name }) => el("option", { value: name }, name)),
    );
    const checks = [...this.boxes].map(([name, box]) => el("label", { className: "check" }, box, PARTS[name]));
    this.model = el("label", { className: "points-by" }, "Facial points by", this.select);
    place.append(el("legend", {}, "Show"), el("div", { className: "row" }, ...checks), this.model);
    place.hidden = !landmarkers.length;
    this._adapt();
    place.addEventListener("change", () => this._adapt());
  }

  /** The names of what is switched on. */
  get value() {
    return [...this.boxes].filter(([, box]) => box.checked).map(([name]) => name);
  }

  /** What the server is asked for: points where anything needs them, and the measures. */
  get request() {
    const shown = this.value;
    const wanted = new Set(shown.flatMap((name) => MEASURES[name] ?? []));
    return {
      landmarker: shown.length ? this.select.value : "",
      measures: this.known.filter((name) => wanted.has(name)),
    };
  }

  readAddress(values) {
    const shown = values.getAll("show");
    for (const [name, box] of this.boxes) box.checked = shown.includes(name);
    this.select.value = values.get("landmarker") ?? this.normal;
    if (!this.select.value) this.select.value = this.normal;
    this._adapt();
  }

  get address() {
    const named = this.value.length && this.select.value !== this.normal;
    return { show: this.value, landmarker: named ? this.select.value : null };
  }

  _adapt() {
    this.model.hidden = !this.value.length || this.select.options.length < 2;
  }
}
