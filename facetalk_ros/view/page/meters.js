// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// What the page measures of itself: pictures drawn a second, and the lag from a pose's arrival (or
// from its time, if that is later) to the picture that shows it.

const KEPT = 600;

export class Meters {
  constructor() {
    this.waiting = []; // poses received, not yet drawn: {stamp_s, from_s}
    this.lags_s = [];
    this.draws_s = [];
    this.received = 0;
    this.skipped = 0; // poses that no picture showed
  }

  frameReceived(stamp_s, received_s, due_s) {
    this.received += 1;
    this.waiting.push({ stamp_s, from_s: Math.max(received_s, due_s) });
    if (this.waiting.length > KEPT) this.waiting.shift();
  }

  /** A picture of the time `shown_s` was drawn. */
  drew(shown_s, local_s) {
    this.draws_s.push(local_s);
    while (this.draws_s[0] < local_s - 1) this.draws_s.shift();
    let shown = 0;
    while (this.waiting.length && this.waiting[0].stamp_s <= shown_s) {
      this.lags_s.push(local_s - this.waiting.shift().from_s);
      shown += 1;
    }
    this.skipped += Math.max(0, shown - 1);
    this.lags_s.splice(0, Math.max(0, this.lags_s.length - KEPT));
  }

  clear() {
    this.waiting = [];
  }

  get fps() {
    const { draws_s } = this;
    if (draws_s.length < 2) return 0;
    return (draws_s.length - 1) / (draws_s[draws_s.length - 1] - draws_s[0]);
  }

  /** @param {number} part 0.95 for the 95th percentile */
  lag_s(part) {
    const sorted = [...this.lags_s].sort((a, b) => a - b);
    return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] : NaN;
  }
}
