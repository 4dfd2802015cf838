// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0
// Sets up the report that lies in this page; page_draw.js and page_move.js follow. Texts of the
// recording only ever become text: textContent and fillText, never markup.
'use strict';

const report = JSON.parse(document.getElementById('report').textContent);
const HEIGHTS = { sound: 70, spans: 26, curve: 88 };
const AXIS_HEIGHT = 18;
const GUTTER = 34;  // of the values, left of the curves
const TARGET = 1, REST = 2;
const SHORTEST_S = 0.02;

const view = { from: report.from_s, to: report.to_s };
const pointers = new Map();
let hover = null, selection = null, cursor = null, wanted = false, audio = null;
let colours = {};

const $ = (id) => document.getElementById(id);
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

function element(tag, parent, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  parent.append(made);
  return made;
}

// ---- what stands around the strips

for (const [name, value] of report.notes) {
  const row = element('div', $('notes'));
  element('dt', row, name);
  element('dd', row, value);
}

const strips = report.panels.map((panel, i) => {
  const row = element('div', $('strips'), undefined, 'strip');
  const name = element('div', row, undefined, 'name');
  element('span', name, panel.title);
  if (panel.unit) element('small', name, panel.unit);
  const readout = panel.kind === 'curve' ? element('output', name) : null;
  const canvas = element('canvas', row);
  const last = i === report.panels.length - 1;
  const height = HEIGHTS[panel.kind];
  canvas.style.height = `${height + (last ? AXIS_HEIGHT : 0)}px`;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', describe(panel));
  return { panel, canvas, readout, last, height };
});

function describe(panel) {
  if (panel.kind === 'spans') {
    return `${panel.title}: ${panel.spans.map((span) => span[2]).join(' ')}`;
  }
  return `${panel.title}, from ${panel.low.toFixed(2)} to ${panel.high.toFixed(2)} ${panel.unit}`;
}

function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ['paper', 'ink', 'soft', 'edge', 'grid', 'first', 'first-side', 'second',
    'second-side', 'limit', 'sound', 'word', 'word-other']) {
    colours[name] = style.getPropertyValue(`--${name}`).trim();
  }
}

function runColour(run, side = 0) {
  return colours[(run ? 'second' : 'first') + (side ? '-side' : '')];
}

function drawLegend() {
  $('legend').replaceChildren();
  const dots = report.panels.some((panel) => panel.dots.length);
  const entries = report.runs.length > 1
    ? report.runs.map((name, run) => [name, (g) => stroke(g, runColour(run))])
    : dots ? [['completion', (g) => stroke(g, runColour(0))]] : [];
  if (dots) {
    const ink = report.runs.length > 1 ? colours.ink : runColour(0);
    entries.push(['target of a phone', (g) => dot(g, 12, 6, TARGET, ink)]);
    entries.push(['boundary', (g) => dot(g, 12, 6, 0, ink)]);
    entries.push(['rest', (g) => dot(g, 12, 6, REST, ink)]);
  }
  const lines = report.panels.flatMap((panel) => panel.lines);
  if (lines.some((line) => line.style === 'dashed')) {
    entries.push(['commanded', (g) => stroke(g, colours.ink)]);
    entries.push(['measured', (g) => stroke(g, colours.ink, [4, 3])]);
  }
  if (report.panels.some((panel) => panel.limits.length)) {
    entries.push(['limits', (g) => stroke(g, colours.limit, [2, 2])]);
  }
  for (const [name, draw] of entries) {
    const item = element('li', $('legend'));
    const canvas = element('canvas', item);
    draw(sized(canvas, 24, 12));
    item.append(name);
  }
}

function stroke(g, colour, dash = []) {
  g.strokeStyle = colour;
  g.lineWidth = 1.5;
  g.setLineDash(dash);
  g.beginPath();
  g.moveTo(0, 6);
  g.lineTo(24, 6);
  g.stroke();
}

// ---- looking things up by time

function before(times, t) {
  let low = 0, high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t) low = middle + 1; else high = middle;
  }
  return low;
}

function seen(times) {
  return [Math.max(0, before(times, view.from) - 1), Math.min(times.length, before(times, view.to) + 1)];
}

function at(curve, t) {
  const i = before(curve.t, t);
  if (i === 0 || i === curve.t.length) return i && curve.t[i - 1] === t ? curve.v[i - 1] : null;
  const [a, b] = [curve.v[i - 1], curve.v[i]];
  if (a === null || b === null) return null;
  return a + (b - a) * (t - curve.t[i - 1]) / (curve.t[i] - curve.t[i - 1]);
}
