// What Video shows: the empty stage, the two waits, and the result with its timeline and people.

import { byId, el, setText } from "./dom.js";
import { FaceCard } from "./face_card.js";
import { clock, count, percent, person, wait } from "./format.js";
import { colourOf } from "./palette.js";
import { faceAt, indexAt, sharesOf } from "./series.js";
import { Timeline } from "./timeline.js";

const LINKS = { "annotated.mp4": "Video", "table.csv": "CSV", "report.html": "Report" };
const UNPLAYABLE =
  "This browser cannot play the video (H.264 in MP4). Download it, or open the page in another browser.";
const ROWS = 8; // strips on the timeline; more people are reached one by one

export class VideoView {
  constructor({ labels, limits }) {
    this.labels = labels;
    this.player = byId("video-player");
    this.card = new FaceCard(byId("video-face"), labels, {
      onPick: (id) => this._choose(id),
      crop: false,
      hint: "Choose a video to see its people.",
    });
    const empty = "Every person of the video gets a row here.";
    this.timeline = new Timeline(byId("video-timeline"), {
      labels,
      legend: byId("video-legend"),
      empty,
      onSeek: (time) => this._seek(time),
      onPerson: (id) => this._choose(id),
    });
    if (limits?.upload_mb) byId("video-limit").append(` Up to ${limits.upload_mb}\u00a0MB.`);
    for (const type of ["timeupdate", "seeking", "loadedmetadata"])
      this.player.addEventListener(type, () => this._tick());
    this.player.addEventListener("play", () => this._run());
    this.player.addEventListener("error", () => this.player.getAttribute("src") && this.notice(UNPLAYABLE));
    this.people = [];
  }

  empty(wrong = "") {
    this._stage("video-note");
    byId("video-wrong").hidden = !wrong;
    setText(byId("video-wrong"), wrong);
    this._clear();
  }

  uploading(name, share) {
    if (!share) this._clear(); // not at every step: a notice stays
    this.card.show(null, { none: "Its people stand here once it is read." });
    this._stage("video-waiting");
    setText(byId("video-name"), name);
    byId("video-progress").value = share;
    setText(byId("video-stage-text"), share < 1 ? "Sending the video" : "Opening the video");
    setText(byId("video-figures"), share < 1 ? percent(share) : "");
  }

  working({ name, state, done, frames, fps, seconds_left: left }) {
    this._stage("video-waiting");
    setText(byId("video-name"), name);
    const begun = frames ? "Reading the faces" : "Opening the video";
    setText(byId("video-stage-text"), state === "waiting" ? "Waiting for its turn" : begun);
    if (done === null) byId("video-progress").removeAttribute("value");
    else byId("video-progress").value = done;
    const parts = [
      done === null ? null : percent(done),
      frames ? count(frames, "frame") : null,
      fps ? `${fps.toFixed(0)}\u00a0frames/s` : null,
    ];
    if (left !== null && left !== undefined) parts.push(`${wait(left)} left`);
    setText(byId("video-figures"), parts.filter(Boolean).join(" \u00b7 "));
  }

  show(id, { name, state, error, duration, frames, files }, timeline) {
    this._stage("video-player");
    this.player.src = `api/videos/${id}/annotated.mp4`;
    this.notice(state === "partial" ? `Partial result: ${error ?? "the file broke off."}` : "");
    this.duration = timeline.duration ?? duration ?? 0;
    this.people = byTimeSeen(timeline.people);
    setText(
      byId("video-shown"),
      [name, clock(this.duration, true), count(frames, "frame"), people(this.people.length)].join(" \u00b7 "),
    );
    const made = Object.entries(LINKS).filter(([file]) => files.includes(file));
    const link = ([file, text]) => el("a", { href: `api/videos/${id}/${file}`, download: "" }, text);
    byId("video-downloads").replaceChildren(...made.map(link));
    this.timeline.note.textContent =
      "Nobody was found in this video. Another detector may find smaller or turned faces.";
    this._choose(this.people[0]?.track_id ?? null);
    this.timeline.describe();
  }

  /** Say something under the stage, which stays as it is; "" takes it away. */
  notice(text) {
    byId("video-partial").hidden = !text;
    setText(byId("video-partial"), text);
  }

  _stage(shown) {
    byId("video-open").hidden = shown !== "video-player";
    for (const id of ["video-note", "video-waiting", "video-player"]) byId(id).hidden = id !== shown;
  }

  _clear() {
    this._unload();
    this.people = [];
    for (const id of ["video-partial", "video-share", "video-again-row"]) byId(id).hidden = true;
    setText(byId("video-shown"), "");
    byId("video-downloads").replaceChildren();
    this.timeline.note.textContent = "Every person of the video gets a row here.";
    this.timeline.set({ people: [], from: 0, to: 1 });
    this.timeline.setPlayhead(null);
    this.card.show(null);
    this.card.showPeople([], null);
  }

  /** Without `load` the browser would go on holding the old film and its connection. */
  _unload() {
    if (!this.player.hasAttribute("src")) return;
    this.player.pause();
    this.player.removeAttribute("src");
    this.player.load();
  }

  _choose(trackId) {
    this.chosen = this.people.find((series) => series.track_id === trackId) ?? null;
    const rows = this.people.slice(0, ROWS);
    if (this.chosen && !rows.includes(this.chosen)) rows.splice(-1, 1, this.chosen);
    this.timeline.set({ people: rows, chosen: trackId, from: 0, to: Math.max(this.duration, 0.1) });
    this.card.showPeople(
      this.people.map((series) => ({ key: series.track_id, text: person(series.track_id) })),
      trackId,
    );
    this._showShares();
    this._tick();
  }

  _showShares() {
    byId("video-share").hidden = !this.chosen;
    if (!this.chosen) return;
    const { seen, shares } = sharesOf(this.chosen);
    showShares([...this.labels, "unsure"].map((style) => [style, shares[style] ?? 0]));
    setText(
      byId("video-seen"),
      `${person(this.chosen.track_id)}, ${clock(seen, true)} of ${clock(this.duration, true)}`,
    );
  }

  _seek(time) {
    this.player.currentTime = time;
    this.timeline.setPlayhead(time);
  }

  _tick() {
    if (!this.player.getAttribute("src")) return;
    const time = this.player.currentTime;
    this.timeline.setPlayhead(time);
    const face = this.chosen && faceAt(this.chosen, indexAt(this.chosen, time));
    const none = this.people.length ? "Not in the picture at this moment." : "Nobody was found in this video.";
    this.card.show(face, { none });
  }

  /** While it plays, the playhead follows every frame, not only the browser's four updates a second. */
  _run() {
    if (this.player.paused || this.player.ended) return;
    this._tick();
    requestAnimationFrame(() => this._run());
  }
}

/** One stacked bar, and the words with their shares under it. */
function showShares(shares) {
  const painted = (className, style) => {
    const node = el("span", {
      className: style === "unsure" ? `${className} unsure` : className,
      ariaHidden: "true",
    });
    node.style.setProperty("--colour", colourOf(style));
    return node;
  };
  const pieces = shares.map(([style, share]) => {
    const piece = painted("fill", style);
    piece.style.width = `${share * 100}%`;
    return piece;
  });
  const lines = shares.map(([style, share]) =>
    el(
      "li",
      { className: share ? "" : "absent" },
      painted("swatch", style),
      style,
      el("span", { className: "value" }, percent(share)),
    ),
  );
  byId("video-shares-bar").replaceChildren(...pieces);
  byId("video-shares").replaceChildren(...lines);
}

function byTimeSeen(series) {
  return series.filter(({ times }) => times.length).sort((a, b) => b.times.length - a.times.length);
}

const people = (number) => count(number, "person", "people");
