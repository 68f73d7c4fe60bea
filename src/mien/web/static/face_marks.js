// The 68 points of a face, its regions and the way its head points, on the overlay's canvas.

const range = (from, to) => Array.from({ length: to - from }, (_, index) => from + index);
const LINES = [
  [range(0, 17), false],
  [range(17, 22), false],
  [range(22, 27), false],
  [range(27, 31), false],
  [range(31, 36), false],
  [range(36, 42), true],
  [range(42, 48), true],
  [range(48, 60), true],
  [range(60, 68), true],
];
// The same parts, and room around them in distances between the outer eye corners, as in mien.regions.
const REGIONS = [
  ["brow", range(17, 22), 0.06],
  ["brow", range(22, 27), 0.06],
  ["eye", range(36, 42), 0.08],
  ["eye", range(42, 48), 0.08],
  ["nose", range(27, 36), 0.08],
  ["mouth", range(48, 68), 0.1],
];
const DARK = "rgba(12, 13, 16, 0.75)";
const LIGHT = "#F4EFE8";
const AXES = ["#D55E00", "#009E73", "#0072B2"]; // to the side, down, forward
const WORDS_FROM = 70; // CSS pixels between the eyes: words on smaller faces would hide them

/** `points` are on the canvas, in CSS pixels. */
export function drawPoints(pen, points) {
  const reach = distance(points[36], points[45]);
  const width = Math.min(Math.max(reach / 90, 0.8), 1.6);
  for (const [line, colour] of [[width + 1.6, DARK], [width, LIGHT]]) {
    pen.setLineDash([]);
    pen.lineJoin = "round";
    pen.lineWidth = line;
    pen.strokeStyle = colour;
    for (const [part, closed] of LINES) polyline(pen, part.map((index) => points[index]), closed);
  }
  if (reach < 60) return; // nearer together, dots would hide the lines
  for (const [radius, colour] of [[width + 1.3, DARK], [width + 0.4, "#FFFFFF"]]) {
    pen.fillStyle = colour;
    pen.beginPath();
    for (const [x, y] of points) (pen.moveTo(x + radius, y), pen.arc(x, y, radius, 0, 2 * Math.PI));
    pen.fill();
  }
}

export function drawRegions(pen, points, font) {
  const reach = distance(points[36], points[45]);
  pen.setLineDash([]);
  for (const [name, part, room] of REGIONS) {
    const box = around(part.map((index) => points[index]), room * reach);
    for (const [line, colour] of [[3, DARK], [1, "#FFFFFF"]]) {
      pen.lineWidth = line;
      pen.strokeStyle = colour;
      pen.strokeRect(box.x, box.y, box.width, box.height);
    }
    if (reach >= WORDS_FROM) word(pen, name, box, font);
  }
}

/** `origin` is the nose's tip; angles in degrees with the signs of the protocol; `mirrored` flips left and right. */
export function drawPose(pen, { roll, yaw, pitch }, origin, length, mirrored) {
  pen.setLineDash([]);
  pen.lineCap = "round";
  axes(roll, yaw, pitch).forEach(([x, y], index) => {
    const end = [origin[0] + (mirrored ? -x : x) * length, origin[1] + y * length];
    for (const [line, colour] of [[5, DARK], [2.5, AXES[index]]]) {
      pen.lineWidth = line;
      pen.strokeStyle = colour;
      polyline(pen, [origin, end], false);
    }
  });
}

/** Where a head's right-hand, downward and forward axes end: x to the right, y down. */
export function axes(roll, yaw, pitch) {
  const [r, t, p] = [roll, yaw, pitch].map((angle) => (angle * Math.PI) / 180);
  const ends = [
    [Math.cos(t), 0],
    [Math.sin(t) * Math.sin(p), Math.cos(p)],
    [Math.sin(t) * Math.cos(p), -Math.sin(p)],
  ];
  return ends.map(([x, y]) => [x * Math.cos(r) - y * Math.sin(r), x * Math.sin(r) + y * Math.cos(r)]);
}

function word(pen, name, box, font) {
  const size = 11;
  pen.font = `600 ${size}px ${font}`;
  const [width, height] = [pen.measureText(name).width + 8, size + 5];
  const beside = {
    brow: [box.x, box.y - height - 1],
    nose: [box.x + box.width + 1, box.y + box.height - height],
  };
  const [x, y] = beside[name] ?? [box.x, box.y + box.height + 1];
  pen.fillStyle = DARK;
  pen.fillRect(x, y, width, height);
  pen.fillStyle = "#FFFFFF";
  pen.textBaseline = "middle";
  pen.fillText(name, x + 4, y + height / 2 + 0.5);
}

function around(points, room) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs) - room, Math.min(...ys) - room].map(Math.round);
  return { x: left + 0.5, y: top + 0.5, width: Math.max(...xs) + room - left, height: Math.max(...ys) + room - top };
}

function polyline(pen, points, closed) {
  pen.beginPath();
  points.forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  if (closed) pen.closePath();
  pen.stroke();
}

const distance = ([x1, y1], [x2, y2]) => Math.hypot(x2 - x1, y2 - y1);
