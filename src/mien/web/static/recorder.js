// Record: the table of a live run, and by choice its video; links to both once it is stopped.

import { byId, el } from "./dom.js";
import { clock, count } from "./format.js";

export class Recorder {
  /** `send(header)` returns whether the line took it; `drawn()` names what the video shows beside the boxes. */
  constructor(send, drawn) {
    Object.assign(this, {
      send,
      drawn,
      on: false,
      button: byId("live-record"),
      wantsVideo: byId("live-record-video"),
      links: byId("live-downloads"),
    });
    this.button.addEventListener("click", () => this.toggle());
  }

  enable(possible) {
    this.button.disabled = !possible;
  }

  toggle() {
    this.asked = true;
    this.send({ type: "record", on: !this.on, video: this.wantsVideo.checked, draw: this.drawn() });
    this.button.disabled = true; // until the server has answered
  }

  /** An error came: where it answers what was asked of the recording, none runs now. Tells whether it did. */
  refused() {
    const { asked } = this;
    if (asked) this._set(false);
    if (asked) this.button.disabled = false;
    return asked;
  }

  /** The server's `recording` message. */
  heard({ on, id, rows, video, dropped, error }) {
    this._set(on);
    this.button.disabled = false;
    if (on) this.links.replaceChildren();
    else if (id) this._offer(id, rows, video);
    if (error) this.links.append(error);
    else if (dropped) this.links.append(`${count(dropped, "frame")} too many for the video`);
  }

  /** The run ended or the line broke, and the recording with it. */
  lost(why) {
    if (this.on || this.asked) this.links.replaceChildren(why);
    this._set(false);
  }

  _set(on) {
    Object.assign(this, { on, asked: false });
    this.button.setAttribute("aria-pressed", String(on));
    this.wantsVideo.disabled = on;
    clearInterval(this.timer);
    this.button.textContent = "Record";
    if (on) this._count();
  }

  _count() {
    const start = performance.now();
    const tell = () =>
      (this.button.textContent = `Stop recording ${clock((performance.now() - start) / 1000)}`);
    this.timer = setInterval(tell, 500);
    tell();
  }

  _offer(id, rows, video) {
    const link = (file, text) => el("a", { href: `api/recordings/${id}/${file}`, download: "" }, text);
    this.links.replaceChildren(`${count(rows, "row")}: `, link("table.csv", "CSV"));
    if (video) this.links.append(" ", link("video.mp4", "Video"));
  }
}
