// The page: tabs, the visit, and one controller per tab.

import * as address from "./address.js";
import { getJson } from "./api.js";
import { keepVisit } from "./connection.js";
import { byId, setText } from "./dom.js";
import { setMarks } from "./face_marks.js";
import { keepPage } from "./files.js";
import { Live } from "./live.js";
import { setDegrees } from "./numbers.js";
import { setPalette } from "./palette.js";
import { Picture } from "./picture.js";
import { Video } from "./video.js";

let panels = {};
let current = null;

/** Show the tab that the address names. */
function showTab() {
  const { tab } = address.read();
  for (const name of address.TABS) {
    const button = byId(`tab-${name}`);
    button.setAttribute("aria-selected", String(name === tab));
    button.tabIndex = name === tab ? 0 : -1;
    byId(`${name}-panel`).hidden = name !== tab;
  }
  document.title = `mien \u00b7 ${byId(`tab-${tab}`).textContent}`;
  if (current && current !== tab) panels[current]?.leave();
  current = tab;
  panels[tab]?.enter();
}

function listenToTabs() {
  const tabs = address.TABS.map((name) => byId(`tab-${name}`));
  const last = tabs.length - 1;
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => address.go(address.TABS[index]));
    tab.addEventListener("keydown", (event) => {
      const next = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: last };
      if (!(event.key in next)) return;
      event.preventDefault();
      const wanted = (next[event.key] + tabs.length) % tabs.length;
      tabs[wanted].focus();
      address.go(address.TABS[wanted]);
    });
  });
}

/** The skip link must move the focus without touching the address, where the state lives. */
function listenToSkip() {
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
  });
}

function fail(error) {
  byId("trouble").hidden = false;
  byId("trouble").textContent = error.message;
}

/** The token has become a cookie: it need not stay where others may read or copy it. */
function hideToken() {
  if (new URLSearchParams(location.search).has("token"))
    history.replaceState(null, "", location.pathname + location.hash);
}

async function begin() {
  hideToken();
  listenToTabs();
  listenToSkip();
  keepPage();
  showTab();
  window.addEventListener("popstate", showTab);
  const [models, sources] = await Promise.all([getJson("api/models"), getJson("api/sources")]);
  setPalette(models.palette);
  setMarks(models.marks);
  setDegrees(models.marks.degrees);
  setText(byId("version"), models.version);
  keepVisit();
  panels = { live: new Live(models, sources), picture: new Picture(models), video: new Video(models) };
  panels[address.read().tab].enter();
}

begin().catch(fail);
