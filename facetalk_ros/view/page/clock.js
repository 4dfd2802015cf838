// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// The node's clock as seen from here, and the moment of it that is shown.

const SAMPLES = 12;
const JUMP_S = 0.1; // a larger error is put right at once
const SLEW_S = 0.01; // a smaller one by so much for each ping, and nobody sees it

/**
 * The node's clock (seconds since hello.epoch_ns) estimated from pings: the answers with the
 * shortest way tell the offset; a slope tells a clock that runs at another rate, as simulated time
 * and played bags do.
 */
export class ServerClock {
  constructor() {
    this.reset();
  }

  reset() {
    this.samples = [];
    this.rate = 1;
    this.jumps = 0; // answers in a row that were not what was expected
    this.anchor = null; // {local_s, server_s} that now_s counts from
  }

  /** An answer to a ping: sent and received by the clock here, and what the node's clock said. */
  add(sent_s, received_s, server_s) {
    const local_s = (sent_s + received_s) / 2;
    const way_s = received_s - sent_s;
    const expected = this.anchor ? this.now_s(local_s) : server_s;
    this.samples.push({ local_s, server_s, way_s });
    if (this.samples.length > SAMPLES) this.samples.shift();
    if (Math.abs(server_s - expected) > JUMP_S + way_s) {
      // The clock was set, and what was measured before is void. Or it runs at another rate: then
      // the next answers are off, too, and what came since tells the rate.
      this.jumps += 1;
      this.samples = this.samples.slice(-this.jumps);
    } else {
      this.jumps = 0;
    }
    const quick = Math.min(...this.samples.map((sample) => sample.way_s)) * 2 + 0.002;
    const good = this.samples.filter((sample) => sample.way_s <= quick);
    const [first, last] = [good[0], good[good.length - 1]];
    if (last.local_s - first.local_s > 1) {
      const slope = (last.server_s - first.server_s) / (last.local_s - first.local_s);
      this.rate = Math.abs(slope - 1) < 0.02 ? 1 : Math.max(0, slope);
    }
    const best = this.rate === 1 ? good.reduce((a, b) => (b.way_s < a.way_s ? b : a)) : last;
    const target = best.server_s + this.rate * (local_s - best.local_s);
    const error = target - expected;
    const step = this.jumps === 0 && this.rate === 1 && Math.abs(error) < JUMP_S
      ? Math.max(-SLEW_S, Math.min(SLEW_S, error)) : error;
    this.anchor = { local_s, server_s: expected + step };
  }

  get known() {
    return this.anchor !== null;
  }

  now_s(local_s) {
    return this.anchor.server_s + this.rate * (local_s - this.anchor.local_s);
  }

  /** When the node's clock will say so, by the clock here. */
  local_s(server_s) {
    return this.anchor.local_s + (server_s - this.anchor.server_s) / (this.rate || 1);
  }
}

const WINDOW_S = 2;
const LONGEST_DELAY_S = 0.5;
const GROW = 0.5; // the shown time never stands still while the delay grows
const SHRINK = 0.1;
const SHRINK_SOUNDING = 0.008; // what sound.js can follow unheard

/**
 * How far behind the node's clock the page shows things, so that most arrive before they are due:
 * as much as the latest came late during the last two seconds, and no more.
 */
export class PlayoutDelay {
  constructor() {
    this.reset();
  }

  reset() {
    this.buckets = []; // {until_s, late_s}: the worst of each quarter of a second
    this.delay_s = 0;
    this.fresh = true;
  }

  /** Something came `late_s` after it was due (below 0: before). */
  add(now_s, late_s) {
    const last = this.buckets[this.buckets.length - 1];
    if (last && now_s < last.until_s) last.late_s = Math.max(last.late_s, late_s);
    else this.buckets.push({ until_s: now_s + WINDOW_S / 8, late_s });
    if (this.buckets.length > 16) this.buckets.shift();
  }

  /** Let time pass; returns the delay now. It shrinks gently while sound is heard. */
  advance(now_s, passed_s, sounding) {
    this.buckets = this.buckets.filter((bucket) => bucket.until_s > now_s - WINDOW_S && bucket.until_s < now_s + WINDOW_S);
    if (!this.buckets.length) return this.delay_s;
    const latest = Math.max(...this.buckets.map((bucket) => bucket.late_s));
    const target = Math.max(0, Math.min(LONGEST_DELAY_S, latest));
    if (this.fresh) this.delay_s = target;
    else if (target > this.delay_s) this.delay_s = Math.min(target, this.delay_s + GROW * passed_s);
    else this.delay_s = Math.max(target, this.delay_s - (sounding ? SHRINK_SOUNDING : SHRINK) * passed_s);
    this.fresh = false;
    return this.delay_s;
  }
}
