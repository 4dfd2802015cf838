// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// The joints of the actuator map: where each stands within its limits.

import { element } from './sliders.js';

const DEGREES = 180 / Math.PI;
const NEAR_LIMIT = 0.01; // of the range

export class Servos {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    this.rows = [];
    this.positions = null;
  }

  /** @param {{name: string, lower: number, upper: number, neutral: number, group: string}[]} joints radians */
  build(joints) {
    this.positions = null;
    this.rows = [];
    const groups = new Map();
    for (const joint of joints) {
      const name = String(joint.group ?? '');
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(this.row(joint));
    }
    this.place.replaceChildren(...[...groups].flatMap(([name, rows]) => [element('h2', { textContent: name }), ...rows]));
  }

  row({ name, lower, upper, neutral }) {
    const row = element('div', { className: 'joint' });
    const gauge = element('div', { className: 'gauge' });
    gauge.setAttribute('role', 'meter');
    gauge.setAttribute('aria-label', name);
    gauge.setAttribute('aria-valuemin', degrees(lower));
    gauge.setAttribute('aria-valuemax', degrees(upper));
    const reach = element('div', { className: 'reach' });
    const rest = element('div', { className: 'neutral' });
    const hand = element('div', { className: 'hand' });
    const output = element('output', { textContent: '–' });
    const limits = element('div', { className: 'limits' });
    limits.append(element('span', { textContent: `${degrees(lower)}°` }), element('span', { textContent: `${degrees(upper)}°` }));
    gauge.append(reach, rest, hand);
    row.append(element('span', { textContent: name, title: name }), gauge, output, limits);
    const part = (value) => Math.min(1, Math.max(0, (value - lower) / ((upper - lower) || 1)));
    rest.style.left = `${part(neutral) * 100}%`;
    this.rows.push({ row, gauge, reach, hand, output, part, middle: part(neutral), shown: '' });
    return row;
  }

  /** @param {Float32Array | null} positions radians, in the order of the joints */
  show(positions) {
    if (positions?.length !== this.rows.length) return;
    this.rows.forEach((joint, i) => {
      const text = `${degrees(positions[i])}°`;
      if (text === joint.shown) return;
      joint.shown = text;
      joint.output.textContent = text;
      joint.gauge.setAttribute('aria-valuenow', degrees(positions[i]));
      const at = joint.part(positions[i]);
      joint.hand.style.transform = `translateX(${(at * 100).toFixed(2)}%)`;
      const [from, to] = [Math.min(at, joint.middle), Math.max(at, joint.middle)];
      joint.reach.style.transform = `translateX(${(from * 100).toFixed(2)}%) scaleX(${(to - from).toFixed(4)})`;
      joint.row.classList.add('known');
      joint.row.classList.toggle('limit', at < NEAR_LIMIT || at > 1 - NEAR_LIMIT);
    });
  }
}

function degrees(radians) {
  return (radians * DEGREES).toFixed(1).replace('-', '−');
}
