// Every visible text whose contrast with what lies behind it is under 4.5:1 (WCAG 2.1, formula of 1.4.3).
() => {
  const rgba = (text) => {
    const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number);
    return { red, green, blue, alpha };
  };
  const over = (top, below) => {
    const mix = (name) => top[name] * top.alpha + below[name] * (1 - top.alpha);
    return { red: mix("red"), green: mix("green"), blue: mix("blue"), alpha: 1 };
  };
  const behind = (node) => {
    if (!node) return { red: 255, green: 255, blue: 255, alpha: 1 };
    const own = rgba(getComputedStyle(node).backgroundColor);
    return own.alpha === 1 ? own : over(own, behind(node.parentElement));
  };
  const light = (colour) => {
    const part = (value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(colour.red) + 0.7152 * part(colour.green) + 0.0722 * part(colour.blue);
  };
  const weak = [];
  for (const node of document.querySelectorAll("body *")) {
    const text = [...node.childNodes]
      .filter((child) => child.nodeType === 3)
      .map((child) => child.data.trim())
      .join("");
    if (!text || !node.checkVisibility() || node.closest(":disabled, .quiet, option, script, noscript"))
      continue;
    const below = behind(node);
    const [first, second] = [light(over(rgba(getComputedStyle(node).color), below)), light(below)];
    const ratio = (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
    if (ratio < 4.5)
      weak.push({ text, ratio: Number(ratio.toFixed(2)), node: node.className || node.id || node.tagName });
  }
  return weak;
};
