// Several models on one face, side by side: one column per model, the labels in their fixed order.

import { el } from "./dom.js";
import { percent, verdict } from "./format.js";
import { colourOf } from "./palette.js";

/** A table from {model: {label, confidence, unsure, probabilities}}; `titles` say what some models are called. */
export function comparison(expressions, titles = {}) {
  const models = Object.entries(expressions);
  const labels = [...new Set(models.flatMap(([, one]) => Object.keys(one.probabilities)))];
  const head = el("tr", {}, el("td"), ...models.map(([name, one]) => heading(titles[name] ?? name, one)));
  const rows = labels.map((label) =>
    el("tr", {}, el("th", { scope: "row" }, label), ...models.map(([, one]) => cell(label, one))),
  );
  return el(
    "table",
    { className: "compare" },
    el("caption", { className: "quiet" }, "The same face, read by each chosen model"),
    el("thead", {}, head),
    el("tbody", {}, ...rows),
  );
}

function heading(name, one) {
  const swatch = el("span", { className: one.unsure ? "swatch unsure" : "swatch", ariaHidden: "true" });
  swatch.style.setProperty("--colour", colourOf(one.label));
  const word = el("span", { className: "verdict" }, swatch, `${verdict(one)} ${percent(one.confidence)}`);
  return el("th", { scope: "col" }, el("span", { className: "model" }, name), word);
}

function cell(label, one) {
  const share = one.probabilities[label];
  if (share === undefined) return el("td", { className: "missing" }, "\u2013");
  const fill = el("span", { className: one.unsure ? "fill unsure" : "fill" });
  fill.style.setProperty("--colour", colourOf(label));
  fill.style.width = `${share * 100}%`;
  const isTop = label === one.label && !one.unsure;
  const track = el("span", { className: "track", ariaHidden: "true" }, fill);
  return el(
    "td",
    { className: isTop ? "winner" : "" },
    track,
    el("span", { className: "value" }, percent(share)),
  );
}
