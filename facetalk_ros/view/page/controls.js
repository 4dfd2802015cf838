// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// What the user adds to the face: sliders, poses, expressions.

import { FaceCanvas } from './face_canvas.js';
import { byId } from './shell.js';
import { element, Sliders } from './sliders.js';

const PREVIEW_RATE = 5; // full ranges a second, about what the node allows
const THUMBNAIL = 72;

export class Controls {
  /**
   * @param {(message: object) => void} send
   * @param {(weights: Object<string, number>) => void} sendOverlay
   */
  constructor(send, sendOverlay) {
    this.send = send;
    this.sendOverlay = sendOverlay;
    this.sliders = null;
    this.presets = {};
    this.poseButtons = new Map();
    this.chosen = null; // name of the pose that the sliders show
    this.feeling = null;
    byId('intensity').addEventListener('input', () => this.changeIntensity());
    for (const id of ['resetall', 'resetshapes']) byId(id).addEventListener('click', () => this.reset());
    byId('filter').addEventListener('input', ({ target }) => this.sliders?.filter(target.value));
    byId('negative').addEventListener('change', ({ target }) => this.sliders?.allowNegative(target.checked));
  }

  get intensity() {
    return byId('intensity').valueAsNumber;
  }

  /** Make the controls that a node's `hello` asks for; what was set before is set again. */
  build(hello) {
    const before = this.sliders?.weights() ?? {};
    this.presets = hello.presets ?? {};
    this.sliders = new Sliders(byId('sliders'), hello.arkit, hello.regions ?? {});
    this.added = new Float32Array(hello.arkit.length);
    const able = hello.can?.overlay !== false;
    this.sliders.disable(!able);
    this.sliders.allowNegative(byId('negative').checked);
    this.sliders.filter(byId('filter').value);
    this.sliders.addEventListener('change', () => {
      if (!this.assigning) this.mark(null);
      this.sendOverlay(this.sliders.weights());
    });
    this.buildPoses(able);
    this.buildFeelings(hello.can?.expression === false ? [] : hello.expressions ?? []);
    if (Object.keys(before).length) this.assign(before, this.chosen);
  }

  buildPoses(able) {
    this.poseButtons = new Map(Object.keys(this.presets).map((name, i) => {
      const button = element('button', { type: 'button', disabled: !able, title: i < 9 ? `${name} (${i + 1})` : name });
      const canvas = element('canvas', {});
      canvas.setAttribute('aria-hidden', 'true');
      button.append(canvas, element('span', { textContent: name }));
      button.addEventListener('click', () => this.toggle(name));
      return [name, button];
    }));
    byId('poses').replaceChildren(...this.poseButtons.values());
    this.mark(Object.hasOwn(this.presets, this.chosen ?? '') ? this.chosen : null);
  }

  buildFeelings(names) {
    byId('feelings-title').hidden = names.length === 0;
    byId('feelings').replaceChildren(...names.map((name) => {
      const button = element('button', { type: 'button', textContent: name });
      button.setAttribute('aria-pressed', 'false');
      button.addEventListener('click', () => {
        this.feeling = this.feeling === name ? null : name;
        for (const other of byId('feelings').children) other.setAttribute('aria-pressed', other.textContent === this.feeling);
        this.send({ type: 'expression', name, intensity: this.feeling ? this.intensity : 0 });
      });
      return button;
    }));
  }

  /** Draw each pose on its button, with the face that is shown. */
  drawPoses(model) {
    clearTimeout(this.drawing);
    this.drawing = setTimeout(() => this.drawButtons(model)); // the face itself comes first
  }

  drawButtons(model) {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    for (const [name, button] of this.poseButtons) {
      const small = new FaceCanvas(button.querySelector('canvas'));
      small.use(model);
      small.resize(THUMBNAIL, THUMBNAIL, ratio);
      small.draw(this.sliders.arkit.map((shape) => this.presets[name][shape] ?? 0), [0, 0, 0]);
    }
  }

  toggle(name) {
    if (this.chosen === name) this.assign({}, null);
    else this.assign(this.presets[name], name, this.intensity);
  }

  /** Press the n-th pose; returns whether there is one. */
  press(n) {
    const button = [...this.poseButtons.values()][n];
    button?.click();
    return Boolean(button);
  }

  reset() {
    this.assign({}, null);
  }

  assign(weights, chosen, scale = 1) {
    if (!this.sliders) return;
    this.assigning = true;
    this.sliders.assign(Object.fromEntries(Object.entries(weights).map(([shape, value]) => [shape, value * scale])));
    this.assigning = false;
    this.mark(chosen);
  }

  mark(chosen) {
    this.chosen = chosen;
    for (const [name, button] of this.poseButtons) button.setAttribute('aria-pressed', name === chosen);
  }

  changeIntensity() {
    byId('intensity-value').textContent = `${Math.round(this.intensity * 100)} %`;
    if (this.chosen) this.assign(this.presets[this.chosen], this.chosen, this.intensity);
    if (this.feeling) this.send({ type: 'expression', name: this.feeling, intensity: this.intensity });
  }

  /**
   * What to draw: the node's pose; and while no poses come, what the sliders say, so that a face can
   * be tried without a voice.
   */
  preview(pose, live, alive, passed_s) {
    const step = PREVIEW_RATE * passed_s;
    for (let i = 0; i < pose.length; i += 1) {
      const change = (1 - alive) * this.sliders.values[i] - this.added[i];
      this.added[i] += Math.max(-step, Math.min(step, change));
      pose[i] = live[i] + this.added[i];
    }
  }
}
