// What Live shows: picture, boxes, the chosen face, the last minute, figures, and every state in words.

import { byId, paint, setText } from "./dom.js";
import { FaceCard } from "./face_card.js";
import { verdict } from "./format.js";
import { Overlay } from "./overlay.js";
import { History } from "./series.js";
import { Speaker } from "./speech.js";
import { Stats } from "./stats.js";
import { Timeline } from "./timeline.js";

const SPAN = 60; // seconds on the timeline
const DRAW_EVERY = 80; // ms: the timeline moves on by less than a pixel in between

export class LiveView {
  constructor({ labels }, { onPerson }) {
    this.video = byId("live-video");
    this.picture = byId("live-picture");
    this.faces = this.wanted = null;
    this.history = new History();
    this.overlay = new Overlay(byId("live-overlay"), (index) => onPerson(this.faces[index].track_id));
    this.card = new FaceCard(byId("live-face"), labels, {
      onPick: onPerson,
      hint: "Its expression stands here.",
    });
    this.timeline = new Timeline(byId("live-timeline"), {
      labels,
      live: true,
      legend: byId("live-legend"),
      empty: "The last 60 seconds of the chosen face run along here.",
    });
    this.stats = new Stats();
    this.speaker = new Speaker(byId("live-said"), byId("live-aloud"));
    this.pause = byId("live-pause");
    this.pause.addEventListener("click", () =>
      this._setPaused(this.pause.getAttribute("aria-pressed") !== "true"),
    );
  }

  get hasResult() {
    return this.faces !== null;
  }

  /** A run begins: the stage is cleared of the last one. */
  begin(isCamera) {
    Object.assign(this, { faces: null, wanted: null, lastTime: -1, drawnAt: 0, lastShown: null, now: 0 });
    this.history.clear();
    this.stats.clear();
    this.overlay.clear();
    this.video.hidden = !isCamera;
    this.picture.hidden = true;
    byId("live-note").hidden = true;
    this._setPaused(false);
    this.timeline.set({ people: [] });
    this.card.show(null, { none: "Waiting for the first picture." });
    this.card.showPeople([], null);
    this.trouble("");
  }

  /** Nobody is known any more, and nobody chosen: the numbers that come will stand for others. */
  forget() {
    this.wanted = null;
    this.history.clear();
  }

  /** Nothing runs: say what to do, and why the last run ended where it did so by itself. */
  idle(startText, reason = "", isWrong = true) {
    this.wait("");
    this.trouble("");
    this.overlay.clear();
    this.video.hidden = this.picture.hidden = true;
    byId("live-note").hidden = false;
    byId("live-wrong").hidden = !reason;
    byId("live-wrong").className = isWrong ? "wrong" : "said";
    setText(byId("live-wrong"), reason);
    setText(byId("live-start"), reason ? `${startText} again` : startText);
    this.card.show(null);
    this.card.showPeople([], null);
    this.speaker.silence();
  }

  /** What is shown beside boxes and bars. */
  setShown(names) {
    this.overlay.setShown(names);
    this.card.showsMeasures = names.includes("measures");
  }

  wait(text) {
    byId("live-waiting").hidden = !text;
    setText(byId("live-waiting-text"), text);
  }

  trouble(text) {
    byId("live-trouble").hidden = !text;
    setText(byId("live-trouble"), text);
  }

  result(header, payload, { latency, dropped, mirror }) {
    const jpeg = payload.subarray(0, header.picture ?? 0);
    if (header.time < this.lastTime) this.history.clear(); // the source began anew
    this.lastTime = header.time;
    this.faces = header.faces;
    this.history.add(header.time, header.faces);
    this.stats.add(latency, dropped, header.timings);
    const shown = this._shown(header);
    const draw = () => this.overlay.show(header, header.faces.indexOf(shown), mirror);
    if (jpeg.length) this._showPicture(jpeg, draw);
    else draw();
    this._showFace(shown, header, payload.subarray(jpeg.length));
    this.speaker.tell(shown);
    this._showTimeline(header.time, shown);
  }

  /** The face the visitor chose; else the one whose crop came (the largest). */
  _shown({ faces, crop_of: cropOf }) {
    const byTrack = (id) => faces.find((face) => face.track_id === id);
    return byTrack(this.wanted) ?? byTrack(cropOf) ?? faces[0] ?? null;
  }

  /** Draw the server's pictures one after the other; where drawing is slower than they come, the newest. */
  async _showPicture(jpeg, draw) {
    this.next = { jpeg, draw };
    if (this.painting) return;
    this.painting = true;
    for (let one = this.next; one; one = this.next) {
      this.next = null;
      await this._paintPicture(one);
    }
    this.painting = false;
  }

  async _paintPicture({ jpeg, draw }) {
    try {
      await paint(this.picture, jpeg);
    } catch {
      this.trouble("A picture from the server could not be shown.");
      return;
    }
    this.picture.hidden = byId("live-note").hidden === false; // stopped meanwhile
    if (!this.picture.hidden) draw();
  }

  _showFace(shown, { faces, crop_of: cropOf }, crop) {
    this.card.show(shown, { none: "Nobody is in the picture." });
    if (shown && crop.length && cropOf === shown.track_id) this.card.showCrop(crop);
    const people = [...faces].sort((a, b) => a.track_id - b.track_id);
    this.card.showPeople(
      people.map((face) => ({ key: face.track_id, text: chip(face) })),
      shown?.track_id ?? null,
    );
  }

  _showTimeline(time, shown) {
    this.now = time;
    if (shown) this.lastShown = shown.track_id;
    const paused = this.pause.getAttribute("aria-pressed") === "true";
    if (paused || performance.now() - this.drawnAt < DRAW_EVERY) return;
    this.drawnAt = performance.now();
    const series = this.history.get(this.lastShown);
    this.timeline.set({ people: series ? [series] : [], chosen: this.lastShown, from: time - SPAN, to: time });
  }

  /** While paused, the timeline keeps a copy of what it shows; reading goes on behind it. */
  _setPaused(paused) {
    this.pause.setAttribute("aria-pressed", String(paused));
    this.pause.textContent = paused ? "Go on" : "Pause";
    if (paused && this.timeline.view.people.length)
      this.timeline.set({ people: structuredClone(this.timeline.view.people) });
  }
}

const chip = (face) => `#${face.track_id} ${verdict(face)}`;
