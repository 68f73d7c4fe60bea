// Live: the browser's camera, or a source of the server, read frame by frame over one socket.

import * as address from "./address.js";
import { query } from "./api.js";
import * as camera from "./camera.js";
import { byId } from "./dom.js";
import { FramePump } from "./frame_pump.js";
import { LiveChoices } from "./live_choices.js";
import { LiveView } from "./live_view.js";
import { Recorder } from "./recorder.js";
import { SteadySocket } from "./socket.js";

const PATIENCE = 4000; // ms without an answer before the page says that it waits
const isOfFrame = (id) => id !== undefined && id !== null; // of an error

export class Live {
  constructor(models, sources) {
    this.view = new LiveView(models, { onPerson: (id) => this._wantFace(id) });
    this.choices = new LiveChoices(models, sources, {
      onModels: () => this._sendOptions("Loading the model\u2026"),
      onShown: () => this.view.setShown(this.choices.shown.value),
      onCamera: () => this.stream && this.start(),
      onSource: (isReady) => this._sourceChosen(isReady),
    });
    this.pump = new FramePump(this.view.video, (header, jpeg) => this.socket?.send(header, jpeg));
    this.recorder = new Recorder(
      (header) => this.socket?.send(header),
      () => this.choices.shown.value,
    );
    byId("live-start").addEventListener("click", () => this.start());
    byId("live-stop").addEventListener("click", () => this.stop());
    this.view.idle(this.choices.startText);
  }

  /** The address changed: take its choices over; a source named there starts at once. */
  enter() {
    this.choices.readAddress();
    const changed = address.read().values.get("source") && this.choices.source !== this.running;
    this.view.setShown(this.choices.shown.value);
    if (this.running === undefined || this.running === null) this.view.idle(this.choices.startText);
    if (changed) this.start();
  }

  leave() {
    if (this.running) this.stop();
  }

  async start() {
    if (this.choices.isTyped && !this.choices.source) return this.choices.askForTarget();
    this._close();
    const attempt = (this.attempt = {});
    this.running = this.choices.source;
    // What runs, whatever is chosen meanwhile.
    Object.assign(this, { usesCamera: this.choices.isCamera, target: this.choices.target });
    this._handOver("live-start", "live-stop"); // before the first is hidden
    this.view.begin(this.usesCamera);
    this.view.wait(
      this.usesCamera
        ? "Opening the camera. The browser may ask whether it may."
        : "Opening the source\u2026",
    );
    try {
      if (this.usesCamera) await this._openCamera(attempt);
    } catch (error) {
      if (attempt === this.attempt) this.stop(error.message);
      return;
    }
    if (attempt === this.attempt) this._connect();
  }

  /** End the run; `reason` says why where the visitor did not ask for it. */
  stop(reason = "", isWrong = true) {
    this._close();
    this.running = null;
    this.view.idle(this.choices.startText, reason, isWrong);
    this._handOver("live-stop", "live-start");
  }

  /** One button goes, the other comes: who stood on the first by keyboard stands on the second. */
  _handOver(from, to) {
    const stoodThere = document.activeElement === byId(from);
    byId("live-stop").disabled = to !== "live-stop";
    if (stoodThere) byId(to).focus({ preventScroll: true });
  }

  _close() {
    this.attempt = null;
    clearTimeout(this.alarm);
    this.pump.stop();
    camera.stop(this.stream);
    this.stream = this.view.video.srcObject = null;
    this._hangUp();
    this.recorder.enable(false);
  }

  /** Close the socket, after the recording's last word where one runs. */
  _hangUp() {
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    if (!this.recorder.on || !socket.send({ type: "record", on: false })) return socket.close();
    const isLast = ({ type, id }) => type === "recording" || (type === "error" && !isOfFrame(id));
    const onMessage = (header) => isLast(header) && this._lastWord(socket, header);
    const giveUp = (reason) => !socket.closed && this._lastWord(socket, { reason });
    socket.calls = { onMessage, onLost: () => giveUp("The recording broke off with the connection.") };
    setTimeout(() => giveUp("The server did not say what became of the recording."), 2 * PATIENCE);
  }

  _lastWord(socket, header) {
    socket.close();
    if (header.type === "recording") this.recorder.heard(header);
    else this.recorder.lost(header.reason);
    this.recorder.enable(Boolean(this.running));
  }

  async _openCamera(attempt) {
    const stream = await camera.open(this.choices.camera, this.choices.size);
    if (attempt !== this.attempt) return camera.stop(stream);
    this.stream = stream;
    stream.getVideoTracks()[0].addEventListener("ended", () => {
      if (this.stream === stream)
        this.stop("The camera was disconnected. Plug it in again, or choose another one.");
    });
    this.view.video.srcObject = stream;
    this.choices.suggestMirror(camera.facesVisitor(stream));
    await Promise.all([this.view.video.play(), this.choices.listCameras(stream)]);
  }

  _connect() {
    this.view.wait("Waiting for the first answer\u2026");
    this.socket = new SteadySocket(() => query("api/live", this.choices.models), {
      onOpen: () => this._opened(),
      onMessage: (header, payload) => this._received(header, payload),
      onLost: () => this._lost(),
    });
  }

  _opened() {
    this.view.trouble("");
    if (this.view.wanted !== null) this._wantFace(this.view.wanted);
    if (this.usesCamera) this.pump.start(Math.max(...this.choices.size.split("x").map(Number)));
    else this.socket.send({ type: "source", target: this.target });
    this.recorder.enable(true);
    this._expect();
  }

  _lost() {
    clearTimeout(this.alarm);
    this.pump.reset();
    this.recorder.lost("The recording broke off with the connection.");
    this.recorder.enable(false);
    this.view.forget(); // the next connection counts people anew
    this.view.wait("The connection is lost. Trying again\u2026");
  }

  _sendOptions(waiting) {
    if (!this.socket?.isOpen) return;
    if (waiting) this.view.wait(waiting);
    this.socket.send({ type: "options", ...this.choices.models, face: this.view.wanted });
    this._expect();
  }

  _wantFace(id) {
    this.view.wanted = id;
    this.socket?.send({ type: "options", face: id });
  }

  _sourceChosen(isReady) {
    if (isReady && this.running) this.start();
    else if (isReady && this.choices.isTyped) this.start();
    else if (!this.running) this.view.idle(this.choices.startText);
  }

  _expect() {
    clearTimeout(this.alarm);
    this.alarm = setTimeout(() => this.view.wait("Waiting for the server\u2026"), PATIENCE);
  }

  _received(header, payload) {
    const handlers = {
      ready: "_ready",
      result: "_result",
      recording: "_recording",
      ended: "_ended",
      error: "_error",
    };
    if (header.type in handlers) this[handlers[header.type]](header, payload);
  }

  _ready({ detector, classifier, landmarker, aligner }) {
    this.agreed = { detector, classifier, landmarker, aligner };
    this.view.trouble("");
    if (this.view.hasResult) this.view.wait("");
  }

  _result(header, payload) {
    const latency = this.usesCamera ? this.pump.answered(header.id) : null;
    this.view.wait("");
    this._expect();
    this.view.result(header, payload, {
      latency,
      dropped: this.usesCamera ? this.pump.dropped : header.dropped,
      mirror: this.choices.mirror,
    });
  }

  _recording(header) {
    this.view.trouble("");
    this.recorder.heard(header);
  }

  /** An end after pictures is no fault; one before them is. */
  _ended({ reason }) {
    this.stop(reason, !this.view.hasResult);
  }

  /** A frame that could not be read passes by; a choice that cannot be is taken back; the rest ends the run. */
  _error({ reason, fatal, id }) {
    if (fatal) return this.stop(reason);
    this.view.trouble(reason);
    if (isOfFrame(id)) return this.pump.answered(id);
    if (this.recorder.refused()) return null;
    if (!this.usesCamera && !this.view.hasResult) return this.stop(reason);
    if (this.agreed) this.choices.setModels(this.agreed);
    if (this.view.hasResult) this.view.wait("");
    return null;
  }
}
