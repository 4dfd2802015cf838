// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// Which morph target or VRM expression is which ARKit shape, however the file writes it:
// jawOpen, JawOpen, jaw_open, blendShape1.jawOpen, browDown_L, eyeBlinkLeft_mesh ...

/** A name without its case, its signs, and what stands before the last dot or colon. */
function plain(name) {
  return name.replace(/^.*[.:]/, '').replace(/([_\s-])(l|left)$/i, 'Left').replace(/([_\s-])(r|right)$/i, 'Right')
    .replace(/[^a-z0-9]/gi, '').toLowerCase();
}

/**
 * @param {string[]} names of a file's morph targets or expressions
 * @param {string[]} arkit
 * @returns {Map<number, number>} ARKit index to index in names; the first of several wins
 */
export function matchNames(names, arkit) {
  const wanted = new Map();
  arkit.forEach((name, index) => {
    wanted.set(name.toLowerCase(), index);
    // MMD and some exporters: eyeBlink_L
    wanted.set(name.toLowerCase().replace(/left$/, 'l').replace(/right$/, 'r'), index);
  });
  const found = new Map();
  names.forEach((name, index) => {
    const shape = wanted.get(plain(name)) ?? wanted.get(plain(name).replace(/^(arkit|blendshape\d*|bs|face|head)/, ''));
    if (shape !== undefined && !found.has(shape)) found.set(shape, index);
  });
  return found;
}

/**
 * The mouth shapes of VRM from ARKit weights, for a file that has only those.
 * @param {(name: string) => number} weight of an ARKit shape
 */
export function vrmMouth(weight) {
  const pair = (name) => (weight(`${name}Left`) + weight(`${name}Right`)) / 2;
  const jaw = Math.max(0, weight('jawOpen') - weight('mouthClose'));
  const round = Math.min(1, weight('mouthFunnel') + weight('mouthPucker'));
  const wide = Math.min(1, pair('mouthSmile') + pair('mouthStretch') + pair('mouthDimple'));
  const spread = (1 - round) * wide;
  return {
    aa: clamp(jaw * 1.6 * (1 - round) * (1 - 0.5 * wide)),
    ee: clamp(jaw * 1.6 * spread),
    ih: clamp(0.8 * spread * (1 - jaw)),
    oh: clamp(1.6 * jaw * round + 0.5 * weight('mouthFunnel')),
    ou: clamp(weight('mouthPucker') * 1.3 * (1 - jaw)),
    blinkLeft: clamp(weight('eyeBlinkLeft')),
    blinkRight: clamp(weight('eyeBlinkRight')),
  };
}

function clamp(value) {
  return Math.min(1, Math.max(0, value));
}
