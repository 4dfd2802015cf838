// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// Draws a FaceModel on a canvas, by the rule written at the head of view/face_file.py: Catmull-Rom
// curves, filled or stroked with a brush as wide as the points say, layer by layer.

const STEPS = 6; // line pieces per segment of a brush stroke
const CAP_STEPS = 4;
const SOFT_STEPS = 10; // fills that make a fading edge: more than the rule's, as a large face shows their steps
// weights of the points before, at the start, at the end and after a segment, per step along it
const BLENDS = Array.from({ length: STEPS }, (_, step) => {
  const t = step / STEPS;
  return [-t + 2 * t * t - t ** 3, 2 - 5 * t * t + 3 * t ** 3, t + 4 * t * t - 3 * t ** 3, t ** 3 - t * t]
    .map((weight) => weight / 2);
});

export class FaceCanvas {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d', { alpha: false });
    this.model = null;
    this.drawn = null; // the pose that the canvas shows
  }

  /**
   * @param {FaceModel} model to draw from now on
   */
  use(model) {
    this.model = model;
    this.drawn = null;
  }

  /** Fit the canvas to its place on the page, in device pixels. */
  resize(width, height, ratio) {
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    this.drawn = null;
  }

  /**
   * @param {Float32Array} weights 52, in the order of the model
   * @param {number[]} head roll, pitch, yaw [rad]
   */
  draw(weights, head) {
    const { context, canvas, model } = this;
    const pose = [...weights, ...head];
    if (!model || this.drawn?.every((value, i) => value === pose[i])) return;
    this.drawn = pose;
    const [left, top, right, bottom] = model.view;
    const side = Math.min(canvas.width, canvas.height);
    const scale = side / (right - left);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = this.gradient(canvas.height - side, canvas.height);
    context.fillRect(0, 0, canvas.width, canvas.height);
    // the square stands on the lower edge, so that a neck never ends in the air
    context.setTransform(
      scale, 0, 0, scale,
      canvas.width / 2 - scale * (left + right) / 2, canvas.height - scale * bottom,
    );
    context.save();
    context.beginPath();
    context.rect(left - 1e3, top - 1e3, right - left + 2e3, bottom - top + 1e3);
    context.clip();
    const points = model.controlPoints(weights, head);
    let clip = null;
    for (const layer of model.layers) {
      if (layer.clip !== clip) {
        if (clip) context.restore();
        clip = layer.clip;
        if (clip) {
          context.save();
          context.clip(outline(points, clip));
        }
      }
      context.fillStyle = layer.color;
      if (layer.soft) softFill(context, points, layer);
      else context.fill(layer.stroke ? brush(points, layer.path[0].curve) : outline(points, layer));
    }
    if (clip) context.restore();
    context.restore();
  }

  gradient(top, bottom) {
    const gradient = this.context.createLinearGradient(0, top, 0, bottom);
    this.model.background.forEach((color, i) => gradient.addColorStop(i, color));
    return gradient;
  }
}

/** The path along the curves of a filled layer. Each segment is the same curve as a Bézier's. */
function outline(points, layer) {
  const path = new Path2D();
  let started = false;
  for (const { curve, back } of layer.path) {
    const { start, count, closed } = curve;
    const at = (i, axis) => {
      if (closed) return points[(start + (i + count) % count) * 3 + axis];
      if (i < 0) return 2 * points[start * 3 + axis] - points[(start + 1) * 3 + axis];
      if (i >= count) return 2 * points[(start + count - 1) * 3 + axis] - points[(start + count - 2) * 3 + axis];
      return points[(start + i) * 3 + axis];
    };
    const segments = closed ? count : count - 1;
    const first = back ? segments : 0;
    const step = back ? -1 : 1;
    if (started) path.lineTo(at(first, 0), at(first, 1));
    else path.moveTo(at(first, 0), at(first, 1));
    started = true;
    for (let n = 0, i = first; n < segments; n += 1, i += step) {
      const to = i + step;
      path.bezierCurveTo(
        at(i, 0) + (at(to, 0) - at(i - step, 0)) / 6, at(i, 1) + (at(to, 1) - at(i - step, 1)) / 6,
        at(to, 0) - (at(to + step, 0) - at(i, 0)) / 6, at(to, 1) - (at(to + step, 1) - at(i, 1)) / 6,
        at(to, 0), at(to, 1),
      );
    }
  }
  path.closePath();
  return path;
}

/** Fill again and again, each time smaller and as see-through as makes the colour in the middle. */
function softFill(context, points, layer) {
  const line = layer.path.flatMap(({ curve }) => spline(points, curve));
  const middle = [0, 1].map((axis) => {
    const along = line.map((point) => point[axis]);
    return (Math.min(...along) + Math.max(...along)) / 2;
  });
  const alpha = layer.color.length > 7 ? parseInt(layer.color.slice(7), 16) / 255 : 1;
  context.save();
  context.fillStyle = layer.color.slice(0, 7);
  context.globalAlpha = 1 - (1 - alpha) ** (1 / SOFT_STEPS);
  const path = outline(points, layer);
  for (let k = 0; k < SOFT_STEPS; k += 1) {
    const size = 1 - layer.soft * k / SOFT_STEPS;
    context.save();
    context.translate(middle[0] * (1 - size), middle[1] * (1 - size));
    context.scale(size, size);
    context.fill(path);
    context.restore();
  }
  context.restore();
}

/** The outline of a brush stroke with round ends; where the width is 0 there is nothing. */
function brush(points, curve) {
  const path = new Path2D();
  const line = spline(points, curve);
  const inked = line.map((point) => point[2] > 0);
  const first = inked.indexOf(true);
  if (first < 0) return path;
  // a part without width goes to the nearest point before it that has one, as in splines.py
  let source = line[first];
  const drawn = line.map((point, i) => {
    if (inked[i]) source = point;
    return source;
  });
  const last = drawn.length - 1;
  const sides = drawn.map(([x, y, width], i) => {
    const [ahead, behind] = [drawn[Math.min(i + 1, last)], drawn[Math.max(i - 1, 0)]];
    const [dx, dy] = [ahead[0] - behind[0], ahead[1] - behind[1]];
    const length = Math.max(Math.hypot(dx, dy), 1e-6);
    return { x, y, half: width / 2, dx: dx / length, dy: dy / length };
  });
  const cap = ({ x, y, half, dx, dy }, sign) => {
    for (let k = 1; k <= CAP_STEPS; k += 1) {
      const angle = Math.PI * k / (CAP_STEPS + 1);
      const [cos, sin] = [sign * Math.cos(angle) * half, sign * Math.sin(angle) * half];
      path.lineTo(x - cos * dy + sin * dx, y + cos * dx + sin * dy);
    }
  };
  for (const { x, y, half, dx, dy } of sides) path.lineTo(x - half * dy, y + half * dx);
  cap(sides[last], 1);
  for (const { x, y, half, dx, dy } of sides.reverse()) path.lineTo(x + half * dy, y - half * dx);
  cap(sides[last], -1); // the first one, now that they are reversed
  path.closePath();
  return path;
}

function spline(points, { start, count, closed }) {
  const at = (i, axis) => {
    if (closed) return points[(start + (i + count) % count) * 3 + axis];
    const edge = Math.min(Math.max(i, 0), count - 1);
    const value = points[(start + edge) * 3 + axis];
    if (edge === i) return value;
    return 2 * value - points[(start + edge + (i < 0 ? 1 : -1)) * 3 + axis];
  };
  const line = [];
  const segments = closed ? count : count - 1;
  for (let i = 0; i < segments; i += 1) {
    for (const [before, here, to, after] of BLENDS) {
      line.push([0, 1, 2].map((axis) => before * at(i - 1, axis) + here * at(i, axis)
        + to * at(i + 1, axis) + after * at(i + 2, axis)));
    }
  }
  if (!closed) line.push([0, 1, 2].map((axis) => at(count - 1, axis)));
  return line;
}
