// Says the expression when it changed and stayed: in a live region for screen readers, aloud by choice.

import { capital, person, verdict } from "./format.js";

const SETTLED = 700; // ms that an expression must hold before it is said
const CAN_SPEAK = "speechSynthesis" in window;

export class Speaker {
  constructor(region, toggle) {
    this.region = region;
    this.toggle = toggle;
    this.said = "";
    this.candidate = "";
    toggle.closest("label").hidden = !CAN_SPEAK;
    toggle.addEventListener("change", () => toggle.checked || speechSynthesis.cancel());
  }

  /** Tell the newest state of the chosen face, or null for none; `now` is in milliseconds. */
  tell(face, now = performance.now()) {
    const text = face ? `${person(face.track_id)}: ${verdict(face)}` : "No face in the picture";
    if (text !== this.candidate) [this.candidate, this.since] = [text, now];
    if (text === this.said || now - this.since < SETTLED) return;
    this.said = text;
    this.region.textContent = text;
    if (face && this.toggle.checked) this._aloud(capital(verdict(face)));
  }

  silence() {
    this.said = this.candidate = "";
    this.region.textContent = "";
    if (CAN_SPEAK) speechSynthesis.cancel();
  }

  _aloud(text) {
    speechSynthesis.cancel(); // the newest counts; a queue would lag behind the face
    const words = new SpeechSynthesisUtterance(text);
    words.lang = "en";
    speechSynthesis.speak(words);
  }
}
