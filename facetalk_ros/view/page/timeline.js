// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// What is being said: phones as they were decided, the words above them, key motions as dots below,
// running from the future on the right over the line that is now into the past.

const SECOND_PX = 175; // a phone of 60 ms is wide enough to be read
const [SHORTEST_S, LONGEST_S] = [2, 6];
const FUTURE = 0.16; // of the strip
const MOST_KEYS = 800;
const LONGEST_PHONE_S = 0.6; // nothing decided for so long: what follows is not this phone any more

const CLASSES = {
  vowel: 'AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW',
  stop: 'P B T D K G',
  fricative: 'F V TH DH S Z SH ZH HH CH JH',
  nasal: 'M N NG',
  liquid: 'L R W Y',
};
const CLASS_OF = new Map(Object.entries(CLASSES).flatMap(([name, phones]) => phones.split(' ').map((phone) => [phone, name])));
const KINDS = ['boundary', 'target', 'rest'];

export class Timeline {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.clear();
    this.sweep = matchMedia('(prefers-reduced-motion: reduce)');
    this.restyle();
  }

  /** Take the colours of the theme. */
  restyle() {
    const style = getComputedStyle(document.documentElement);
    const color = (name) => style.getPropertyValue(`--${name}`).trim();
    this.colors = Object.fromEntries(
      ['ink', 'pale', 'accent', 'line', 'silence', 'on-phone', 'card', ...Object.keys(CLASSES)].map((name) => [name, color(name)]),
    );
    this.font = style.fontFamily;
    this.blank = false;
  }

  resize(width, height, ratio) {
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    this.ratio = ratio;
    this.blank = false;
  }

  clear() {
    this.keys = [];
    this.decided = null;
  }

  /** @param {{stamp_s: number, phone: string, word: string, kind: string | number}[]} keys */
  push(keys) {
    for (const key of keys) {
      if (!Number.isFinite(key.stamp_s)) continue;
      const last = this.keys[this.keys.length - 1];
      if (last && key.stamp_s < last.stamp_s - LONGEST_S) this.clear(); // the clock went back
      let place = this.keys.length;
      while (place && this.keys[place - 1].stamp_s > key.stamp_s) place -= 1;
      this.keys.splice(place, 0, {
        stamp_s: key.stamp_s,
        phone: String(key.phone ?? ''),
        word: String(key.word ?? ''),
        kind: KINDS[key.kind] ?? String(key.kind),
      });
    }
    this.keys.splice(0, Math.max(0, this.keys.length - MOST_KEYS));
    this.decided = null;
  }

  /** What follows a moment was taken back (barge-in). */
  cut(time_s) {
    this.keys = this.keys.filter((key) => key.stamp_s <= time_s);
    this.decided = null;
  }

  /** Phones as [{phone, word, start_s, end_s, open}]; open: its end is not decided yet. */
  phones() {
    this.decided ??= this.readPhones();
    return this.decided;
  }

  readPhones() {
    const starts = this.keys.filter((key) => key.kind === 'boundary');
    return starts.map(({ phone, word, stamp_s }, i) => ({
      phone,
      word,
      start_s: stamp_s,
      end_s: starts[i + 1] ? Math.min(starts[i + 1].stamp_s, phone === 'SIL' ? Infinity : stamp_s + LONGEST_PHONE_S)
        : Math.max(stamp_s + 0.06, ...this.keys.filter((key) => key.stamp_s >= stamp_s).map((key) => key.stamp_s)),
      open: !starts[i + 1],
    }));
  }

  /** Words as [{word, start_s, end_s}], in order; silence and the unknown are left out. */
  words() {
    const words = [];
    for (const { word, start_s, end_s, phone } of this.phones()) {
      const last = words[words.length - 1];
      if (!word || phone === 'SIL') continue;
      if (last?.word === word && start_s - last.end_s < 0.03) last.end_s = end_s;
      else words.push({ word, start_s, end_s });
    }
    return words;
  }

  /** @param {number} now_s the presentation time that is being shown */
  draw(now_s) {
    const { canvas, context, colors, ratio } = this;
    const { width, height } = canvas;
    const last = this.keys[this.keys.length - 1];
    const over = !last || now_s - last.stamp_s > 2 * LONGEST_S;
    if (over && this.blank) return;
    this.blank = over;
    context.clearRect(0, 0, width, height);
    const span = Math.min(LONGEST_S, Math.max(SHORTEST_S, width / ratio / SECOND_PX));
    const past = span * (1 - FUTURE);
    // with less motion wanted, the strip stands still and the line moves; a page at a time
    const left = this.sweep.matches ? Math.floor(now_s / past) * past : now_s - past;
    const x = (time_s) => (time_s - left) / span * width;
    const [wordY, phoneTop, phoneHeight, keyY] = [0.19, 0.35, 0.36, 0.86].map((part) => part * height);
    const gap = 1.5 * ratio;
    const shown = ({ start_s, end_s }) => end_s > left && start_s < left + span;
    context.textBaseline = 'middle';
    context.textAlign = 'center';
    for (const { phone, start_s, end_s, open } of this.phones().filter(shown)) {
      const [from, to] = [x(start_s), x(open && phone === 'SIL' ? Math.max(end_s, now_s) : end_s)];
      const silent = phone === 'SIL';
      context.fillStyle = colors[CLASS_OF.get(phone) ?? 'silence'];
      context.globalAlpha = start_s > now_s ? 0.62 : 1;
      context.beginPath();
      context.roundRect(from + gap / 2, silent ? phoneTop + phoneHeight * 0.42 : phoneTop, Math.max(1, to - from - gap), silent ? phoneHeight * 0.16 : phoneHeight, 4 * ratio);
      context.fill();
      const size = Math.min(13 * ratio, (to - from) * 0.62);
      if (!silent && size > 7 * ratio) {
        context.fillStyle = colors['on-phone'];
        context.font = `600 ${size}px ${this.font}`;
        context.fillText(phone, (from + to) / 2, phoneTop + phoneHeight / 2, to - from - gap);
      }
    }
    context.globalAlpha = 1;
    context.textAlign = 'left';
    const words = this.words().filter(shown);
    words.forEach((word, i) => {
      const speaking = word.start_s <= now_s && now_s < word.end_s;
      context.fillStyle = speaking ? colors.accent : colors.ink;
      context.font = `${speaking ? 700 : 500} ${14 * ratio}px ${this.font}`;
      const room = x(words[i + 1]?.start_s ?? word.end_s + 1) - x(word.start_s) - 3 * gap;
      // squeezed a little rather than cut; and left out rather than written over the next one
      const wide = context.measureText(word.word).width;
      if (room > 0.55 * wide) context.fillText(word.word, x(word.start_s) + gap, wordY, room);
    });
    for (const { stamp_s, kind } of this.keys) {
      if (stamp_s < left || stamp_s > left + span) continue;
      const radius = (kind === 'boundary' ? 2 : 3.4) * ratio;
      context.fillStyle = kind === 'target' ? colors.accent : colors.pale;
      context.beginPath();
      context.arc(x(stamp_s), keyY, radius, 0, 7);
      context.fill();
    }
    if (over) return; // a line that runs where nothing is said would only take the eye
    context.fillStyle = colors.accent;
    context.fillRect(x(now_s) - ratio, 0, 2 * ratio, height);
  }
}
