// What is looked for in a face, and what of it is shown: who finds its points, how it is turned upright, and
// points, regions, head pose and measures, each with its switch. It lives in the address.

import { el } from "./dom.js";
import { NameSelect, defaultOf } from "./models.js";

const PARTS = { points: "Points", regions: "Regions", pose: "Head pose", measures: "Measures" };
const NEED_POINTS = ["points", "regions", "pose", "measures"]; // some detectors find none of their own
const MEASURES = { pose: ["pose"], measures: ["pose", "quality", "geometry"] };
const OFF = "off"; // in the address: no facial points, though something would show them

export class ShownChoice {
  /** Fills `place`; `onChange` is called when the visitor switches something. */
  constructor(place, { landmarkers, aligners, own }, onChange) {
    Object.assign(this, { own, usual: defaultOf(landmarkers), before: [] });
    const [points, upright] = [el("select"), el("select")];
    this.boxes = new Map(
      Object.keys(PARTS).map((name) => [name, el("input", { type: "checkbox", value: name })]),
    );
    const checks = [...this.boxes].map(([name, box]) => el("label", { className: "check" }, box, PARTS[name]));
    const switches = el("fieldset", { className: "wide checks" }, el("legend", {}, "Show"), ...checks);
    place.append(
      el("label", {}, "Facial points by", points),
      el("label", {}, "Turned upright by", upright),
      switches,
    );
    this.landmarker = new NameSelect(points, [{ name: "" }, ...landmarkers], onChange);
    points.options[0].text = OFF;
    this.aligner = new NameSelect(upright, aligners, onChange);
    this.usualAligner = defaultOf(aligners);
    switches.addEventListener("change", () => (this._follow(), onChange()));
  }

  /** The names of what is switched on. */
  get value() {
    return [...this.boxes].filter(([, box]) => box.checked).map(([name]) => name);
  }

  /** What the server is asked for: its own measures, and those that are shown. */
  get request() {
    const wanted = this.value.flatMap((name) => (this._ownMeasuresDo(name) ? [] : (MEASURES[name] ?? [])));
    return {
      landmarker: this.landmarker.value,
      aligner: this.aligner.value,
      measures: [...new Set([...this.own.measures, ...wanted])],
    };
  }

  /** What is chosen in place of what could not be had. */
  setModels({ landmarker, aligner }) {
    this.landmarker.select.value = landmarker;
    this.aligner.value = aligner;
  }

  readAddress(values) {
    const shown = values.getAll("show");
    for (const [name, box] of this.boxes) box.checked = shown.includes(name);
    this.before = this.value;
    this._set(this._expected(this.value));
    const named = values.get("landmarker");
    if (named) this._set(named === OFF ? "" : named);
    this.aligner.value = values.get("aligner") ?? this.usualAligner;
  }

  get address() {
    const { value: landmarker } = this.landmarker;
    const { value: aligner } = this.aligner;
    return {
      show: this.value,
      landmarker: landmarker === this._expected(this.value) ? null : landmarker || OFF,
      aligner: aligner === this.usualAligner ? null : aligner,
    };
  }

  /** What is switched on brings along who finds the points, and takes it away again where nobody chose it. */
  _follow() {
    const { before, value: now } = this;
    const isNew = now.some((name) => NEED_POINTS.includes(name) && !before.includes(name));
    const { value } = this.landmarker;
    if (value === this._expected(before) || (isNew && !value)) this._set(this._expected(now));
    this.before = now;
  }

  _expected(shown) {
    const needed = shown.some((name) => NEED_POINTS.includes(name));
    return this.own.landmarker || (needed ? this.usual : "");
  }

  /** A name that is not in the list joins it; the empty one is "off". */
  _set(name) {
    if (name) this.landmarker.value = name;
    else this.landmarker.select.value = "";
  }

  _ownMeasuresDo(name) {
    return name === "measures" && this.own.measures.length > 0;
  }
}
