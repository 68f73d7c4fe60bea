// Frames of the camera to the server: the next one goes when the answer to the last one came.

const QUALITY = 0.8;

export class FramePump {
  /** `send(header, jpeg)` returns whether the line took it. */
  constructor(video, send) {
    Object.assign(this, { video, send, canvas: document.createElement("canvas"), running: false });
  }

  /** Send pictures whose longer side is `longSide` pixels at most. */
  start(longSide) {
    this.stop();
    Object.assign(this, { longSide, running: true, busy: false, fresh: false, sent: 0, dropped: 0 });
    this.round = (this.round ?? 0) + 1;
    this.startedAt = performance.now();
    this._watch(this.round);
  }

  stop() {
    this.running = false;
  }

  /** The line broke: the answer that was awaited will not come. */
  reset() {
    this.busy = false;
  }

  /** The answer to frame `id` came; returns the milliseconds since it was taken, or null for a stranger. */
  answered(id) {
    if (!this.busy || id !== this.sent) return null;
    const latency = performance.now() - this.takenAt;
    this.busy = false;
    if (this.fresh) this._offer();
    return latency;
  }

  _watch(round) {
    const seen = () => {
      if (!this.running || round !== this.round) return;
      if (this.fresh) this.dropped += 1;
      this.fresh = true;
      this._offer();
      this._watch(round);
    };
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(seen);
    else requestAnimationFrame(seen);
  }

  async _offer() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (this.busy || !this.running || !width) return;
    const id = (this.sent += 1);
    Object.assign(this, { busy: true, fresh: false, takenAt: performance.now() });
    const time = (this.takenAt - this.startedAt) / 1000;
    const jpeg = await this._encode(width, height);
    const sent = jpeg && this.running && this.send({ type: "frame", id, time, dropped: this.dropped }, jpeg);
    if (!sent && id === this.sent) this.busy = false;
  }

  async _encode(width, height) {
    const scale = Math.min(1, this.longSide / Math.max(width, height));
    const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.canvas.width !== wide || this.canvas.height !== high)
      Object.assign(this.canvas, { width: wide, height: high });
    this.canvas.getContext("2d", { willReadFrequently: true }).drawImage(this.video, 0, 0, wide, high);
    const blob = await new Promise((resolve) => this.canvas.toBlob(resolve, "image/jpeg", QUALITY));
    return blob && blob.arrayBuffer();
  }
}
