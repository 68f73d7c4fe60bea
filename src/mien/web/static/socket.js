// The live socket's messages, and a WebSocket that comes back by itself when the server went away.

const WAITS = [500, 1000, 2000, 4000];

/** Four bytes little-endian length of the header, the header as JSON, the payload. */
export function pack(header, payload = new ArrayBuffer(0)) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const message = new Uint8Array(4 + text.length + payload.byteLength);
  new DataView(message.buffer).setUint32(0, text.length, true);
  message.set(text, 4);
  message.set(new Uint8Array(payload), 4 + text.length);
  return message;
}

export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { header, payload: new Uint8Array(buffer, 4 + length) };
}

/**
 * Keeps a WebSocket open; `path` gives the address each time anew. Calls `onOpen`, `onMessage(header, payload)`
 * and `onLost` (each time the connection breaks); tries again with growing waits until `close` is called.
 * `onLost(true)`: the server is there, but asks for a token that this browser does not hold.
 */
export class SteadySocket {
  constructor(path, { onOpen, onMessage, onLost } = {}) {
    this.path = path;
    this.calls = { onOpen, onMessage, onLost };
    this.tries = 0;
    this.closed = false;
    this._open();
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Send where the line stands; tells whether it did. */
  send(header, payload) {
    if (this.isOpen) this.socket.send(pack(header, payload));
    return this.isOpen;
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  _open() {
    const address = new URL(this.path(), location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.hash = "";
    this.socket = new WebSocket(address);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this._opened();
    this.socket.onmessage = ({ data }) => this._received(data);
    this.socket.onclose = () => this._lost();
  }

  _opened() {
    this.tries = 0;
    this.calls.onOpen?.();
  }

  _received(data) {
    if (this.closed || !(data instanceof ArrayBuffer)) return;
    const { header, payload } = unpack(data);
    this.calls.onMessage?.(header, payload);
  }

  _lost(isRefused = false) {
    if (this.closed) return;
    this.calls.onLost?.(isRefused);
    this.timer = setTimeout(() => this._again(), WAITS[Math.min(this.tries++, WAITS.length - 1)]);
  }

  /** Ask for the page first: it tells quietly whether the server is back, and renews the visit's cookie. */
  async _again() {
    const answer = await fetch("./", { cache: "no-store" }).catch(() => null);
    if (this.closed) return;
    if (answer?.ok) this._open();
    else this._lost(answer?.status === 401);
  }
}
