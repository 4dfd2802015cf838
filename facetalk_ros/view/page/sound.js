// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// Sound on the same clock as the face: every block is given to WebAudio with the time at which it is
// to leave the loudspeaker.

const JOIN_S = 0.03; // a block whose time is nearer to the end of the one before joins it
const AHEAD_S = 0.01; // WebAudio needs to know this long before
const [NOTICED_S, BEND] = [0.005, 0.01]; // from this drift on, a block runs a little faster or slower
const MOST_BLOCKS = 300;
const REOPEN_S = 2; // two sources of different rates may not open the device again and again

export class Sound {
  constructor() {
    this.context = null;
    this.on = false;
    this.playing = new Set();
    this.end_s = -Infinity; // of what is scheduled, by the audio context's clock
    this.late = 0;
    this.rate_hz = undefined; // of the last block; undefined: as the device likes
    this.opened_s = -Infinity;
  }

  /** Switch on or off. Browsers allow it only in answer to a press of the user. */
  async toggle() {
    if (this.on) {
      this.stop();
      this.on = false;
      await this.context?.suspend();
    } else {
      if (!this.context) this.open();
      await this.context.resume();
      this.on = true;
    }
    return this.on;
  }

  /** At the rate of the sound, or each block's edges would be heard where it is resampled. */
  open() {
    this.context?.close();
    this.context = new AudioContext({ latencyHint: 'interactive', sampleRate: this.rate_hz });
    this.playing.clear();
    this.end_s = -Infinity;
    this.opened_s = performance.now() / 1000;
  }

  /** Silence at once. */
  stop() {
    for (const source of this.playing) source.stop();
    this.playing.clear();
    this.end_s = -Infinity;
  }

  /** The context's time that will be heard at a time of performance.now(). */
  contextTime(local_s) {
    const { contextTime, performanceTime } = this.context.getOutputTimestamp();
    if (performanceTime) return contextTime + local_s - performanceTime / 1000;
    const latency_s = this.context.outputLatency || this.context.baseLatency;
    return this.context.currentTime + local_s - performance.now() / 1000 - latency_s;
  }

  /**
   * Play a block.
   * @param {{channels: number, rate_hz: number, samples: Int16Array}} block
   * @param {number} local_s when its first sample is to be heard, by performance.now()
   * @returns {number} how late it came [s], below 0 for a block in time
   */
  play({ channels, rate_hz, samples }, local_s) {
    const frames = channels ? Math.floor(samples.length / channels) : 0;
    if (!frames || rate_hz < 8000 || rate_hz > 192000) return -Infinity;
    this.rate_hz = rate_hz;
    if (!this.on) return -Infinity;
    if (this.context.sampleRate !== rate_hz && performance.now() / 1000 > this.opened_s + REOPEN_S) this.open();
    const { context } = this;
    const due = Math.round(this.contextTime(local_s) * context.sampleRate) / context.sampleRate;
    const late_s = context.currentTime + AHEAD_S - due;
    const joins = Math.abs(due - this.end_s) < JOIN_S && this.end_s > context.currentTime;
    const start = joins ? this.end_s : due;
    if (start < context.currentTime || start < this.end_s || this.playing.size >= MOST_BLOCKS) {
      this.late += 1;
      return late_s;
    }
    const buffer = context.createBuffer(channels, frames, rate_hz);
    for (let channel = 0; channel < channels; channel += 1) {
      const data = buffer.getChannelData(channel);
      for (let i = 0; i < frames; i += 1) data[i] = samples[i * channels + channel] / 32768;
    }
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    source.onended = () => {
      this.playing.delete(source);
      source.disconnect();
    };
    if (joins && Math.abs(due - start) > NOTICED_S) source.playbackRate.value = 1 + BEND * Math.sign(start - due);
    source.start(start);
    this.playing.add(source);
    this.end_s = start + frames / rate_hz / source.playbackRate.value;
    return late_s;
  }
}
