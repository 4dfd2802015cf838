// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// The page: what the node sends, shown at its time; what the user wants, sent to the node.

import { PlayoutDelay, ServerClock } from './clock.js';
import { Connection } from './connection.js';
import { Controls } from './controls.js';
import { FaceCanvas } from './face_canvas.js';
import { FaceModel } from './face_model.js';
import { FrameBuffer } from './frames.js';
import { Meters } from './meters.js';
import { Servos } from './servos.js';
import { byId, note, onlyTheFace, remember, remembered, shortcuts, tabs, theme } from './shell.js';
import { Sound } from './sound.js';
import { Stage } from './stage.js';
import { Timeline } from './timeline.js';

const BUSY_S = 0.05; // no picture for so long: messages waited for the page, not on their way
const STALE_S = 1; // without a pose for so long, nobody is there
const STRANGE_S = 2; // stamps so far from the node's clock are on a clock of their own
const PANEL_S = 0.05; // numbers need not change faster to be read
const METERS_S = 0.5;

const connection = new Connection();
const clock = new ServerClock();
const delay = new PlayoutDelay();
const sound = new Sound();
const meters = new Meters();
const timeline = new Timeline(byId('timeline'));
const servos = new Servos(byId('joints'));
const stage = new Stage(new FaceCanvas(byId('face')), byId('avatar'));
const controls = new Controls((message) => connection.send(message), (weights) => connection.sendOverlay(weights));
let frames = null; // FrameBuffer, as soon as the node said which shapes there are
let faces = {};
let arkit = [];
let pose = null;
let positions = []; // of the joints, waiting for their time
let shift_s = 0; // of the stamps against the node's clock
let lastFrame_s = -Infinity;
let speaking = false;
let shown_s = 0;
let panel = 'express';
let drawn_s = 0;
let panelDrawn_s = 0;
let metersShown_s = 0;
let firstFrame = false;

// what the node sends

connection.on('hello', (hello) => {
  byId('title').textContent = hello.title || 'facetalk';
  document.title = hello.title ? `${hello.title} – facetalk` : 'facetalk';
  arkit = hello.arkit;
  faces = hello.faces;
  frames = new FrameBuffer(arkit.length);
  pose = new Float32Array(arkit.length);
  positions = [];
  clock.reset();
  delay.reset();
  meters.clear();
  timeline.clear();
  shift_s = 0;
  byId('look').replaceChildren(...Object.keys(faces).map((name) => new Option(name, name)));
  controls.build(hello);
  useFace([remembered('face'), hello.face, Object.keys(faces)[0]].find((name) => Object.hasOwn(faces, name)));
  showJoints(hello.joints ?? []);
  stage.avatars.offer(hello, connection);
  byId('say').disabled = byId('send').disabled = hello.can?.say === false;
  byId('bargein').disabled = hello.can?.reset === false;
  connection.send({ type: 'ping', t: performance.now() / 1000 });
  showState();
});

connection.on('clock', ({ t, now_s, received_s }) => {
  if (Number.isFinite(t) && Number.isFinite(now_s)) clock.add(t, received_s, now_s);
});

connection.on('frame', (frame) => {
  if (!frames) return;
  frames.push(frame);
  lastFrame_s = frame.received_s;
  if (!clock.known) return;
  let late_s = clock.now_s(frame.received_s) - frame.stamp_s - shift_s;
  if (Math.abs(late_s) > STRANGE_S) {
    shift_s += late_s;
    late_s = 0;
    delay.reset();
  }
  if (frame.received_s - drawn_s < BUSY_S) delay.add(frame.received_s, late_s + frames.interval_s);
  meters.frameReceived(frame.stamp_s, frame.received_s, clock.local_s(frame.stamp_s + shift_s));
});

connection.on('audio', (block) => {
  if (!clock.known || clock.rate !== 1) return; // sound cannot be played faster or slower
  const late_s = sound.play(block, clock.local_s(block.stamp_s + shift_s) + delay.delay_s);
  if (Number.isFinite(late_s) && late_s < STRANGE_S) delay.add(block.received_s, late_s + delay.delay_s);
});

connection.on('positions', (message) => {
  positions.push(message);
  if (positions.length > 256) positions.shift();
});
connection.on('joints', ({ joints }) => showJoints(joints));
connection.on('keys', ({ keys }) => timeline.push(keys));
connection.on('text', ({ text }) => stage.announce(String(text)));
connection.on('notice', ({ text }) => note(String(text)));
connection.on('state', showState);
connection.on('stats', (stats) => {
  speaking = Boolean(stats.speaking);
  const show = (id, value, unit = '') => {
    byId(id).textContent = Number.isFinite(value) ? `${Math.round(value)}${unit}` : '–';
  };
  show('latency', stats.latency_ms, ' ms');
  show('late', stats.late);
  show('dropped', stats.dropped);
  byId('dropped').classList.toggle('warn', stats.dropped > 0);
  showState();
});

function showJoints(joints) {
  servos.build(joints);
  positions = [];
  byId('noservos').hidden = joints.length > 0;
}

function showState() {
  const alive = performance.now() / 1000 - lastFrame_s < STALE_S;
  let [state, text] = ['waiting', 'waiting for poses'];
  if (!connection.open) [state, text] = ['closed', firstFrame || frames ? 'connection lost, trying again' : 'connecting'];
  else if (alive && speaking) [state, text] = ['speaking', 'speaking'];
  else if (alive) [state, text] = ['live', 'live'];
  const place = byId('state');
  if (place.dataset.state === state && place.textContent === text) return;
  // read out what matters; that speech begins and ends would be read out over the speech
  if (state === 'closed' || place.dataset.state === 'closed') byId('announce').textContent = text;
  place.dataset.state = state;
  place.textContent = text;
}

// what the user wants

function useFace(name) {
  const model = new FaceModel(faces[name], arkit);
  byId('look').value = name;
  stage.face.use(model);
  controls.drawPoses(model);
}

function chooseFace(name) {
  useFace(name);
  remember('face', name);
}

function bargeIn() {
  connection.send({ type: 'reset' });
  sound.stop();
  timeline.cut(shown_s);
}

async function toggleSound() {
  try {
    byId('sound').setAttribute('aria-pressed', await sound.toggle());
  } catch (error) {
    note(`No sound: ${error.message}`);
  }
}

byId('look').addEventListener('change', ({ target }) => chooseFace(target.value));
byId('sound').addEventListener('click', toggleSound);
byId('bargein').addEventListener('click', bargeIn);
byId('help').addEventListener('click', () => byId('keys').showModal());
byId('sayform').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = byId('say').value.trim();
  if (text) connection.send({ type: 'say', text });
  byId('say').value = '';
});
tabs(document.querySelector('[role=tablist]'), (id) => { panel = id; });
onlyTheFace(byId('only'));
theme(byId('theme'), () => timeline.restyle());
shortcuts(byId('singlekeys'), (key) => {
  const actions = {
    s: toggleSound,
    b: bargeIn,
    r: () => controls.reset(),
    t: () => byId('theme').click(),
    f: () => {
      const names = Object.keys(faces);
      chooseFace(names[(names.indexOf(byId('look').value) + 1) % names.length]);
    },
    o: () => byId('only').click(),
    '/': () => byId('say').focus(),
    '?': () => byId('keys').showModal(),
  };
  if (/^[1-9]$/.test(key)) return controls.press(Number(key) - 1);
  const action = actions[key.toLowerCase()];
  action?.();
  return Boolean(action);
});

// drawing

function draw() {
  requestAnimationFrame(draw);
  const now_s = performance.now() / 1000;
  const passed_s = Math.min(0.1, now_s - drawn_s);
  drawn_s = now_s;
  if (!frames || !pose) return;
  if (clock.known) shown_s = clock.now_s(now_s) - shift_s - delay.advance(now_s, passed_s, sound.playing.size > 0);
  const alive = frames.advance(shown_s);
  controls.preview(pose, frames.pose, alive, passed_s);
  stage.draw(pose, frames.head, passed_s);
  timeline.draw(shown_s);
  meters.drew(shown_s, performance.now() / 1000);
  if (!firstFrame) {
    firstFrame = true;
    performance.mark('facetalk:first-frame');
  }
  if (now_s - panelDrawn_s > PANEL_S) {
    panelDrawn_s = now_s;
    showPanel();
  }
  if (now_s - metersShown_s > METERS_S) {
    metersShown_s = now_s;
    byId('drawn').textContent = `${Math.round(meters.fps)} fps`;
    const lag_s = meters.lag_s(0.95);
    byId('lag').textContent = Number.isFinite(lag_s) ? `${Math.round(lag_s * 1000)} ms` : '–';
    showState();
  }
}

function showPanel() {
  while (positions.length > 1 && positions[1].stamp_s <= shown_s) positions.shift();
  if (panel === 'shapes') controls.sliders?.show(pose);
  if (panel === 'servos' && positions.length) servos.show(positions[0].positions);
  stage.caption(timeline.words(), shown_s);
}

function resize() {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  for (const [canvas, part] of [[byId('face'), stage], [byId('timeline'), timeline]]) {
    part.resize(canvas.parentElement.clientWidth, canvas.parentElement.clientHeight, ratio);
  }
}
new ResizeObserver(resize).observe(byId('face').parentElement);
new ResizeObserver(resize).observe(byId('timeline').parentElement);

resize();
connection.connect();
requestAnimationFrame(draw);

/** For tests and for the curious at the console: figures, and what the face does now. */
window.facetalk = {
  get figures() {
    return {
      fps: meters.fps,
      lag_p50_s: meters.lag_s(0.5),
      lag_p95_s: meters.lag_s(0.95),
      received: meters.received,
      skipped: meters.skipped,
      delay_s: delay.delay_s,
      waiting: frames?.frames.length ?? 0,
      keys: timeline.keys.length,
      sound_late: sound.late,
      sounding: sound.playing.size,
      shown_s,
    };
  },
  get pose() {
    return Object.fromEntries(arkit.map((name, i) => [name, pose[i]]));
  },
  get avatar() {
    return stage.avatars.figures;
  },
};
