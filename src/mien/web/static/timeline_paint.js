// How a timeline is drawn: strips of the winning expression, probability lines, one axis for both.

import { clock, person } from "./format.js";
import { colourOf, fillOf, inkOn } from "./palette.js";
import { buckets, runsOf } from "./series.js";

const STRIP = 22;
const GAP = 4;
const LINES = 80;
const AXIS = 24;
const FONT = "12px system-ui, sans-serif";
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

export const heightFor = (strips) => Math.max(strips, 1) * (STRIP + GAP) + 8 + LINES + AXIS;

/** Where everything lies, and the maps between time and x. */
export function layout({ width, height }, { from, to }, strips) {
  const left = width < 560 ? 32 : 80;
  const right = width - 12;
  const span = Math.max(to - from, 1e-6);
  const linesTop = Math.max(strips, 1) * (STRIP + GAP) + 8;
  return {
    left,
    right,
    width,
    height,
    linesTop,
    linesBottom: linesTop + LINES,
    x: (time) => left + ((time - from) / span) * (right - left),
    time: (x) => Math.min(Math.max(from + ((x - left) / (right - left)) * span, from), to),
    y: (share) => linesTop + (1 - share) * LINES,
    stripTop: (row) => row * (STRIP + GAP),
    row: (y) => (y < linesTop - 8 ? Math.floor(y / (STRIP + GAP)) : -1),
  };
}

/** Everything but the cursor. `view`: people, chosen, from, to, live, ended; `ink`: colours of the page. */
export function drawTimeline(pen, place, view, ink) {
  pen.clearRect(0, 0, place.width, place.height);
  pen.font = FONT;
  if (!view.people.length) return; // a note stands there
  drawGrid(pen, place, ink);
  drawAxis(pen, place, view, ink);
  pen.save();
  pen.beginPath();
  pen.rect(place.left, 0, place.right - place.left, place.height);
  pen.clip();
  view.people.forEach((series, row) => drawStrip(pen, place, view, series, row, ink));
  const chosen = view.people.find((series) => series.track_id === view.chosen);
  if (chosen) drawLines(pen, place, view, chosen);
  pen.restore();
  view.people.forEach((series, row) => drawName(pen, place, series, row, view, ink));
}

export function drawCursor(pen, place, time, colour, headed) {
  const x = Math.round(place.x(time)) + 0.5;
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = headed ? 2 : 1;
  pen.beginPath();
  pen.moveTo(x, 0);
  pen.lineTo(x, place.linesBottom);
  pen.stroke();
  if (!headed) return;
  pen.beginPath();
  pen.arc(x, place.linesBottom, 5, 0, Math.PI * 2);
  pen.fill();
}

function drawGrid(pen, place, ink) {
  pen.lineWidth = 1;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const share of [0, 0.5, 1]) {
    const y = Math.round(place.y(share)) + 0.5;
    pen.strokeStyle = ink.line;
    line(pen, place.left, y, place.right, y);
    pen.fillStyle = ink.quiet;
    pen.fillText(`${share * 100}${place.left > 40 ? "\u00a0%" : ""}`, place.left - 8, y);
  }
}

function drawAxis(pen, place, view, ink) {
  pen.fillStyle = ink.quiet;
  pen.textBaseline = "top";
  for (const { time, text } of ticks(place, view)) {
    const x = place.x(time);
    pen.strokeStyle = ink.line;
    line(pen, Math.round(x) + 0.5, place.linesBottom, Math.round(x) + 0.5, place.linesBottom + 4);
    pen.textAlign = x > place.right - 16 ? "right" : x < place.left + 16 ? "left" : "center";
    pen.fillText(text, x, place.linesBottom + 8);
  }
}

function ticks(place, { from, to, live }) {
  const fitting = (to - from) / Math.max((place.right - place.left) / 72, 1);
  const step = STEPS.find((one) => one >= fitting) ?? STEPS.at(-1);
  const marks = [];
  if (live) {
    for (let ago = 0; ago <= to - from + 1e-6; ago += step)
      marks.push({ time: to - ago, text: ago ? `\u2212${ago} s` : "now" });
  } else {
    for (let time = 0; time <= to + 1e-6; time += step) marks.push({ time, text: clock(time, step < 1) });
  }
  return marks;
}

function drawStrip(pen, place, view, series, row, ink) {
  const top = place.stripTop(row);
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  const dim = view.people.length > 1 && series.track_id !== view.chosen;
  for (const run of runsOf(series, view.from, view.to)) {
    const [start, end] = [Math.max(place.x(run.from), place.left), Math.min(place.x(run.to), place.right)];
    if (end <= start) continue;
    pen.globalAlpha = dim ? 0.5 : 1;
    pen.fillStyle = fillOf(pen, run.style);
    pen.fillRect(start, top, Math.max(end - start - (end - start > 3 ? 1 : 0), 0.75), STRIP);
    pen.globalAlpha = 1;
    drawWord(pen, run.style, start, end, top, dim, ink);
  }
}

/** The expression's word, where its stretch is wide enough. */
function drawWord(pen, style, start, end, top, dim, ink) {
  const width = pen.measureText(style).width;
  if (end - start < width + 14) return;
  if (style === "unsure") {
    pen.fillStyle = ink.surface;
    pen.fillRect(start + 4, top + 3, width + 8, STRIP - 6);
  }
  pen.fillStyle = dim || style === "unsure" ? ink.text : inkOn(colourOf(style));
  pen.fillText(style, start + 8, top + STRIP / 2 + 0.5);
}

function drawName(pen, place, series, row, view, ink) {
  const chosen = series.track_id === view.chosen;
  pen.fillStyle = chosen ? ink.text : ink.quiet;
  pen.font = chosen ? `600 ${FONT}` : FONT;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  const whole = person(series.track_id);
  const fits = pen.measureText(whole).width <= place.left - 8;
  const text = fits ? whole : String(series.track_id ?? "");
  pen.fillText(text, place.left - 8, place.stripTop(row) + STRIP / 2);
}

function drawLines(pen, place, view, series) {
  const points = buckets(series, view.from, view.to, Math.max((place.right - place.left) / 2, 1));
  pen.lineWidth = 1.75;
  pen.lineJoin = "round";
  for (const label of Object.keys(series.probabilities)) {
    pen.strokeStyle = colourOf(label);
    pen.beginPath();
    let drawing = false;
    for (const point of points) {
      if (point) pen[drawing ? "lineTo" : "moveTo"](place.x(point.time), place.y(point.values[label]));
      drawing = Boolean(point);
    }
    pen.stroke();
  }
}

function line(pen, x1, y1, x2, y2) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}
