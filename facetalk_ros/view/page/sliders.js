// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// A slider for every shape, grouped by region: what is added to the speech, and the live value behind it.

const STEP = 0.01;

export class Sliders extends EventTarget {
  /**
   * @param {HTMLElement} place
   * @param {string[]} arkit names in the order of the weights
   * @param {Object<string, string[]>} regions name to shapes; what none has comes last
   */
  constructor(place, arkit, regions) {
    super();
    this.arkit = arkit;
    this.values = new Float32Array(arkit.length);
    this.rows = new Array(arkit.length);
    const known = new Set(Object.values(regions).flat());
    const others = arkit.filter((name) => !known.has(name));
    place.replaceChildren(...Object.entries({ ...regions, ...(others.length && { other: others }) })
      .map(([region, names]) => this.region(region, names.filter((name) => arkit.includes(name)))));
  }

  region(region, names) {
    const group = element('details', { className: 'region', open: true });
    const summary = element('summary', { textContent: region });
    summary.append(element('span', { textContent: `${names.length}` }));
    group.append(summary, ...names.map((name) => this.row(name)));
    return group;
  }

  row(name) {
    const index = this.arkit.indexOf(name);
    const row = element('div', { className: 'slider' });
    const input = element('input', { type: 'range', id: `shape-${index}`, min: 0, max: 1, step: STEP, value: 0 });
    const label = element('label', { htmlFor: input.id, textContent: name, title: name });
    const track = element('div', { className: 'track' });
    const live = element('div', { className: 'live' });
    const output = element('output', { textContent: '0.00' });
    output.setAttribute('for', input.id);
    track.append(live, input);
    row.append(label, track, output);
    input.addEventListener('input', () => this.change(index, input.valueAsNumber));
    input.addEventListener('dblclick', () => this.change(index, 0));
    input.addEventListener('keydown', (event) => {
      if (event.key !== '0' && event.key !== 'Delete') return;
      event.preventDefault();
      event.stopPropagation();
      this.change(index, 0);
    });
    this.rows[index] = { name, row, input, track, live, output, shown: '', drawn: -1 };
    return row;
  }

  change(index, value) {
    this.put(index, value);
    this.dispatchEvent(new Event('change'));
  }

  put(index, value) {
    const { row, input } = this.rows[index];
    this.values[index] = value;
    input.value = value;
    row.classList.toggle('set', value !== 0);
  }

  /** Set all sliders: the shapes that are named, the others to 0. */
  assign(weights) {
    this.arkit.forEach((name, index) => this.put(index, Math.min(1, Math.max(-1, weights[name] ?? 0))));
    this.dispatchEvent(new Event('change'));
  }

  /** What is to be added, by name, without zeros. */
  weights() {
    return Object.fromEntries(this.arkit.map((name, i) => [name, Number(this.values[i].toFixed(3))]).filter(([, value]) => value));
  }

  /** Whether sliders may take away, too. */
  allowNegative(allowed) {
    this.rows.forEach(({ input, track }, index) => {
      input.min = allowed ? -1 : 0;
      track.classList.toggle('signed', allowed);
      if (!allowed && this.values[index] < 0) this.change(index, 0);
    });
    this.span = allowed ? 0.5 : 1;
    this.rows.forEach((row) => { row.drawn = -1; });
  }

  /** Show only shapes whose names hold a text. */
  filter(text) {
    const wanted = text.trim().toLowerCase();
    for (const { name, row } of this.rows) row.hidden = !name.toLowerCase().includes(wanted);
    for (const { row } of this.rows) {
      row.parentElement.hidden = ![...row.parentElement.querySelectorAll('.slider')].some((other) => !other.hidden);
    }
  }

  disable(disabled) {
    for (const { input } of this.rows) input.disabled = disabled;
  }

  /** Show the live pose; only what changed touches the page. */
  show(pose) {
    this.rows.forEach((row, index) => {
      const value = Math.min(1, Math.max(0, pose[index]));
      if (Math.abs(value - row.drawn) > 0.004) {
        row.live.style.transform = `scaleX(${(value * (this.span ?? 1)).toFixed(3)})`;
        row.drawn = value;
      }
      const added = this.values[index];
      const sign = added > 0 ? '+' : '−';
      const text = value.toFixed(2) + (added ? `  ${sign}${Math.abs(added).toFixed(2)}` : '');
      if (text !== row.shown) {
        row.output.textContent = text;
        row.shown = text;
      }
    });
  }
}

/** A new element with its properties set. */
export function element(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}
