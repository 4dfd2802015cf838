// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0
// Draws the strips of the plot; it stands behind page.js in the same script.

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
