// The choice of detector and classifier, filled from what the server has, and what is known of each.

import { el } from "./dom.js";

/** "name:key=value,key=value" as [name, {key: value}]; a colon without "key=" belongs to the name. */
export function parse(text) {
  const colon = text.lastIndexOf(":");
  const tail = text.slice(colon + 1);
  if (colon === -1 || !tail.includes("=")) return [text, {}];
  const pairs = tail
    .split(",")
    .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
  return [text.slice(0, colon), Object.fromEntries(pairs)];
}

export function write(name, options) {
  const pairs = Object.entries(options);
  return pairs.length ? `${name}:${pairs.map(([key, value]) => `${key}=${value}`).join(",")}` : name;
}

export const defaultOf = (models) => (models.find((model) => model.default) ?? models[0])?.name ?? "";

/** A select of names; a value that is not among them (a path, say) joins them. */
export class NameSelect {
  constructor(select, models, onChange) {
    this.select = select;
    select.replaceChildren(...models.map(({ name, title }) => el("option", { value: name }, title ?? name)));
    select.addEventListener("change", () => onChange(select.value));
  }

  get value() {
    return this.select.value;
  }

  set value(name) {
    const known = [...this.select.options].some((option) => option.value === name);
    if (name && !known) this.select.append(el("option", { value: name }, name));
    if (name) this.select.value = name;
  }

  get names() {
    return [this.value];
  }

  set names([name]) {
    this.value = name;
  }

  allow(name, isAllowed) {
    for (const option of this.select.options) if (option.value === name) option.disabled = !isAllowed;
  }
}

/** A detector with its options: the fields come from the constructor's signature. */
export class DetectorChoice {
  constructor(select, place, models, onChange) {
    this.models = models;
    this.onChange = onChange;
    this.fields = el("div", { className: "settings" });
    this.details = el("details", {}, el("summary", {}, "Detector options"), this.fields);
    place.append(this.details);
    this.names = new NameSelect(select, models, () => {
      this._fill({});
      onChange(this.value);
    });
    this.value = defaultOf(models);
  }

  /** What the server says of the chosen one; nothing of a path that it does not list. */
  get model() {
    const { value } = this.names;
    return this.models.find(({ name }) => name === value || name === parse(value)[0]);
  }

  get value() {
    const [name, given] = parse(this.names.value); // the server's own choice may carry options
    const inputs = [...this.fields.querySelectorAll("[name]")].filter((input) => input.value.trim());
    return write(name, {
      ...given,
      ...Object.fromEntries(inputs.map((input) => [input.name, input.value.trim()])),
    });
  }

  set value(text) {
    const isListed = this.models.some(({ name }) => name === text);
    const [name, options] = isListed ? [text, {}] : parse(text);
    this.names.value = name;
    this._fill(options);
  }

  _fill(given) {
    const options = this.models.find(({ name }) => name === this.names.value)?.options ?? [];
    this.details.hidden = !options.length;
    this.details.open = Object.keys(given).length > 0;
    this.fields.replaceChildren(...options.map((option) => this._field(option, given[option.name] ?? "")));
  }

  _field({ name, type, default: normal }, value) {
    const changed = { change: () => this.onChange(this.value) };
    const properties = {
      name,
      value,
      autocomplete: "off",
      placeholder: normal === null ? "" : String(normal),
      on: changed,
    };
    if (type === "bool") {
      const choices = ["", "true", "false"].map((one) =>
        el("option", { value: one }, one || `as usual (${normal})`),
      );
      const select = el("select", { name, on: changed }, ...choices);
      select.value = value;
      return el("label", {}, words(name), select);
    }
    const numeric = type === "int" || type === "float";
    return el(
      "label",
      {},
      words(name),
      el("input", { type: "text", inputMode: numeric ? "decimal" : "text", spellcheck: false, ...properties }),
    );
  }
}

/** Checkboxes for one or several classifiers; at least one stays chosen. */
export class ClassifierChecks {
  constructor(fieldset, models, onChange) {
    this.boxes = models.map(({ name }) => el("input", { type: "checkbox", value: name }));
    const words = models.map(({ name, title }) => title ?? name);
    fieldset.append(...this.boxes.map((box, at) => el("label", { className: "check" }, box, words[at])));
    fieldset.addEventListener("change", ({ target }) => {
      if (this.value.length) onChange(this.value);
      else target.checked = true;
    });
    this.value = [defaultOf(models)];
  }

  get value() {
    return this.boxes.filter((box) => box.checked).map((box) => box.value);
  }

  set value(names) {
    for (const box of this.boxes) box.checked = names.includes(box.value);
    if (!this.value.length && this.boxes.length) this.boxes[0].checked = true;
  }

  get names() {
    return this.value;
  }

  set names(names) {
    this.value = names;
  }

  allow(name, isAllowed) {
    for (const box of this.boxes) if (box.value === name) box.disabled = !isAllowed;
  }
}

/** What reads the faces: the cards in a disclosure that follows the choice. */
export class About {
  constructor(place) {
    this.body = el("dl", { className: "facts" });
    this.title = el("summary", {});
    this.details = el("details", {}, this.title, this.body);
    place.append(this.details);
  }

  show(models) {
    this.details.hidden = !models.length;
    this.title.textContent = `About ${models.map(({ name, title }) => title ?? name).join(", ")}`;
    this.body.replaceChildren(...models.flatMap((model) => facts(model, models.length > 1)));
  }
}

function facts(model, named) {
  const { width, height, colour } = model.input ?? {};
  const lines = {
    [named ? (model.title ?? model.name) : "What"]: model.description,
    Input: width ? `${width} \u00d7 ${height}, ${colour}` : "",
    Parameters: model.parameters?.toLocaleString("en") ?? "",
    Figures: figures(model.figures),
    Rights: model.rights,
  };
  const known = Object.entries(lines).filter(([, text]) => text);
  return known.map(([term, text]) => el("div", {}, el("dt", {}, term), el("dd", {}, text)));
}

function figures(values) {
  if (typeof values !== "object" || values === null) return values ? String(values) : "";
  const rounded = (value) => (typeof value === "number" ? String(Number(value.toPrecision(4))) : String(value));
  const text = (value) => (typeof value === "object" && value !== null ? figures(value) : rounded(value));
  return Object.entries(values)
    .map(([name, value]) => `${words(name)} ${text(value)}`)
    .join(", ");
}

const words = (name) => name.replaceAll("_", " ");
