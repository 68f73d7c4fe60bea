// Draws each chart when it comes near the screen, in the colours of the page, and keeps the time axes of one
// group together.
"use strict";

const charts = [...document.querySelectorAll(".chart")];
const scheme = matchMedia("(prefers-color-scheme: dark)");

function colours() {
  const style = getComputedStyle(document.documentElement);
  const value = (name) => style.getPropertyValue(name).trim();
  return {
    "font.color": value("--soft"),
    "font.family": getComputedStyle(document.body).fontFamily,
    "xaxis.gridcolor": value("--line"),
    "yaxis.gridcolor": value("--line"),
    "xaxis.zerolinecolor": value("--line"),
    "yaxis.zerolinecolor": value("--line"),
    "hoverlabel.bgcolor": value("--card"),
    "hoverlabel.bordercolor": value("--line"),
    "hoverlabel.font.color": value("--ink"),
  };
}

async function draw(chart) {
  if (chart.dataset.drawn) return;
  chart.dataset.drawn = "yes";
  const figure = JSON.parse(chart.querySelector("script").textContent);
  chart.whole = figure.layout.xaxis.range.slice();
  await Plotly.newPlot(chart, figure.data, figure.layout, { responsive: true, displayModeBar: false });
  await Plotly.relayout(chart, colours());
  chart.on("plotly_relayout", (change) => follow(chart, change));
}

// Zooming one chart zooms the others of its group; a double click shows the whole time again.
let following = false;

async function follow(leader, change) {
  const zoomed = change["xaxis.range[0]"] !== undefined || change["xaxis.range"];
  if (following || !(zoomed || change["xaxis.autorange"])) return;
  following = true;
  const range = change["xaxis.autorange"]
    ? leader.whole
    : leader.layout.xaxis.range;
  const group = charts.filter((chart) => chart.dataset.drawn && chart.dataset.group === leader.dataset.group);
  await Promise.all(group.map((chart) => Plotly.relayout(chart, { "xaxis.range": range.slice() })));
  following = false;
}

const nearby = new IntersectionObserver(
  (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => draw(entry.target)),
  { rootMargin: "600px" },
);
charts.forEach((chart) => nearby.observe(chart));
addEventListener("beforeprint", () => charts.forEach(draw));
scheme.addEventListener("change", () =>
  charts.filter((chart) => chart.dataset.drawn).forEach((chart) => Plotly.relayout(chart, colours())));
