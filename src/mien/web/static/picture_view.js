// What Picture shows of the chosen picture: itself, its boxes, the chosen face, the models side by side.

import { query } from "./api.js";
import { comparison } from "./compare.js";
import { byId, el, paint, setText } from "./dom.js";
import { FaceCard } from "./face_card.js";
import { count, verdict } from "./format.js";
import { Overlay } from "./overlay.js";

const LINKS = { "annotated.jpg": "Picture", "table.csv": "CSV", "results.jsonl": "JSON lines" };

export class PictureView {
  constructor({ labels, classifiers }) {
    this.titles = Object.fromEntries(classifiers.map(({ name, title }) => [name, title ?? name]));
    this.image = byId("picture-image");
    this.overlay = new Overlay(byId("picture-overlay"), (index) => this.onFace?.(index));
    this.card = new FaceCard(byId("picture-face"), labels, { hint: "Choose a picture to see its faces." });
  }

  /** What the overlay, and the picture to download, show beside the boxes. */
  setShown(names) {
    this.shown = names;
    this.overlay.setShown(names);
    this.card.showsMeasures = names.includes("measures");
  }

  show(item, at, total) {
    byId("picture-add").hidden = false;
    byId("picture-note").hidden = true;
    this._showImage(item);
    this._showState(item);
    const found = item.state === "done" ? [count(item.result.faces.length, "face")] : [];
    const place = total > 1 ? [`${at + 1} of ${total}`] : [];
    setText(byId("picture-count"), [...place, ...found, item.name].join(" \u00b7 "));
    byId("picture-count").title = item.name;
    this._showFaces(item);
    this._showLinks(item);
  }

  progress(share) {
    const bar = byId("picture-progress");
    setText(byId("picture-waiting-text"), share < 1 ? "Sending the picture\u2026" : "Reading the faces\u2026");
    if (share < 1) bar.value = share;
    else bar.removeAttribute("value");
  }

  /** The file as the browser decodes it; where it cannot, the server's annotated picture stands in. */
  async _showImage(item) {
    if (this.wanted === item) return; // it is there, or on its way
    const isWanted = () => this.wanted === item;
    this.wanted = item;
    try {
      await paint(this.image, await pixels(item), isWanted);
      if (isWanted()) this.image.hidden = false;
    } catch {
      const first = !item.undecodable;
      item.undecodable = true;
      if (!isWanted()) return;
      this.wanted = null;
      this.image.hidden = true; // or the picture before would stand there under this one's name
      if (first) this._showImage(item);
    }
  }

  _showState(item) {
    const busy = item.state === "waiting" || item.state === "working";
    const none = item.state === "done" && !item.result.faces.length;
    if (busy && byId("picture-waiting").hidden) this.progress(1);
    byId("picture-waiting").hidden = !busy;
    byId("picture-say").hidden = !none;
    setText(
      byId("picture-say"),
      none ? "No face was found here. A larger, upright, well-lit face helps; so may another detector." : "",
    );
    byId("picture-failed").hidden = item.state !== "failed";
    setText(byId("picture-wrong"), item.state === "failed" ? item.error : "");
  }

  _showFaces(item) {
    const result = item.state === "failed" ? null : item.result;
    const faces = (result?.faces ?? []).map((face) => ({ ...face, ...Object.values(face.expressions)[0] }));
    const boxes = result && { ...result, faces };
    this.overlay.show(boxes, item.face);
    this.image.setAttribute("aria-label", result ? `${item.name}: ${count(faces.length, "face")}` : item.name);
    const face = faces[item.face] ?? null;
    this.card.show(face, {
      title: faces.length > 1 ? `Face ${item.face + 1} of ${faces.length}` : "",
      none: hint(item),
    });
    if (face?.crop) this.card.showCrop(face.crop);
    this.card.showPeople(
      faces.map((one, key) => ({ key, text: `${key + 1} ${verdict(one)}` })),
      item.face,
    );
    this._compare(face);
  }

  _compare(face) {
    const place = byId("picture-compare");
    const several = face && Object.keys(face.expressions).length > 1;
    place.hidden = !several;
    byId("picture-panel").classList.toggle("comparing", Boolean(several));
    if (several) place.replaceChildren(el("h2", {}, "Side by side"), comparison(face.expressions, this.titles));
  }

  _showLinks({ state, result }) {
    const drawn = (file) => (file.endsWith(".jpg") && this.shown?.length ? query(file, { draw: this.shown }) : file);
    const link = ([file, text]) =>
      el("a", { href: `api/pictures/${result.id}/${drawn(file)}`, download: "" }, text);
    byId("picture-downloads").replaceChildren(...(state === "done" ? Object.entries(LINKS).map(link) : []));
  }
}

/** The bytes to paint; an error where neither browser nor server can read the file. */
async function pixels({ file, undecodable, result }) {
  if (!undecodable) return file;
  const answer = await fetch(`api/pictures/${result.id}/annotated.jpg`);
  return answer.blob();
}

function hint({ state }) {
  if (state === "failed") return "This picture could not be read.";
  return state === "done" ? "Nobody was found in this picture." : "Reading the faces\u2026";
}
