// Who reads the faces: a detector that does so itself takes the classifier's place, until the visitor says otherwise.

import { defaultOf } from "./models.js";

export class Pairing {
  /** Of a choice of one detector and a choice of one classifier or several. */
  constructor({ detectors, classifiers, readers }, detector, classifier) {
    Object.assign(this, { classifiers, detector, classifier });
    Object.assign(this, { own: readers.detector, otherwise: readers.classifier });
    this.server = { detector: defaultOf(detectors), reader: defaultOf(classifiers) };
    this.former = [this.otherwise];
    this.settle();
  }

  /** Whether the detector reads expressions itself; undefined of one that the server does not list. */
  get reads() {
    return this.detector.model && this.detector.model.labels.length > 0;
  }

  /** Who reads where nobody says who should: as the server decides. */
  get usual() {
    if (this.detector.names.value === this.server.detector) return this.server.reader;
    return this.reads ? this.own : this.otherwise;
  }

  /** What is known of those who read; of the detector's own reading, what is known of the detector. */
  get cards() {
    const { names } = this.classifier;
    const chosen = this.classifiers.filter(({ name }) => names.includes(name));
    return chosen.map((model) => (model.name === this.own && this.reads ? this.detector.model : model));
  }

  /** After the visitor's choice of a detector: one that reads takes over, one that does not hands back. */
  follow() {
    if (this.detector.names.value === this.last) return; // another option of the same one
    const { names } = this.classifier;
    const others = names.filter((name) => name !== this.own);
    if (others.length) this.former = others;
    if (this.reads) this.classifier.names = [this.own];
    else if (this.reads === false) this.classifier.names = others.length ? others : this.former;
    this.settle();
  }

  /** After any other change: what the detector cannot do is not offered. */
  settle() {
    this.last = this.detector.names.value;
    this.classifier.allow(this.own, this.reads !== false);
  }
}
