// The browser's camera, and why it cannot be had, in words.

export const SIZES = ["320x240", "640x480", "1280x720"];

const REFUSALS = {
  NotAllowedError:
    "The browser may not use the camera. Allow it by the camera sign beside the address, then open it again.",
  SecurityError:
    "The browser may not use the camera. Allow it by the camera sign beside the address, then open it again.",
  NotFoundError: "No camera was found. Plug one in, or choose another source.",
  OverconstrainedError: "That camera is gone or cannot give this size. Choose another one.",
  NotReadableError: "The camera is in use by another program. Close that program, then open the camera again.",
  AbortError: "The camera did not start. Unplug it and plug it in again, or choose another one.",
};
const INSECURE =
  "Browsers give the camera only to secure pages. Start the server with \u201cmien serve --tls\u201d and open its https " +
  "address, or open this page on the server\u2019s own computer as http://localhost.";

/** A `MediaStream` of the chosen camera (null: the browser's choice); an Error in plain words otherwise. */
export async function open(deviceId, size) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error(INSECURE);
  const [width, height] = size.split("x").map(Number);
  const video = { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: 30 } };
  if (deviceId) video.deviceId = { exact: deviceId };
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: false });
  } catch (error) {
    throw new Error(REFUSALS[error.name] ?? `The camera cannot be opened: ${error.message}.`, { cause: error });
  }
}

export function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** The cameras by name; names are known only once the visitor has allowed one. */
export async function list() {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return devices.filter((device) => device.kind === "videoinput" && device.deviceId);
}

/** Whether it shows the visitor (and so belongs mirrored), not the world behind the phone. */
export function facesVisitor(stream) {
  return stream.getVideoTracks()[0]?.getSettings().facingMode !== "environment";
}
