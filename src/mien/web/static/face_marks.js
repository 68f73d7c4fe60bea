// The points of a face, its regions and the way its head points, on the overlay's canvas. Which points make
// which line or region, and the axes' colours, come from the server: the annotated video looks the same.

const DARK = "rgba(12, 13, 16, 0.55)";
const LIGHT = "rgba(255, 255, 255, 0.86)";
const PLATE = "rgba(12, 13, 16, 0.78)";
const DOTTED = 55; // CSS pixels between the eyes: on smaller faces dots would run together
const WORDED = 64; // and words would hide the face
const [EYE_LEFT, EYE_RIGHT] = [36, 45]; // the outer corners
const TURN = 2 * Math.PI;

let marks = { lines: [], regions: [], axes: [], axis: 0 };

/** Take over what `api/models` says of them. */
export function setMarks(stated) {
  marks = { ...marks, ...stated };
}

/** `points` are on the canvas, in CSS pixels: the 68, which lines join, or a detector's five. */
export function drawPoints(pen, points) {
  if (points.length < EYE_RIGHT) return dots(pen, points, 2, 1);
  const reach = distance(points[EYE_LEFT], points[EYE_RIGHT]);
  const width = clamp(0.4 + reach * 0.006, 0.5, 1.4); // thinner on small faces, which lines would cover
  const rim = clamp(0.2 + reach * 0.005, 0.3, 1);
  const path = new Path2D();
  for (const { points: part, closed } of marks.lines) addLine(path, part.map((index) => points[index]), closed);
  pen.lineJoin = pen.lineCap = "round";
  twice(pen, width, rim, LIGHT, () => pen.stroke(path));
  return reach < DOTTED ? undefined : dots(pen, points, clamp(reach * 0.015, 1, 2), rim);
}

/** Frames and, where a `font` is given, their words, on plates where no other region is. */
export function drawRegions(pen, points, font) {
  const reach = distance(points[EYE_LEFT], points[EYE_RIGHT]);
  const boxes = marks.regions.map(({ name, points: part, room }) => ({
    word: name.split("_")[0],
    ...around(part.map((index) => points[index]), room * reach),
  }));
  pen.lineJoin = "miter";
  twice(pen, 1, 1, LIGHT, () => {
    for (const { x, y, width, height } of boxes) pen.strokeRect(x, y, width, height);
  });
  if (!font || reach < WORDED) return;
  const middle = boxes.find(({ word }) => word === "nose") ?? boxes[0];
  for (const box of boxes) drawWord(pen, box, box.x < middle.x, font);
}

/** `origin` is the nose's tip; angles are in degrees; `mirrored` flips left and right. */
export function drawPose(pen, { roll, yaw, pitch }, origin, faceHeight, mirrored) {
  const length = marks.axis * faceHeight;
  const ends = axes(roll, yaw, pitch).map(([x, y]) => [
    origin[0] + (mirrored ? -x : x) * length,
    origin[1] + y * length,
  ]);
  pen.lineCap = "round";
  ends.forEach((end, index) => {
    const path = new Path2D();
    addLine(path, [origin, end], false);
    twice(pen, 2, 1, marks.axes[index], () => pen.stroke(path));
  });
  dots(pen, [ends.at(-1)], 2.2, 1);
}

/** Where a head's axes to its side, down and forward end, for length 1: x to the right, y down. */
function axes(...degrees) {
  const [roll, yaw, pitch] = degrees.map((angle) => (angle * Math.PI) / 180);
  const ends = [
    [Math.cos(yaw), 0],
    [Math.sin(yaw) * Math.sin(pitch), Math.cos(pitch)],
    [Math.sin(yaw) * Math.cos(pitch), -Math.sin(pitch)],
  ];
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
  return ends.map(([x, y]) => [x * cos - y * sin, x * sin + y * cos]);
}

/** Draw with a dark rim on either side, then the line itself. */
function twice(pen, width, rim, colour, draw) {
  pen.setLineDash([]);
  for (const [line, ink] of [
    [width + 2 * rim, DARK],
    [width, colour],
  ]) {
    pen.lineWidth = line;
    pen.strokeStyle = ink;
    draw();
  }
}

function dots(pen, points, size, rim) {
  for (const [radius, colour] of [
    [size + rim, DARK],
    [size, "#FFFFFF"],
  ]) {
    pen.fillStyle = colour;
    pen.beginPath();
    for (const [x, y] of points) {
      pen.moveTo(x + radius, y);
      pen.arc(x, y, radius, 0, TURN);
    }
    pen.fill();
  }
}

function drawWord(pen, { word, x, y, width, height }, isLeft, font) {
  pen.font = `600 11px ${font}`;
  const [wide, high] = [pen.measureText(word).width + 8, 16];
  const [centre, middle, right] = [x + (width - wide) / 2, y + (height - high) / 2, x + width + 1];
  const places = {
    brow: [centre, y - high - 1],
    eye: [isLeft ? x - wide - 1 : right, middle],
    nose: [right, middle],
    mouth: [centre, y + height + 1],
  };
  const [left, top] = inside(pen.canvas, places[word] ?? places.mouth, wide, high);
  pen.fillStyle = PLATE;
  pen.beginPath();
  pen.roundRect(left, top, wide, high, 3);
  pen.fill();
  pen.fillStyle = "#FFFFFF";
  pen.textBaseline = "middle";
  pen.fillText(word, left + 4, top + high / 2 + 0.5);
}

/** The place nearest to `[x, y]` where a plate can be seen whole. */
function inside({ clientWidth, clientHeight }, [x, y], width, height) {
  return [clamp(x, 0, clientWidth - width), clamp(y, 0, clientHeight - height)];
}

/** The box around points with `room` on every side, on whole pixels, where thin lines are sharp. */
function around(points, room) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs) - room, Math.min(...ys) - room].map((edge) => Math.round(edge) + 0.5);
  const [right, bottom] = [Math.max(...xs) + room, Math.max(...ys) + room].map((edge) => Math.round(edge) + 0.5);
  return { x, y, width: right - x, height: bottom - y };
}

function addLine(path, points, closed) {
  points.forEach(([x, y], index) => (index ? path.lineTo(x, y) : path.moveTo(x, y)));
  if (closed) path.closePath();
}

const distance = ([x1, y1], [x2, y2]) => Math.hypot(x2 - x1, y2 - y1);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
