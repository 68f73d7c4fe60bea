// The timeline of Live and Video: strips per person, probability lines of the chosen one, a shared axis.
// It is a slider: by pointer or arrow keys it reads out, and where `onSeek` is given, seeks.

import { el, fitCanvas, onceAFrame, setText } from "./dom.js";
import { clock, count, percent, person, verdict } from "./format.js";
import { colourOf } from "./palette.js";
import { faceAt, indexAt, sharesOf } from "./series.js";
import { drawCursor, drawTimeline, heightFor, layout } from "./timeline_paint.js";

export class Timeline {
  constructor(root, { labels, legend, live = false, empty = "", onSeek, onPerson }) {
    this.view = { people: [], chosen: null, from: 0, to: live ? 60 : 1, live };
    Object.assign(this, {
      onSeek,
      onPerson,
      playhead: null,
      cursor: null,
      layer: document.createElement("canvas"),
    });
    this.canvas = el("canvas", { ariaHidden: "true" });
    this.note = el("p", { className: "timeline-note" }, empty);
    this.readout = el("div", { className: "plate readout", hidden: true, ariaHidden: "true" });
    this.summary = el("p", { className: "quiet", id: `${root.id}-summary` });
    this.slider = el(
      "div",
      { className: "timeline", role: "slider", tabIndex: 0 },
      this.canvas,
      this.note,
      this.readout,
    );
    this.slider.setAttribute(
      "aria-label",
      onSeek ? "Timeline: moves the video" : "Timeline of the last minute",
    );
    this.slider.setAttribute("aria-describedby", this.summary.id);
    legend.replaceChildren(...[...labels, "unsure"].map((label) => el("li", {}, swatch(label), label)));
    root.replaceChildren(this.slider, this.summary);
    this.redraw = onceAFrame(() => this._draw());
    this._listen();
    this.set({});
  }

  /** Any of: people (series), chosen (track id), from, to (seconds). */
  set(values) {
    Object.assign(this.view, values);
    this.stale = true;
    this.note.hidden = this.view.people.length > 0;
    this.slider.style.height = `${heightFor(this.view.people.length)}px`;
    this._say();
    this.redraw();
  }

  setPlayhead(time) {
    this.playhead = time;
    this._say();
    this.redraw();
  }

  /** Write the shares of time out for those who do not see the drawing. */
  describe() {
    const parts = this.view.people.map((series) => {
      const { seen, shares } = sharesOf(series, this.view.from, this.view.to);
      const listed = Object.entries(shares).sort((a, b) => b[1] - a[1]);
      const words = listed.map(([style, share]) => `${style} ${percent(share)}`).join(", ");
      return `${person(series.track_id)}, seen for ${count(Math.round(seen), "second")}: ${words}.`;
    });
    setText(this.summary, parts.join(" ") || "Nobody has been seen yet.");
  }

  get _now() {
    return (this.onSeek ? this.playhead : this.cursor) ?? (this.view.live ? this.view.to : this.view.from);
  }

  get _chosen() {
    return this.view.people.find((series) => series.track_id === this.view.chosen) ?? null;
  }

  _face(time) {
    return this._chosen && faceAt(this._chosen, indexAt(this._chosen, time));
  }

  _when(time) {
    return this.view.live ? `${(this.view.to - time).toFixed(1)} s ago` : clock(time, true);
  }

  _say() {
    const { from, to, live } = this.view;
    const face = this._face(this._now);
    const zero = live ? to : 0;
    this.slider.setAttribute("aria-valuemin", (from - zero).toFixed(1));
    this.slider.setAttribute("aria-valuemax", (to - zero).toFixed(1));
    this.slider.setAttribute("aria-valuenow", (this._now - zero).toFixed(1));
    const said = face ? `${person(face.track_id)} ${verdict(face)} ${percent(face.confidence)}` : "nobody";
    this.slider.setAttribute("aria-valuetext", `${this._when(this._now)}: ${said}`);
  }

  _draw() {
    const size = fitCanvas(this.canvas);
    if (!size.width) return;
    const place = (this.place = layout(size, this.view, this.view.people.length));
    const pen = this.canvas.getContext("2d");
    const ink = this._ink();
    if (this.stale || this.layer.width !== this.canvas.width || this.layer.height !== this.canvas.height) {
      drawTimeline(pen, place, this.view, ink);
      this._keepLayer();
    } else this._restoreLayer(pen);
    if (this.playhead !== null) drawCursor(pen, place, this.playhead, ink.accent, true);
    if (this.cursor < this.view.from) this.cursor = null; // a live one has run out on the left
    if (this.cursor !== null) drawCursor(pen, place, this.cursor, ink.quiet, false);
    this._showReadout();
  }

  /** What does not change while the playhead runs is drawn once. */
  _keepLayer() {
    this.layer.width = this.canvas.width;
    this.layer.height = this.canvas.height;
    this.layer.getContext("2d").drawImage(this.canvas, 0, 0);
    this.stale = false;
  }

  _restoreLayer(pen) {
    pen.save();
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.drawImage(this.layer, 0, 0);
    pen.restore();
  }

  _ink() {
    const style = getComputedStyle(this.slider);
    const value = (name) => style.getPropertyValue(name).trim();
    return {
      text: value("--text"),
      quiet: value("--muted"),
      line: value("--line"),
      surface: value("--surface"),
      accent: value("--accent-text"),
    };
  }

  _showReadout() {
    const face = this.cursor === null ? null : this._face(this.cursor);
    this.readout.hidden = this.cursor === null || !this.view.people.length;
    if (this.readout.hidden) return;
    const rows = Object.entries(face?.probabilities ?? {}).map(([label, share]) =>
      el(
        "span",
        { className: "row" },
        swatch(label),
        el("span", {}, label),
        el("span", { className: "value" }, percent(share)),
      ),
    );
    const title = face
      ? `${this._when(this.cursor)} \u00b7 ${verdict(face)}`
      : `${this._when(this.cursor)} \u00b7 nobody`;
    this.readout.replaceChildren(el("strong", {}, title), ...rows);
    const x = this.place.x(this.cursor);
    const width = this.readout.offsetWidth;
    this.readout.style.left = `${x + width + 16 < this.place.width ? x + 12 : Math.max(x - width - 12, 0)}px`;
  }

  _listen() {
    const { slider } = this;
    slider.addEventListener("pointermove", (event) => this._point(event));
    slider.addEventListener("pointerleave", () => this._unpoint());
    slider.addEventListener("pointerdown", (event) => this._press(event));
    slider.addEventListener("keydown", (event) => this._key(event));
    slider.addEventListener("blur", () => this._unpoint());
    slider.addEventListener("focus", () => this.describe());
    new ResizeObserver(() => ((this.stale = true), this.redraw())).observe(slider);
    window
      .matchMedia("(prefers-color-scheme: dark)")
      .addEventListener("change", () => ((this.stale = true), this.redraw()));
  }

  _timeOf(event) {
    return this.place.time(event.clientX - this.slider.getBoundingClientRect().left);
  }

  _point(event) {
    if (!this.place || !this.view.people.length) return;
    this.cursor = this._timeOf(event);
    if (event.buttons & 1) this.onSeek?.(this.cursor);
    this.redraw();
  }

  _unpoint() {
    this.cursor = null;
    this.redraw();
  }

  _press(event) {
    if (!this.place || !this.view.people.length || event.button !== 0) return;
    const row = this.place.row(event.clientY - this.slider.getBoundingClientRect().top);
    const picked = this.view.people[row];
    if (picked && picked.track_id !== this.view.chosen) this.onPerson?.(picked.track_id);
    this.onSeek?.(this._timeOf(event));
  }

  _key(event) {
    const { from, to } = this.view;
    const moves = {
      ArrowLeft: -0.1,
      ArrowDown: -0.1,
      ArrowRight: 0.1,
      ArrowUp: 0.1,
      PageDown: -5,
      PageUp: 5,
      Home: -Infinity,
      End: Infinity,
    };
    if (event.key === "Escape") return this._unpoint();
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    event.preventDefault();
    const step = moves[event.key] * (event.shiftKey ? 10 : 1);
    const target = Math.min(Math.max(this._now + step, from), to);
    if (this.onSeek) this.onSeek(target);
    else this.cursor = target;
    this._say();
    return this.redraw();
  }
}

function swatch(label) {
  const node = el("span", { className: label === "unsure" ? "swatch unsure" : "swatch", ariaHidden: "true" });
  node.style.setProperty("--colour", colourOf(label));
  return node;
}
