// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// A face file as it comes from config/faces, by the rule written at the head of view/face_file.py:
// control points (x, y, stroke width), what each ARKit shape adds to them, contacts, the turn of the
// head, layers. The server checked the file.

const CIRCLE = Array.from({ length: 8 }, (_, i) => [Math.sin(i * Math.PI / 4), -Math.cos(i * Math.PI / 4)]);
const HEAD_LIMIT_RAD = 0.6; // further, the layers of a drawing come apart
const NO_DOME = [0, 0, 1, 1, 0];

export class FaceModel {
  /**
   * @param {object} data the face file
   * @param {string[]} arkit the 52 names, in the order of the weights
   * @throws {Error} where the file is no face
   */
  constructor(data, arkit) {
    this.index = new Map(arkit.map((name, i) => [name, i]));
    this.view = data.view.map(Number);
    this.background = data.background.map(String);
    this.curves = new Map();
    this.pivot = (data.head?.pivot ?? [0, 0]).map(Number);
    const dome = (data.head?.dome ?? NO_DOME).map(Number);
    const rest = [];
    const depths = []; // how far in front of the pivot
    const follow = []; // share of the head's motion
    const moves = arkit.map(() => []); // per shape [index into rest, added, index, added, ...]
    for (const [name, curve] of Object.entries(data.curves)) {
      for (const [key, shape] of Object.entries(readCurve(name, curve, dome))) {
        const start = rest.length / 3;
        rest.push(...shape.points.flat());
        depths.push(...shape.depths);
        follow.push(...shape.follow);
        this.curves.set(key, { start, count: shape.points.length, closed: shape.closed });
        for (const [shapeName, move] of Object.entries(shape.moves)) {
          const list = moves[this.shapeIndex(shapeName)];
          move.flat().forEach((added, i) => { if (added) list.push(start * 3 + i, added); });
        }
      }
    }
    this.rest = Float32Array.from(rest);
    this.depths = Float32Array.from(depths);
    this.follow = Float32Array.from(follow);
    this.moves = moves.map((list) => Float32Array.from(list));
    this.contacts = (data.contacts ?? []).flatMap((entry) => this.readContact(entry));
    this.layers = readLayers(data, this.curves);
    this.points = new Float32Array(this.rest.length);
  }

  shapeIndex(name) {
    const index = this.index.get(name);
    if (index === undefined) throw new Error(`${name} is none of the ARKit names`);
    return index;
  }

  readContact(entry) {
    const rows = (names, suffix) => names.map((name) => this.curves.get(find(name, suffix, this.curves)).start);
    return (entry.side ? ['_left', '_right'] : ['']).map((suffix) => {
      const [upper, lower] = rows([entry.upper, entry.lower], suffix);
      return {
        count: this.curves.get(find(entry.upper, suffix, this.curves)).count,
        slack: Number(entry.slack),
        upper: [upper, ...rows(entry.with_upper ?? [], suffix)],
        lower: [lower, ...rows(entry.with_lower ?? [], suffix)],
      };
    });
  }

  /**
   * The control points of a pose: one sum, the contacts, the turn of the head. The array is reused.
   * @param {Float32Array} weights
   * @param {number[]} head roll, pitch, yaw [rad], as REP-103 has them
   */
  controlPoints(weights, head) {
    const { points } = this;
    points.set(this.rest);
    this.moves.forEach((move, shape) => {
      const weight = Math.min(1, Math.max(0, weights[shape]));
      if (!weight) return;
      for (let i = 0; i < move.length; i += 2) points[move[i]] += weight * move[i + 1];
    });
    this.contacts.forEach((contact) => touch(points, contact));
    if (head.some((angle) => angle !== 0)) this.turn(head);
    return points;
  }

  /** Turn the head, as seen from far ahead of it. */
  turn([roll, pitch, yaw]) {
    const { points, depths, follow, pivot } = this;
    const [cr, sr] = [Math.cos(roll), Math.sin(roll)];
    const [[cp, sp], [cy, sy]] = [pitch, yaw].map((angle) => {
      const within = Math.min(HEAD_LIMIT_RAD, Math.max(-HEAD_LIMIT_RAD, angle));
      return [Math.cos(within), Math.sin(within)];
    });
    for (let i = 0; i < depths.length; i += 1) {
      const [x, y, z] = [points[i * 3] - pivot[0], points[i * 3 + 1] - pivot[1], depths[i]];
      const aside = x * cy + z * sy;
      const down = y * cp + (z * cy - x * sy) * sp;
      points[i * 3] += follow[i] * (aside * cr + down * sr - x);
      points[i * 3 + 1] += follow[i] * (down * cr - aside * sr - y);
    }
  }
}

/** Shut small gaps, and put the two rows on their middle where they would cross. */
function touch(points, { count, slack, upper, lower }) {
  for (let i = 0; i < count; i += 1) {
    const u = (upper[0] + i) * 3;
    const l = (lower[0] + i) * 3;
    const [ux, uy, lx, ly] = [points[u], points[u + 1], points[l], points[l + 1]];
    const open = ly - uy;
    const gap = Math.max(0, Math.min(open, 2 * Math.max(open - slack, 0)));
    const apart = Math.min(gap / (2 * slack), 1) * (lx - ux) / 2;
    const [x, y] = [(ux + lx) / 2, (uy + ly) / 2];
    for (const [rows, dx, dy] of [
      [upper, x - apart - ux, y - gap / 2 - uy],
      [lower, x + apart - lx, y + gap / 2 - ly],
    ]) {
      for (const row of rows) {
        points[(row + i) * 3] += dx;
        points[(row + i) * 3 + 1] += dy;
      }
    }
  }
}

function readCurve(name, curve, [domeX, domeY, rx, ry, rz]) {
  let points;
  if (curve.circle) {
    const [x, y, across, along = across] = curve.circle.map(Number);
    points = CIRCLE.map(([cx, cy]) => [x + cx * across, y + cy * along, 0]);
  } else {
    points = curve.points.map(([x, y, width = 0]) => [Number(x), Number(y), Number(width)]);
  }
  const dome = points.map(([x, y]) => (curve.flat ? 0
    : rz * Math.sqrt(Math.max(0, 1 - ((x - domeX) / rx) ** 2 - ((y - domeY) / ry) ** 2))));
  const shape = {
    points,
    depths: perPoint(curve.depth ?? 0, points).map((depth, i) => depth + dome[i]),
    follow: perPoint(curve.follow ?? 1, points),
    closed: Boolean(curve.closed ?? curve.circle),
    moves: {},
  };
  for (const [arkit, move] of Object.entries(curve.moves ?? {})) shape.moves[arkit] = readMove(points, move);
  if (curve.side) return { [`${name}_left`]: shape, [`${name}_right`]: mirrored(shape) };
  return { [name]: curve.symmetric === false ? shape : bothSides(name, shape) };
}

function readMove(points, move) {
  const columns = ['x', 'y', 'width'].map((key) => perPoint(move[key] ?? 0, points));
  const grow = Number(move.grow ?? 1) - 1;
  const centre = [0, 1].map((axis) => {
    const along = points.map((point) => point[axis]);
    return (Math.min(...along) + Math.max(...along)) / 2;
  });
  return points.map((point, i) => columns.map(
    (column, axis) => column[i] + (axis < 2 ? grow * (point[axis] - centre[axis]) : 0),
  ));
}

function perPoint(value, points) {
  return Array.isArray(value) ? value.map(Number) : points.map(() => Number(value));
}

function otherSide(arkit) {
  if (arkit.endsWith('Left')) return `${arkit.slice(0, -4)}Right`;
  return arkit.endsWith('Right') ? `${arkit.slice(0, -5)}Left` : arkit;
}

const flip = ([x, y, width]) => [-x, y, width];

function mirrored(shape) {
  const moves = Object.entries(shape.moves).map(([arkit, move]) => [otherSide(arkit), move.map(flip)]);
  return { ...shape, points: shape.points.map(flip), moves: Object.fromEntries(moves) };
}

/** Add the Right moves to a curve that is symmetric and says only the Left ones. */
function bothSides(name, shape) {
  const mirror = mirrored(shape);
  const partner = shape.points.map((point) => {
    const match = mirror.points.findIndex((other) => other.every((v, axis) => Math.abs(v - point[axis]) < 1e-4));
    if (match < 0) throw new Error(`curve ${name}: point ${point} has no mirror image`);
    return match;
  });
  for (const [arkit, move] of Object.entries(mirror.moves)) {
    shape.moves[arkit] ??= partner.map((i) => move[i]);
  }
  return shape;
}

function readLayers(data, curves) {
  const layers = new Map();
  for (const entry of data.layers) {
    for (const suffix of entry.side ? ['_left', '_right'] : ['']) {
      const name = entry.name + suffix;
      layers.set(name, {
        name,
        stroke: 'stroke' in entry,
        soft: Number(entry.soft ?? 0),
        color: String(data.colors[entry.fill ?? entry.stroke]),
        clip: entry.clip ? layers.get(find(entry.clip, suffix, layers)) : null,
        path: entry.path.map((part) => ({
          back: part.startsWith('-'),
          curve: curves.get(find(part.replace(/^-/, ''), suffix, curves)),
        })),
      });
    }
  }
  return [...layers.values()];
}

function find(name, suffix, known) {
  for (const candidate of [name + suffix, name]) if (known.has(candidate)) return candidate;
  throw new Error(`unknown curve or layer ${name}`);
}
