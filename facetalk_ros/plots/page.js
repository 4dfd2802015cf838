// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0
// Draws the report that lies in this page. Texts of the recording only ever become text:
// textContent and fillText, never markup.
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

// ---- drawing

function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const g = canvas.getContext('2d');
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  return g;
}

function redraw() {
  if (wanted) return;
  wanted = true;
  requestAnimationFrame(() => {
    wanted = false;
    for (const strip of strips) draw(strip);
    const shown = toldTime();
    $('time').textContent = shown === null
      ? `${view.from.toFixed(2)} to ${view.to.toFixed(2)} s` : `${shown.toFixed(3)} s`;
  });
}

function draw(strip) {
  const { panel, canvas, height, last } = strip;
  const width = canvas.clientWidth;
  const g = sized(canvas, width, height + (last ? AXIS_HEIGHT : 0));
  const x = (t) => GUTTER + (t - view.from) / (view.to - view.from) * (width - GUTTER);
  const y = (v) => (panel.high - v) / (panel.high - panel.low) * (height - 2) + 1;
  g.font = '11px system-ui, sans-serif';
  g.textBaseline = 'middle';
  drawGrid(g, strip, width, x, y);
  g.save();
  g.beginPath();
  g.rect(GUTTER, 0, width - GUTTER, height);
  g.clip();
  if (panel.kind === 'spans') drawSpans(g, panel, height, x);
  else if (panel.kind === 'sound') drawSound(g, panel, x, y);
  else drawCurves(g, panel, width, x, y);
  drawMarks(g, height, x);
  g.restore();
  g.strokeStyle = colours.edge;
  g.lineWidth = 1;
  g.strokeRect(GUTTER + 0.5, 0.5, width - GUTTER - 1, height - 1);
  if (strip.readout) strip.readout.textContent = readout(panel);
}

function drawGrid(g, { panel, height, last }, width, x, y) {
  const step = niceStep((view.to - view.from) / Math.max(2, width / 90));
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  g.lineWidth = 1;
  g.textAlign = 'center';
  for (let i = Math.ceil(view.from / step); i * step <= view.to; i += 1) {
    g.strokeStyle = colours.grid;
    line(g, x(i * step), 0, x(i * step), height);
    if (last) {
      g.fillStyle = colours.soft;
      g.fillText(`${(i * step).toFixed(digits)} s`, clamp(x(i * step), GUTTER, width - 16), height + 10);
    }
  }
  if (panel.kind === 'spans') return;
  const rise = niceStep((panel.high - panel.low) / 3.5);
  const places = Math.max(0, -Math.floor(Math.log10(rise) + 1e-9));
  g.textAlign = 'right';
  g.fillStyle = colours.soft;
  g.strokeStyle = colours.grid;
  for (let i = Math.ceil(panel.low / rise); i * rise <= panel.high; i += 1) {
    line(g, GUTTER, y(i * rise), width, y(i * rise));
    g.fillText((i * rise).toFixed(places), GUTTER - 4, clamp(y(i * rise), 6, height - 6));
  }
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
}

function line(g, x0, y0, x1, y1) {
  g.beginPath();
  g.moveTo(x0, y0);
  g.lineTo(x1, y1);
  g.stroke();
}

function drawSound(g, panel, x, y) {
  const [highest, lowest] = panel.lines;
  const [first, end] = seen(highest.t);
  g.fillStyle = colours.sound;
  g.beginPath();
  for (let i = first; i < end; i += 1) g.lineTo(x(highest.t[i]), y(highest.v[i]) - 0.5);
  for (let i = end - 1; i >= first; i -= 1) g.lineTo(x(lowest.t[i]), y(lowest.v[i]) + 0.5);
  g.fill();
}

function drawSpans(g, panel, height, x) {
  let n = 0;
  g.textAlign = 'center';
  for (const [start, end, text] of panel.spans) {
    if (!text) continue;
    n += 1;
    if (end < view.from || start > view.to) continue;
    const left = Math.max(GUTTER, x(start)), right = Math.min(g.canvas.clientWidth, x(end));
    g.fillStyle = colours[n % 2 ? 'word' : 'word-other'];
    g.fillRect(left, 0, right - left, height);
    g.strokeStyle = colours.edge;
    line(g, x(start), 0, x(start), height);
    const length = g.measureText(text).width + 3;
    g.save();
    g.fillStyle = colours.ink;
    g.translate((left + right) / 2, height / 2 + 0.5);
    if (length > right - left) g.rotate(-Math.PI / 2);  // where it does not fit lying
    if (length <= right - left || (right - left >= 11 && length <= height)) g.fillText(text, 0, 0);
    g.restore();
  }
}

function drawCurves(g, panel, width, x, y) {
  g.lineWidth = 1;
  g.setLineDash([2, 3]);
  g.strokeStyle = colours.limit;
  for (const [, value] of panel.limits) line(g, GUTTER, y(value), width, y(value));
  g.setLineDash([]);
  shade(g, panel, x, y);
  for (const curve of panel.lines) {
    g.strokeStyle = g.fillStyle = panel.filled ? colours.soft
      : runColour(curve.run, sideOf(panel, curve));
    g.lineWidth = 1.5;
    g.setLineDash(curve.style === 'dashed' ? [5, 3] : []);
    const [first, end] = seen(curve.t);
    g.beginPath();
    let down = false;
    for (let i = first; i < end; i += 1) {
      if (curve.v[i] === null) { down = false; continue; }
      if (down) g.lineTo(x(curve.t[i]), y(curve.v[i]));
      else g.moveTo(x(curve.t[i]), y(curve.v[i]));
      down = true;
    }
    g.stroke();
    if (panel.filled && end > first) {
      g.lineTo(x(curve.t[end - 1]), y(0));
      g.lineTo(x(curve.t[first]), y(0));
      g.globalAlpha = 0.25;
      g.fill();
      g.globalAlpha = 1;
    }
  }
  g.setLineDash([]);
  for (const dots of panel.dots) {
    const [first, end] = seen(dots.t);
    for (let i = first; i < end; i += 1) {
      dot(g, x(dots.t[i]), y(dots.v[i]), dots.kinds[i], runColour(dots.run));
    }
  }
  drawSides(g, panel, width);
}

function sideOf(panel, curve) {
  if (panel.limits.length || curve.style === 'dashed') return 0;
  const labels = panel.lines.filter((other) => other.run === curve.run).map((other) => other.label);
  return labels.indexOf(curve.label) > 0 ? 1 : 0;
}

function drawSides(g, panel, width) {
  const first = panel.lines.filter((curve) => curve.run === 0);
  if (first.length < 2 || first.some((curve) => curve.style === 'dashed')) return;
  g.textAlign = 'right';
  first.forEach((curve, i) => {
    g.fillStyle = runColour(0, i);
    g.fillText(curve.label, width - 4, 9 + 13 * i);
  });
}

// The area between the two runs of a comparison.
function shade(g, panel, x, y) {
  for (const curve of panel.lines) {
    const other = panel.lines.find((o) => o.run === 1 && o.label === curve.label
      && o.style === curve.style);
    if (curve.run !== 0 || !other) continue;
    const [first, end] = seen(curve.t);
    g.fillStyle = colours.ink;
    g.globalAlpha = 0.18;
    g.beginPath();
    for (let i = first; i < end; i += 1) g.lineTo(x(curve.t[i]), y(curve.v[i] ?? 0));
    for (let i = end - 1; i >= first; i -= 1) {
      g.lineTo(x(curve.t[i]), y(at(other, curve.t[i]) ?? curve.v[i] ?? 0));
    }
    g.fill();
    g.globalAlpha = 1;
  }
}

function dot(g, x, y, kind, colour) {
  g.beginPath();
  if (kind === REST) g.rect(x - 2.5, y - 2.5, 5, 5);
  else g.arc(x, y, kind === TARGET ? 3 : 2.2, 0, 2 * Math.PI);
  g.fillStyle = kind === TARGET || kind === REST ? colour : colours.paper;
  g.fill();
  g.strokeStyle = colour;
  g.lineWidth = 1;
  g.stroke();
}

function drawMarks(g, height, x) {
  if (selection) {
    g.fillStyle = colours.first;
    g.globalAlpha = 0.18;
    g.fillRect(x(selection[0]), 0, x(selection[1]) - x(selection[0]), height);
    g.globalAlpha = 1;
  }
  g.lineWidth = 1;
  if (hover !== null) {
    g.strokeStyle = colours.soft;
    line(g, x(hover), 0, x(hover), height);
  }
  if (cursor !== null) {
    g.strokeStyle = colours.second;
    g.lineWidth = 1.5;
    line(g, x(cursor), 0, x(cursor), height);
  }
}

// The time whose values are told: where the pointer is, and while the sound plays where that is.
function toldTime() {
  return audio && !audio.paused ? cursor : hover ?? cursor;
}

function readout(panel) {
  const t = toldTime();
  if (t === null) return '';
  const values = panel.lines.map((curve) => at(curve, t)).map((value) => (value === null ? '–'
    : value.toFixed(3)));
  const near = (view.to - view.from) / 200;
  const phones = panel.dots.flatMap((dots) => dots.phones.filter((_, i) =>
    Math.abs(dots.t[i] - t) < near && dots.kinds[i] === TARGET));
  return [...values, ...new Set(phones)].join('  ');
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

// ---- moving about

function show(from, to) {
  const length = clamp(to - from, SHORTEST_S, report.to_s - report.from_s);
  view.from = clamp(from, report.from_s, report.to_s - length);
  view.to = view.from + length;
  redraw();
}

function zoom(factor, around = (view.from + view.to) / 2) {
  show(around - (around - view.from) * factor, around + (view.to - around) * factor);
}

function pan(share) {
  const by = (view.to - view.from) * share;
  show(view.from + by, view.to + by);
}

function timeOf(event) {
  const box = strips[0].canvas.getBoundingClientRect();
  const share = (event.clientX - box.left - GUTTER) / (box.width - GUTTER);
  return view.from + clamp(share, 0, 1) * (view.to - view.from);
}

function onDown(event) {
  event.currentTarget.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, event.clientX);
  if (event.pointerType === 'mouse') selection = [timeOf(event), timeOf(event)];
}

function onMove(event) {
  if (event.pointerType !== 'touch') hover = timeOf(event);
  if (selection) selection[1] = timeOf(event);
  else if (pointers.has(event.pointerId)) onTouchMove(event);
  redraw();
}

function onTouchMove(event) {
  const width = strips[0].canvas.getBoundingClientRect().width - GUTTER;
  const earlier = [...pointers.values()];
  pointers.set(event.pointerId, event.clientX);
  const now = [...pointers.values()];
  if (now.length === 1) {
    pan((earlier[0] - now[0]) / width);
  } else {
    const apart = (xs) => Math.max(10, Math.abs(xs[0] - xs[1]));
    zoom(apart(earlier) / apart(now));
  }
}

function onUp(event) {
  pointers.delete(event.pointerId);
  if (!selection) return;
  const [from, to] = selection.sort((a, b) => a - b);
  selection = null;
  if ((to - from) / (view.to - view.from) > 0.01) show(from, to);
  else seek(from);
}

for (const { canvas } of strips) {
  canvas.addEventListener('pointerdown', onDown);
  canvas.addEventListener('pointermove', onMove);
  canvas.addEventListener('pointerup', onUp);
  canvas.addEventListener('pointercancel', (event) => {
    pointers.delete(event.pointerId);
    selection = null;
  });
  canvas.addEventListener('pointerleave', () => { hover = null; redraw(); });
  canvas.addEventListener('dblclick', () => show(report.from_s, report.to_s));
  canvas.addEventListener('wheel', (event) => {
    if (event.ctrlKey) zoom(Math.exp(event.deltaY / 300), timeOf(event));
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(event.deltaX / 600);
    else return;
    event.preventDefault();
  }, { passive: false });
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const actions = {
    '+': () => zoom(0.5), '=': () => zoom(0.5), '-': () => zoom(2),
    0: () => show(report.from_s, report.to_s),
    ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2),
  };
  if (event.target.tagName !== 'BUTTON') actions[' '] = () => toggle();
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

$('in').addEventListener('click', () => zoom(0.5));
$('out').addEventListener('click', () => zoom(2));
$('all').addEventListener('click', () => show(report.from_s, report.to_s));

// ---- sound

if (report.sound) {
  audio = new Audio(report.sound);
  $('play').hidden = false;
  $('play').addEventListener('click', toggle);
  for (const kind of ['play', 'pause', 'ended']) {
    audio.addEventListener(kind, () => {
      $('play').textContent = audio.paused ? 'play' : 'pause';
      if (kind === 'play') follow();
    });
  }
}

function toggle() {
  if (!audio) return;
  if (!audio.paused) {
    audio.pause();
    return;
  }
  // what is zoomed into is what is played
  if (cursor === null || cursor < view.from || cursor >= view.to) seek(view.from);
  audio.play().catch((error) => { $('time').textContent = `the sound cannot be played: ${error.message}`; });
}

function seek(t) {
  if (!audio) return;
  audio.currentTime = Math.max(0, t - report.from_s);
  cursor = t;
  redraw();
}

function follow() {
  if (audio.paused) return;
  cursor = report.from_s + audio.currentTime;
  if (cursor > view.to && view.to < report.to_s) {
    show(view.to, view.to + (view.to - view.from));
  }
  redraw();
  requestAnimationFrame(follow);
}

function restyle() {
  readColours();
  drawLegend();
  redraw();
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', restyle);
new ResizeObserver(redraw).observe($('strips'));
restyle();
