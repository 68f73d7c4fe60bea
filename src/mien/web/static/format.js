// Numbers and times as people read them; widths stay the same while the values change.

const TIE = "\u00a0"; // a space at which no line ends

export const percent = (share) => `${Math.round(share * 100)}${TIE}%`;
export const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
export const person = (trackId) => (trackId === null || trackId === undefined ? "Face" : `Person ${trackId}`);

/** Seconds as m:ss, with tenths where asked. */
export function clock(seconds, tenths = false) {
  const total = Math.max(0, tenths ? Math.floor(seconds * 10 + 1e-6) / 10 : Math.floor(seconds));
  const minutes = Math.floor(total / 60);
  const rest = total - minutes * 60;
  return `${minutes}:${tenths ? rest.toFixed(1).padStart(4, "0") : String(Math.floor(rest)).padStart(2, "0")}`;
}

/** A wait in words: "about 40 s", "about 3 min". */
export function wait(seconds) {
  if (seconds < 1.5) return "about a second";
  return seconds < 90 ? `about ${Math.round(seconds)} s` : `about ${Math.round(seconds / 60)} min`;
}

export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")}${TIE}${number === 1 ? one : many}`;
}

/** The word that stands for a face: its expression, that the model is unsure, or that it was not asked. */
export const verdict = (face) => (face.unsure ? "unsure" : (face.label ?? "not read"));

/** What a face that was too poor to be read has instead of a probability. */
export const quality = ({ quality: value }) => (typeof value === "number" ? `quality${TIE}${value.toFixed(2)}` : "");

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? sorted[Math.floor(sorted.length / 2)] : 0;
}
