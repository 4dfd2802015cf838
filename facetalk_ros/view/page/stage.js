// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// Where the face is: drawn, or the user's avatar; with what is being said below it.

import { Avatars } from './avatars.js';
import { byId } from './shell.js';
import { element } from './sliders.js';

const WORDS_BEFORE = 3;
const ANNOUNCED_S = 8;

export class Stage {
  /**
   * @param {import('./face_canvas.js').FaceCanvas} face
   * @param {HTMLCanvasElement} avatarCanvas
   */
  constructor(face, avatarCanvas) {
    this.face = face;
    this.avatars = new Avatars(avatarCanvas, face.canvas);
    this.said = '';
    this.announced = '';
    this.announced_s = -Infinity;
  }

  resize(width, height, ratio) {
    this.face.resize(width, height, ratio);
    this.avatars.resize(width, height, ratio);
  }

  draw(pose, head, passed_s) {
    if (!this.avatars.draw(pose, head, passed_s)) this.face.draw(pose, head);
  }

  /** A text that is about to be spoken. */
  announce(text) {
    this.announced = text;
    this.announced_s = performance.now() / 1000;
  }

  /** Show the word that is being spoken, and the ones around it. */
  caption(words, now_s) {
    let last = words.length - 1;
    while (last >= 0 && words[last].start_s > now_s) last -= 1;
    const fresh = last >= 0 && words[last].end_s > now_s - 0.8;
    const waiting = !fresh && performance.now() / 1000 < this.announced_s + ANNOUNCED_S;
    const parts = fresh ? words.slice(Math.max(0, last - WORDS_BEFORE), last + 1).map(({ word }) => word) : [];
    const said = waiting ? this.announced : parts.join(' ');
    if (said === this.said) return;
    this.said = said;
    const place = byId('caption');
    place.hidden = !said;
    if (waiting) place.replaceChildren(element('span', { textContent: said }));
    else {
      const current = parts.pop() ?? '';
      place.replaceChildren(element('span', { textContent: parts.length ? `${parts.join(' ')} ` : '' }), element('b', { textContent: current }));
    }
  }
}
