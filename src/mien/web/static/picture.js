// Picture: one or several, dropped, pasted or chosen; each face read by one or several models.

import * as address from "./address.js";
import { query, remove, tooLarge, upload } from "./api.js";
import { byId, bytesOf, el } from "./dom.js";
import { acceptFiles } from "./files.js";
import { About, ClassifierChecks, DetectorChoice, defaultOf } from "./models.js";
import { Pairing } from "./pairing.js";
import { PictureView } from "./picture_view.js";
import { ShownChoice } from "./shown.js";

const THUMB = 128; // pixels, twice the size on the page

export class Picture {
  constructor(models) {
    this.models = models;
    this.items = [];
    this.thumbs = Promise.resolve();
    this.normal = { detector: defaultOf(models.detectors) };
    this.about = new About(byId("picture-about"));
    const changed = () => this._choicesChanged();
    const detected = () => (this.pairing.follow(), changed());
    this.detector = new DetectorChoice(
      byId("picture-detector"),
      byId("picture-about"),
      models.detectors,
      detected,
    );
    this.classifiers = new ClassifierChecks(byId("picture-classifiers"), models.classifiers, changed);
    this.pairing = new Pairing(models, this.detector, this.classifiers);
    this.shown = new ShownChoice(byId("picture-show"), models, changed);
    this.view = new PictureView(models);
    this.view.card.onPick = (index) => this._chooseFace(index);
    this.view.onFace = (index) => this._chooseFace(index);
    byId("picture-settings").addEventListener("submit", (event) => event.preventDefault());
    acceptFiles({
      panel: byId("picture-panel"),
      zone: byId("picture-stage"),
      input: byId("picture-file"),
      paste: true,
      onFiles: (files) => this.add(files),
    });
  }

  enter() {
    const { values } = address.read();
    this.detector.value = values.get("detector") ?? this.normal.detector;
    const named = values.getAll("classifier");
    this.classifiers.value = named.length ? named : [this.pairing.usual];
    this.pairing.settle();
    this.shown.readAddress(values);
    this._chosen();
  }

  leave() {}

  add(files) {
    const added = files.map((file) => ({
      file,
      name: file.name || "pasted picture",
      state: "waiting",
      face: 0,
    }));
    this.items.push(...added);
    for (const item of added) this._addThumb(item);
    if (added.length) this._choose(added[0]);
  }

  get _key() {
    const models = { detector: this.detector.value, classifier: this.classifiers.value };
    return query("", { ...models, ...this.shown.request });
  }

  _choicesChanged() {
    const [detector, classifiers] = [this.detector.value, this.classifiers.value];
    address.change({
      detector: detector === this.normal.detector ? null : detector,
      classifier: classifiers.join() === this.pairing.usual ? null : classifiers,
      ...this.shown.address,
    });
    this._chosen();
  }

  /** Show what is chosen; what was read by another choice, or is being read, is read anew. */
  _chosen() {
    this.view.setShown(this.shown.value);
    this.about.show(this.pairing.cards);
    const key = this._key;
    for (const item of this.items) if (item.key !== key) this._setState(item, "waiting");
    this._show();
    this._work();
  }

  /** Read what waits, one after the other, the chosen picture first. */
  async _work() {
    if (this.working) return;
    this.working = true;
    for (let item = this._next(); item; item = this._next()) await this._read(item, this._key);
    this.working = false;
  }

  _next() {
    const waiting = this.items.filter((item) => item.state === "waiting");
    return waiting.includes(this.chosen) ? this.chosen : waiting[0];
  }

  async _read(item, key) {
    item.key = key;
    this._setState(item, "working");
    this._show();
    const outcome = await this._ask(item, key).catch((error) => ({
      error: error.message,
      unreachable: error.unreachable,
    }));
    const isLate = item.state !== "working"; // the choices changed meanwhile: it is read again
    const old = isLate ? outcome : item.result;
    if (old?.id) remove(`api/pictures/${old.id}`); // nobody can reach it any more
    if (isLate) return;
    Object.assign(item, {
      result: outcome.error ? null : outcome,
      error: outcome.error,
      again: outcome.unreachable,
    });
    if (item.face >= (item.result?.faces.length ?? 0)) item.face = 0;
    this._setState(item, outcome.error ? "failed" : "done");
    this._show();
  }

  async _ask(item, key) {
    const refused = tooLarge(item.file, this.models.limits);
    if (refused) throw new Error(refused);
    const onProgress = (share) => item === this.chosen && this.view.progress(share);
    const result = await upload(`api/pictures${key}`, item.file, { onProgress });
    for (const face of result.faces) face.crop = face.crop && bytesOf(face.crop);
    return result;
  }

  _choose(item) {
    this.chosen = item;
    if (item.again) this._setState(item, "waiting"); // the server was away: perhaps it is back
    for (const one of this.items) one.button.setAttribute("aria-pressed", String(one === item));
    this._show();
    this._work();
  }

  _chooseFace(index) {
    this.chosen.face = index;
    this._show();
  }

  _show() {
    const at = this.items.indexOf(this.chosen);
    if (this.chosen) this.view.show(this.chosen, at, this.items.length);
  }

  _setState(item, state) {
    item.state = state;
    item.button.dataset.state = state;
    item.button.setAttribute(
      "aria-label",
      `${item.name}${{ failed: ", could not be read", done: "" }[state] ?? ", waiting"}`,
    );
  }

  _addThumb(item) {
    const canvas = el("canvas", { width: THUMB, height: THUMB });
    item.button = el(
      "button",
      { type: "button", className: "thumb", title: item.name, on: { click: () => this._choose(item) } },
      canvas,
    );
    this._setState(item, "waiting");
    byId("picture-strip").append(el("li", {}, item.button));
    // One after the other: a decoded photo takes tens of megabytes, and many may be dropped at once.
    this.thumbs = this.thumbs
      .then(() => createImageBitmap(item.file))
      .then(
        (bitmap) => cover(canvas, bitmap),
        () => canvas.classList.add("blank"),
      );
  }
}

/** Fill a square with the middle of a picture. */
function cover(canvas, bitmap) {
  const side = Math.min(bitmap.width, bitmap.height);
  const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  canvas.getContext("2d").drawImage(bitmap, left, top, side, side, 0, 0, canvas.width, canvas.height);
  bitmap.close();
}
