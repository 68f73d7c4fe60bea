// One colour per expression, as the server states them; "unsure" is hatched gray. Never without the word.

const colours = {};
const tiles = new Map();

/** Take the server's palette over, for scripts and (as --label names) for the style sheets. */
export function setPalette(palette) {
  Object.assign(colours, palette);
  const root = document.documentElement.style;
  for (const [label, colour] of Object.entries(palette)) root.setProperty(`--${label}`, colour);
}

export const colourOf = (label) => colours[label] ?? colours.unsure ?? "#9AA0A6";
export const styleOf = (face) => (face.unsure || !face.label ? "unsure" : face.label);

/** Black or white, whichever reads better on the colour (relative luminance of WCAG 2.1). */
export function inkOn(colour) {
  const channel = (start) => {
    const value = parseInt(colour.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const light = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return light > 0.179 ? "#000000" : "#FFFFFF";
}

/** A canvas fill for a label or for "unsure", whose fill is hatched. */
export function fillOf(context, style) {
  if (style !== "unsure") return colourOf(style);
  const colour = colourOf("unsure");
  if (!tiles.has(colour)) tiles.set(colour, hatched(colour));
  return context.createPattern(tiles.get(colour), "repeat");
}

function hatched(colour) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  for (const shift of [-8, 0, 8]) {
    pen.beginPath();
    pen.moveTo(shift - 1, 9);
    pen.lineTo(shift + 9, -1);
    pen.stroke();
  }
  return tile;
}
