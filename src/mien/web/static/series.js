// What one person showed over time: {track_id, times, label, confidence, unsure, probabilities: {label: []}}.
// The same shape comes from the server for a video and grows here for a live stream.

import { median } from "./format.js";

const KEPT = 120; // seconds of a live person that are kept

/** The people of a live stream, each with the last two minutes. */
export class History {
  constructor() {
    this.people = new Map();
  }

  add(time, faces) {
    for (const face of faces) if (face.probabilities) append(this._person(face), time, face);
    for (const [id, series] of this.people) {
      trim(series, time - KEPT);
      if (!series.times.length) this.people.delete(id);
    }
  }

  get(trackId) {
    return this.people.get(trackId) ?? null;
  }

  clear() {
    this.people.clear();
  }

  _person({ track_id: id, probabilities }) {
    const columns = () => Object.fromEntries(Object.keys(probabilities).map((label) => [label, []]));
    const known = this.people.get(id);
    const same = known && Object.keys(known.probabilities).join() === Object.keys(probabilities).join();
    if (!same) {
      const fresh = {
        track_id: id,
        times: [],
        label: [],
        confidence: [],
        unsure: [],
        probabilities: columns(),
      };
      this.people.set(id, fresh);
    }
    return this.people.get(id);
  }
}

function append(series, time, face) {
  series.times.push(time);
  for (const key of ["label", "confidence", "unsure"]) series[key].push(face[key]);
  for (const [label, values] of Object.entries(series.probabilities)) values.push(face.probabilities[label]);
}

function trim(series, before) {
  const gone = firstAt(series.times, before);
  if (gone < 64 && gone < series.times.length) return; // in lumps, since cutting an array's head costs its length
  const columns = [
    series.times,
    series.label,
    series.confidence,
    series.unsure,
    ...Object.values(series.probabilities),
  ];
  for (const column of columns) column.splice(0, gone);
}

/** The index of the first time that is not before `time` (binary search). */
export function firstAt(times, time) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The usual time between two frames of a series, in seconds. */
export function stepOf({ times }) {
  const newest = times.slice(-64);
  return median(newest.slice(1).map((time, index) => time - newest[index])) || 0.04;
}

/** A longer silence than this means that the person was away. */
export const gapOf = (series) => Math.max(0.6, stepOf(series) * 4);

/** The index of what the person showed at `time`, or -1 where they were away. */
export function indexAt(series, time) {
  const index = firstAt(series.times, time + 1e-4) - 1;
  if (index < 0) return -1;
  const next = series.times[index + 1];
  const away = next === undefined || next - series.times[index] > gapOf(series);
  return away && time - series.times[index] > stepOf(series) * 1.5 ? -1 : index;
}

/** What the person showed at an index, in the shape of a face. */
export function faceAt(series, index) {
  if (!series || index < 0) return null;
  const values = Object.entries(series.probabilities).map(([label, column]) => [label, column[index]]);
  return {
    track_id: series.track_id,
    label: series.label[index],
    confidence: series.confidence[index],
    unsure: series.unsure[index],
    probabilities: Object.fromEntries(values),
  };
}

/** Stretches of one expression: [{from, to, style}], "unsure" being a style of its own. */
export function runsOf(series, from = -Infinity, to = Infinity) {
  const { times, label, unsure } = series;
  const [gap, step, runs] = [gapOf(series), stepOf(series), []];
  for (
    let index = Math.max(0, firstAt(times, from) - 1);
    index < times.length && times[index] <= to;
    index += 1
  ) {
    const next = times[index + 1];
    const end = next !== undefined && next - times[index] <= gap ? next : times[index] + step;
    const style = unsure[index] ? "unsure" : label[index];
    const last = runs.at(-1);
    if (last && last.style === style && times[index] - last.to < 1e-6) last.to = end;
    else runs.push({ from: times[index], to: end, style });
  }
  return runs;
}

/** How long the person was seen, and the share of that time per style; the shares sum to 1. */
export function sharesOf(series, from, to) {
  const shares = {};
  let seen = 0;
  for (const run of runsOf(series, from, to)) {
    shares[run.style] = (shares[run.style] ?? 0) + run.to - run.from;
    seen += run.to - run.from;
  }
  for (const style of Object.keys(shares)) shares[style] /= seen;
  return { seen, shares };
}

/** The averages of a series in equal stretches of time: null where nobody was seen. */
export function buckets(series, from, to, wanted) {
  const [gap, width] = [gapOf(series), (to - from) / wanted];
  const found = [];
  const first = Math.max(0, firstAt(series.times, from) - 1);
  for (let index = first; index < series.times.length && series.times[index] <= to; index += 1) {
    const slot = Math.floor(series.times[index] / width);
    if (index > first && series.times[index] - series.times[index - 1] > gap) found.push(null);
    const last = found.at(-1);
    if (last && last.slot === slot) last.rows.push(index);
    else found.push({ slot, rows: [index] });
  }
  return found.map((bucket) => bucket && mean(series, bucket.rows));
}

function mean(series, rows) {
  const average = (column) => rows.reduce((sum, row) => sum + column[row], 0) / rows.length;
  const values = Object.entries(series.probabilities).map(([label, column]) => [label, average(column)]);
  return { time: average(series.times), values: Object.fromEntries(values) };
}
