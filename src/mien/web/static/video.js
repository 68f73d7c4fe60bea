// Video: one file, read whole by the server, then played beside its timeline.

import * as address from "./address.js";
import { getJson, query, remove, tooLarge, upload } from "./api.js";
import { byId } from "./dom.js";
import { acceptFiles } from "./files.js";
import { About, DetectorChoice, NameSelect, defaultOf } from "./models.js";
import { Pairing } from "./pairing.js";
import { ShownChoice } from "./shown.js";
import { VideoView } from "./video_view.js";

const ASK_EVERY = 400; // ms

export class Video {
  constructor(models) {
    this.models = models;
    this.normal = { detector: defaultOf(models.detectors) };
    this.about = new About(byId("video-about"));
    const changed = () => this._choicesChanged();
    const detected = () => (this.pairing.follow(), changed());
    this.detector = new DetectorChoice(byId("video-detector"), byId("video-about"), models.detectors, detected);
    this.classifier = new NameSelect(byId("video-classifier"), models.classifiers, changed);
    this.pairing = new Pairing(models, this.detector, this.classifier);
    this.shown = new ShownChoice(byId("video-show"), models, changed);
    this.view = new VideoView(models);
    byId("video-settings").addEventListener("submit", (event) => event.preventDefault());
    byId("video-cancel").addEventListener("click", () => this.cancel());
    byId("video-again").addEventListener("click", () => this.read(this.file));
    acceptFiles({
      panel: byId("video-panel"),
      zone: byId("video-stage"),
      input: byId("video-file"),
      onFiles: ([file]) => this.read(file),
    });
  }

  /** The address may name a video of this visit: show it again. */
  enter() {
    const { values } = address.read();
    this.detector.value = values.get("detector") ?? this.normal.detector;
    this.classifier.value = values.get("classifier") ?? this.pairing.usual;
    this.pairing.settle();
    this.shown.readAddress(values);
    this.about.show(this.pairing.cards);
    const id = values.get("id");
    if (id && id !== this.id) {
      this.file = null; // the one that the page holds is another
      this._attempt((attempt) => this._follow(id, attempt));
    } else if (this.id) this._write({ id: this.id });
    this._offerAgain();
  }

  leave() {
    this.view.player.pause();
  }

  read(file) {
    const refused = tooLarge(file, this.models.limits);
    // What was read, is being read or is on its way stays.
    if (refused && (this.id || this.attempt)) return this.view.notice(refused);
    return this._attempt(async (attempt) => {
      if (refused) throw new Error(refused);
      this._forget();
      this.file = file;
      this.view.uploading(file.name, 0);
      const key = (this.key = this._key);
      const onProgress = (share) => attempt === this.attempt && this.view.uploading(file.name, share);
      const { id } = await upload(`api/videos${key}`, file, { onProgress, signal: attempt.signal });
      if (attempt.signal.aborted) return remove(`api/videos/${id}`);
      return this._follow(id, attempt);
    });
  }

  cancel() {
    this.attempt?.abort();
    this.attempt = null;
    this._forget();
    this.view.empty();
  }

  /** All that the server is asked for, as it stands in the request. */
  get _key() {
    const models = { detector: this.detector.value, classifier: this.classifier.value };
    return query("", { ...models, ...this.shown.request, draw: this.shown.value });
  }

  /** Run a job of which only the newest counts; what goes wrong is said where it happened. */
  async _attempt(job) {
    this.attempt?.abort();
    const attempt = (this.attempt = new AbortController());
    try {
      await job(attempt);
    } catch (error) {
      if (attempt !== this.attempt || error.name === "AbortError") return;
      this._forget();
      this.view.empty(error.message);
    }
    if (attempt === this.attempt) this.attempt = null;
  }

  async _follow(id, attempt) {
    this.id = id;
    this._write({ id });
    this._offerAgain();
    for (;;) {
      const state = await this._ask(id, attempt);
      if (attempt.signal.aborted) return;
      if (state.state === "failed") throw new Error(state.error);
      if (!["waiting", "working"].includes(state.state)) return this._show(id, state, attempt);
      this.view.working(state);
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
    }
  }

  /** A server that is away for a moment is waited for; one that answers "no such video" is not. */
  async _ask(id, attempt) {
    for (;;) {
      try {
        return await getJson(`api/videos/${id}`);
      } catch (error) {
        if (error.status || attempt.signal.aborted) throw error;
        await new Promise((resolve) => setTimeout(resolve, 4 * ASK_EVERY));
      }
    }
  }

  async _show(id, state, attempt) {
    const timeline = await getJson(`api/videos/${id}/timeline.json`);
    if (!attempt.signal.aborted) this.view.show(id, state, timeline);
  }

  _forget() {
    if (this.id) remove(`api/videos/${this.id}`);
    this.id = null;
    this._write({ id: null });
  }

  /** Into the address, unless another tab holds it now. */
  _write(values) {
    if (address.read().tab === "video") address.change(values);
  }

  _choicesChanged() {
    const [detector, classifier] = [this.detector.value, this.classifier.value];
    address.change({
      detector: detector === this.normal.detector ? null : detector,
      classifier: classifier === this.pairing.usual ? null : classifier,
      ...this.shown.address,
    });
    this.about.show(this.pairing.cards);
    this._offerAgain();
  }

  /** Where the choices are not those that the video was read by, it can be read again. */
  _offerAgain() {
    byId("video-again-row").hidden = !(this.file && this.id && this._key !== this.key);
  }
}
