// Boxes, ids and expressions over a picture: thin lines, text on dark plates, sharp on every screen.

import { fitCanvas } from "./dom.js";
import { drawPoints, drawPose, drawRegions } from "./face_marks.js";
import { percent, quality, verdict } from "./format.js";
import { colourOf, fillOf, styleOf } from "./palette.js";

const PLATE = "rgba(12, 13, 16, 0.82)";
const FONT = "system-ui, sans-serif";
const [NOSE_OF_68, NOSE_OF_5] = [30, 2];
const SMALL = 64; // CSS pixels: narrower boxes get a smaller plate, without the number

export class Overlay {
  /** `onPick(index)` is called with the face that was clicked. */
  constructor(canvas, onPick) {
    this.canvas = canvas;
    this.picture = null;
    this.shown = [];
    canvas.addEventListener("click", (event) => this._click(event, onPick));
    canvas.addEventListener("pointermove", (event) => {
      canvas.classList.toggle("can-pick", this._faceAt(event) !== -1);
    });
    new ResizeObserver(() => this._draw()).observe(canvas);
  }

  /** `picture` has width, height and faces; `chosen` is an index into them; `mirror` flips left and right. */
  show(picture, chosen = -1, mirror = false) {
    Object.assign(this, { picture, chosen, mirror });
    this._draw();
  }

  /** The names of what is drawn beside boxes and words: points, regions, pose. */
  setShown(names) {
    this.shown = names;
    this._draw();
  }

  clear() {
    this.show(null);
  }

  _draw() {
    const { width, height } = fitCanvas(this.canvas);
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, width, height);
    if (!this.picture) return;
    this._place(width, height);
    this.plates = [];
    const { faces } = this.picture;
    const chosen = faces[this.chosen];
    const order = faces.filter((face) => face !== chosen).concat(chosen ?? []); // the chosen one lies on top
    for (const face of order) this._drawFace(pen, face, face === chosen);
    for (const face of order.reverse()) this._drawPlate(pen, face, face === chosen); // no lines over words
  }

  /** Where the picture lies in its stage, which shows it whole and in the middle (object-fit: contain). */
  _place(width, height) {
    const scale = Math.min(width / this.picture.width, height / this.picture.height);
    this.scale = scale;
    this.left = (width - this.picture.width * scale) / 2;
    this.top = (height - this.picture.height * scale) / 2;
  }

  _rectangle({ box: [x1, y1, x2, y2] }) {
    const [from, to] = this.mirror ? [this.picture.width - x2, this.picture.width - x1] : [x1, x2];
    return {
      x: Math.round(this.left + from * this.scale),
      y: Math.round(this.top + y1 * this.scale),
      width: Math.round((to - from) * this.scale),
      height: Math.round((y2 - y1) * this.scale),
    };
  }

  _drawFace(pen, face, isChosen) {
    const place = this._rectangle(face);
    const line = isChosen ? 2.5 : 1.5;
    pen.setLineDash([]);
    outline(pen, place, line + 2, "rgba(0, 0, 0, 0.45)");
    pen.setLineDash(styleOf(face) === "unsure" ? [6, 4] : []);
    outline(pen, place, line, colourOf(styleOf(face)));
    this._drawMarks(pen, face, place, isChosen);
  }

  _drawMarks(pen, face, place, isChosen) {
    const found = pairs(face.landmarks) ?? face.points; // a detector's five stand in for the 68
    const points = found?.map((point) => this._spot(point));
    const is68 = Boolean(face.landmarks);
    if (points && this.shown.includes("points")) drawPoints(pen, points);
    if (face.pose && this.shown.includes("pose")) {
      const nose = points?.[is68 ? NOSE_OF_68 : NOSE_OF_5] ?? middle(place);
      drawPose(pen, face.pose, nose, place.height, this.mirror);
    }
    if (is68 && this.shown.includes("regions")) drawRegions(pen, points, isChosen ? FONT : null);
  }

  /** A place of the picture on the canvas. */
  _spot([x, y]) {
    return [this.left + (this.mirror ? this.picture.width - x : x) * this.scale, this.top + y * this.scale];
  }

  _drawPlate(pen, face, isChosen) {
    const place = this._rectangle(face);
    const small = place.width < SMALL && !isChosen;
    const size = small ? 11 : 13;
    const text = (small ? [verdict(face)] : words(face)).join("  ");
    pen.font = `600 ${size}px ${FONT}`;
    const height = size + 9;
    const swatch = face.label ? size - 3 : -6; // what was not read has no colour
    const width = pen.measureText(text).width + swatch + 18;
    const spot = this._freePlace(place, width, height, isChosen);
    if (!spot) return;
    const { x, y } = spot;
    this.plates.push({ x, y, width, height });
    pen.fillStyle = PLATE;
    rounded(pen, x, y, width, height, 4);
    pen.fill();
    if (face.label) {
      pen.fillStyle = fillOf(pen, styleOf(face));
      rounded(pen, x + 6, y + (height - swatch) / 2, swatch, swatch, 2);
      pen.fill();
    }
    pen.fillStyle = "#FFFFFF";
    pen.textBaseline = "middle";
    pen.fillText(text, x + swatch + 12, y + height / 2 + 0.5);
  }

  /** Above the box, else inside a tall one, else below: the first in sight that hides no other plate.
   *  The chosen face always has one. */
  _freePlace(place, width, height, isChosen) {
    const x = Math.min(Math.max(place.x, 0), Math.max(this.canvas.clientWidth - width, 0));
    const inside = { x, y: Math.max(place.y, 0) + 4 };
    const below = { x, y: place.y + place.height + 4 };
    const isTall = place.height > 5 * height;
    const tries = [{ x, y: place.y - height - 4 }, ...(isTall ? [inside, below] : [below, inside])];
    const inSight = tries.filter(({ y }) => y >= 0 && y + height <= this.canvas.clientHeight);
    const isFree = ({ x: left, y: top }) =>
      !this.plates.some((plate) => overlaps(plate, { x: left, y: top, width, height }));
    return inSight.find(isFree) ?? (isChosen ? inside : null);
  }

  /** The smallest box under the pointer, or -1. */
  _faceAt(event) {
    if (!this.picture || this.scale === undefined) return -1;
    const area = ({ width, height }) => width * height;
    const hits = this.picture.faces
      .map((face, index) => ({ index, place: this._rectangle(face) }))
      .filter(({ place }) => contains(place, event.offsetX, event.offsetY))
      .sort((a, b) => area(a.place) - area(b.place));
    return hits.length ? hits[0].index : -1;
  }

  _click(event, onPick) {
    const index = this._faceAt(event);
    if (index !== -1) onPick?.(index);
  }
}

/** What the plate of a face says: whose it is, what it shows, how sure that is. */
function words(face) {
  const { track_id: id } = face;
  const rest = face.unsure || !face.label ? [unread(face)] : [verdict(face), percent(face.confidence)];
  return id === null || id === undefined ? rest : [`#${id}`, ...rest];
}

const unread = (face) => (face.unsure ? verdict(face) : [verdict(face), quality(face)].filter(Boolean).join(": "));

const middle = ({ x, y, width, height }) => [x + width / 2, y + height / 2];

/** [x, y, x, y, ...] as [[x, y], [x, y], ...]. */
function pairs(flat) {
  return flat?.length ? Array.from({ length: flat.length / 2 }, (_, at) => flat.slice(2 * at, 2 * at + 2)) : null;
}

function contains({ x, y, width, height }, left, top) {
  return left >= x && left <= x + width && top >= y && top <= y + height;
}

function overlaps(a, b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function outline(pen, { x, y, width, height }, line, colour) {
  pen.lineWidth = line;
  pen.strokeStyle = colour;
  rounded(pen, x, y, width, height, 4);
  pen.stroke();
}

function rounded(pen, x, y, width, height, radius) {
  pen.beginPath();
  pen.roundRect(x, y, Math.max(width, 0), Math.max(height, 0), radius);
}
