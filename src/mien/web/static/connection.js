// The visit: a socket that carries nothing and tells the server that somebody is here.

import { byId, setText } from "./dom.js";
import { SteadySocket } from "./socket.js";

const LOST = "The connection to the server is lost. Trying again\u2026";
const NEW_TOKEN = "The server was started anew and asks for another token. Open the whole address that it printed now.";

export function keepVisit() {
  const banner = byId("connection");
  const show = (text) => {
    banner.hidden = !text;
    setText(banner, text);
  };
  const onLost = (isRefused) => show(isRefused ? NEW_TOKEN : LOST);
  return new SteadySocket(() => "api/visit", { onOpen: () => show(""), onLost });
}
