// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0
// Zooming, panning and playing; it stands behind page_draw.js in the same script, and starts it.

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
