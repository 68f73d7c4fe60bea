// The visit: a socket that carries nothing and tells the server that somebody is here.

import { byId } from "./dom.js";
import { SteadySocket } from "./socket.js";

export function keepVisit() {
  const banner = byId("connection");
  const show = (lost) => {
    banner.textContent = lost ? "The connection to the server is lost. Trying again\u2026" : "";
    banner.hidden = !lost;
  };
  return new SteadySocket(() => "/api/visit", { onOpen: () => show(false), onLost: () => show(true) });
}
