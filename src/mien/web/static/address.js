// The state that matters lives in the address: "#picture?classifier=a&classifier=b&show=points".

export const TABS = ["live", "picture", "video"];
const KEPT = ["detector", "classifier", "landmarker", "aligner", "show"];

export function read(hash = location.hash) {
  const [tab, query = ""] = hash.replace(/^#/, "").split("?");
  return { tab: TABS.includes(tab) ? tab : TABS[0], values: new URLSearchParams(query) };
}

/** Set values (null or empty removes, a list repeats) without adding a step to the history. */
export function change(values) {
  const state = read();
  for (const [key, value] of Object.entries(values)) {
    state.values.delete(key);
    for (const one of [value].flat())
      if (one !== null && one !== undefined && one !== "") state.values.append(key, one);
  }
  history.replaceState(null, "", written(state.tab, state.values));
}

/** Go to a tab, as a step that the back button undoes; what concerns every tab stays. */
export function go(tab) {
  const { tab: current, values } = read();
  if (tab === current) return; // what is shown there stays, and so does its address
  for (const key of [...values.keys()]) if (!KEPT.includes(key)) values.delete(key);
  history.pushState(null, "", written(tab, values));
  window.dispatchEvent(new PopStateEvent("popstate"));
}

function written(tab, values) {
  const query = values.toString();
  return query ? `#${tab}?${query}` : `#${tab}`;
}
