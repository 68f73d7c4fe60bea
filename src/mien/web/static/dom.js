// Small helpers for the document.

export const byId = (id) => document.getElementById(id);

/** Make an element: properties by name, attributes where no property fits, listeners under `on`. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "on") Object.entries(value).forEach(([type, listen]) => node.addEventListener(type, listen));
    else if (key === "data") Object.assign(node.dataset, value);
    else if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Put a text into a node only where it differs, so that a live region is not read twice. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Give a canvas the sharp size of its place on the screen; returns its size in CSS pixels. */
export function fitCanvas(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
  }
  canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
  return { width, height };
}

/** Draw encoded picture bytes on a canvas at their own size; nothing where they cannot be read or are not
 * `wanted` any more once they are decoded. */
export async function paint(canvas, bytes, wanted = () => true) {
  const bitmap = await createImageBitmap(bytes instanceof Blob ? bytes : new Blob([bytes]));
  if (!wanted()) return bitmap.close();
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
}

/** The bytes of a base64 `data:` URL, without asking the network layer (the content policy stays strict). */
export function bytesOf(dataUrl) {
  const text = atob(dataUrl.slice(dataUrl.indexOf(",") + 1));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** Call back, once per animation frame at most, however often the returned function is called. */
export function onceAFrame(callback) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      callback();
    });
  };
}
