// The settings of Live: source, camera, size, models, mirror. They live in the address.

import * as address from "./address.js";
import { SIZES, list } from "./camera.js";
import { byId, el } from "./dom.js";
import { About, DetectorChoice, NameSelect, defaultOf } from "./models.js";
import { Pairing } from "./pairing.js";
import { ShownChoice } from "./shown.js";

// What an option of the source is, as its `data-kind`: a name of the settings may be any text.
const CAMERA = ":camera"; // the browser's own
const TYPED = ":typed"; // a path or an address, written by hand
const SERVER = ":server"; // a camera of the server, `camera:INDEX`
const NAMED = ":named"; // by the settings, or in the page's address

const SERVER_PREFIX = "camera:";

export class LiveChoices {
  constructor(models, sources, { onModels, onShown, onCamera, onSource }) {
    this.places = Object.fromEntries(
      ["source", "target", "camera", "size", "mirror"].map((name) => [name, byId(`live-${name}`)]),
    );
    this.about = new About(byId("live-about"));
    const changed = () => (this._write(), onModels());
    this.shown = new ShownChoice(byId("live-show"), models, () => (this._write(), onShown(), onModels()));
    const detected = () => (this.pairing.follow(), changed());
    this.detector = new DetectorChoice(byId("live-detector"), byId("live-about"), models.detectors, detected);
    this.classifier = new NameSelect(byId("live-classifier"), models.classifiers, changed);
    this.pairing = new Pairing(models, this.detector, this.classifier);
    this.normal = { detector: defaultOf(models.detectors) };
    this._fill(sources);
    this._listen(onCamera, onSource);
  }

  get source() {
    const { source, target } = this.places;
    return this.isTyped ? target.value.trim() : source.value;
  }

  get _kind() {
    return this.places.source.selectedOptions[0].dataset.kind;
  }

  get isCamera() {
    return this._kind === CAMERA;
  }

  get isTyped() {
    return this._kind === TYPED;
  }

  /** What the server is asked for: a camera's index as a number, anything else as it is written. */
  get target() {
    return this._kind === SERVER ? Number(this.source.slice(SERVER_PREFIX.length)) : this.source;
  }

  get camera() {
    return this.places.camera.value;
  }

  get size() {
    return this.places.size.value;
  }

  get mirror() {
    return this.places.mirror.checked && this.isCamera;
  }

  get models() {
    return { detector: this.detector.value, classifier: this.classifier.value, ...this.shown.request };
  }

  get startText() {
    return this.isCamera ? "Open camera" : "Open source";
  }

  /** Nothing was typed yet: that comes first. */
  askForTarget() {
    this.places.target.focus();
  }

  setModels({ detector, classifier, landmarker, aligner }) {
    this.detector.value = detector;
    this.classifier.value = classifier;
    this.pairing.settle();
    this.shown.setModels({ landmarker, aligner });
    this._write();
  }

  readAddress() {
    const { values } = address.read();
    this.detector.value = values.get("detector") ?? this.normal.detector;
    this.classifier.value = values.get("classifier") ?? this.pairing.usual;
    this.pairing.settle();
    this.shown.readAddress(values);
    if (SIZES.includes(values.get("size"))) this.places.size.value = values.get("size");
    this._setSource(values.get("source"));
    this.mirrorChosen = values.has("mirror");
    if (this.mirrorChosen) this.places.mirror.checked = values.get("mirror") === "1";
    this._adapt();
  }

  /** Mirrored as a mirror would, unless the visitor has said otherwise. */
  suggestMirror(facesVisitor) {
    if (!this.mirrorChosen) this.places.mirror.checked = facesVisitor;
    this._adapt();
  }

  async listCameras(stream) {
    const used = stream.getVideoTracks()[0]?.getSettings().deviceId;
    const found = await list();
    const names = found.map((one, index) =>
      el("option", { value: one.deviceId }, one.label || `Camera ${index + 1}`),
    );
    if (names.length) this.places.camera.replaceChildren(...names);
    if (used) this.places.camera.value = used;
  }

  _fill({ named = [], cameras = [], any = false }) {
    const group = (label, options) => (options.length ? [el("optgroup", { label }, ...options)] : []);
    this.places.source.replaceChildren(
      option(CAMERA, CAMERA, "This browser\u2019s camera"),
      ...group(
        "Cameras of the server",
        cameras.map(({ index, name }) => option(SERVER, SERVER_PREFIX + index, name ?? `Camera ${index}`)),
      ),
      ...group(
        "Named sources",
        named.map(({ name }) => option(NAMED, name, name)),
      ),
      ...(any ? [option(TYPED, TYPED, "A path or an address\u2026")] : []),
    );
    const plain = (value, text) => el("option", { value }, text);
    this.places.camera.replaceChildren(plain("", "Automatic"));
    this.places.size.replaceChildren(...SIZES.map((size) => plain(size, size.replace("x", " \u00d7 "))));
    this.places.size.value = "640x480";
  }

  _listen(onCamera, onSource) {
    const { source, camera, size, mirror } = this.places;
    byId("live-settings").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.isTyped && !this.source) this.askForTarget();
      else if (this.isTyped) (this._write(), onSource(true));
    });
    source.addEventListener("change", () => {
      this._adapt();
      if (this.isTyped) this.places.target.focus();
      else this._write();
      onSource(!this.isTyped);
    });
    camera.addEventListener("change", () => onCamera());
    size.addEventListener("change", () => (this._write(), onCamera()));
    mirror.addEventListener("change", () => ((this.mirrorChosen = true), this._write(), this._adapt()));
  }

  /** Choose what the address says: a name first, as the server does; nothing is the browser's camera. */
  _setSource(text) {
    const { source, target } = this.places;
    const find = (kind, value) =>
      [...source.options].find((one) => one.dataset.kind === kind && one.value === value);
    const typed = find(TYPED, TYPED);
    const known =
      text === null
        ? find(CAMERA, CAMERA)
        : (find(NAMED, text) ?? find(SERVER, text) ?? find(SERVER, SERVER_PREFIX + text));
    const chosen = known ?? typed ?? option(NAMED, text, text); // the server will say whether it may be
    if (!chosen.isConnected) source.append(chosen);
    chosen.selected = true;
    if (chosen === typed) target.value = text;
  }

  _adapt() {
    byId("live-target-row").hidden = !this.isTyped;
    byId("live-camera-row").hidden = !this.isCamera;
    this.places.mirror.closest("label").hidden = !this.isCamera;
    byId("live-video").classList.toggle("mirrored", this.mirror);
    this.about.show(this.pairing.cards);
  }

  _write() {
    const { detector, classifier } = this.models;
    address.change({
      source: this.isCamera ? null : this.source,
      detector: detector === this.normal.detector ? null : detector,
      classifier: classifier === this.pairing.usual ? null : classifier,
      size: this.size === "640x480" ? null : this.size,
      ...this.shown.address,
      mirror: this.mirrorChosen ? Number(this.places.mirror.checked) : null,
    });
    this.about.show(this.pairing.cards);
  }
}

const option = (kind, value, text) => el("option", { value, data: { kind } }, text);
