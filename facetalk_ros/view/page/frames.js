// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// Poses waiting for their time, and the pose at any time between them.

const CAPACITY = 256; // four seconds at 60 fps
const LONGEST_GAP_S = 0.25; // further apart two poses are not joined by a line
const HOLD_S = 0.3; // after the last pose
const REST_S = 0.6; // then this long to rest
const BACK_S = 0.5; // a stamp so far back begins anew

export class FrameBuffer {
  /** @param {number} size shapes in a pose */
  constructor(size) {
    this.size = size;
    this.pose = new Float32Array(size);
    this.head = [0, 0, 0]; // roll, pitch, yaw [rad]
    this.clear();
  }

  clear() {
    this.frames = [];
    this.interval_s = 1 / 60; // between poses, as they come
  }

  /** @param {{stamp_s: number, weights: Float32Array, head: number[]}} frame */
  push(frame) {
    if (frame.weights.length !== this.size || !Number.isFinite(frame.stamp_s)) return;
    const { frames } = this;
    const last = frames[frames.length - 1];
    if (last && frame.stamp_s < last.stamp_s - BACK_S) this.clear();
    let place = this.frames.length;
    while (place && this.frames[place - 1].stamp_s >= frame.stamp_s) place -= 1;
    const replaced = this.frames[place]?.stamp_s === frame.stamp_s ? 1 : 0;
    if (place && place === this.frames.length) {
      const gap = frame.stamp_s - this.frames[place - 1].stamp_s;
      if (gap < LONGEST_GAP_S) this.interval_s += 0.1 * (gap - this.interval_s);
    }
    this.frames.splice(place, replaced, frame);
    if (this.frames.length > CAPACITY) this.frames.shift();
  }

  /**
   * Bring `pose` and `head` to a time; the pose before the last shown one is forgotten.
   * @returns {number} how alive the input is: 1 while poses come, falling to 0 at rest
   */
  advance(time_s) {
    const { frames, pose, head } = this;
    while (frames.length > 1 && frames[1].stamp_s <= time_s) frames.shift();
    const [a, b] = frames;
    if (!a) {
      pose.fill(0);
      head.fill(0);
      return 0;
    }
    let mix = 0;
    let alive = 1;
    if (a.stamp_s > time_s) {
      // not due yet: rise towards the first pose
      alive = 1 - Math.min(1, (a.stamp_s - time_s) / LONGEST_GAP_S);
    } else if (b && b.stamp_s - a.stamp_s < LONGEST_GAP_S) {
      mix = (time_s - a.stamp_s) / (b.stamp_s - a.stamp_s);
    } else {
      const waited = time_s - a.stamp_s - HOLD_S;
      alive = 1 - Math.min(1, Math.max(0, waited / REST_S));
      alive *= alive * (3 - 2 * alive);
    }
    const other = mix ? b : a;
    for (let i = 0; i < pose.length; i += 1) {
      pose[i] = alive * (a.weights[i] + mix * (other.weights[i] - a.weights[i]));
    }
    for (let i = 0; i < 3; i += 1) {
      const turn = other.head[i] - a.head[i];
      head[i] = alive * (a.head[i] + mix * Math.atan2(Math.sin(turn), Math.cos(turn)));
    }
    return alive;
  }
}
