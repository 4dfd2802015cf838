// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// What any page has: tabs, dark and light, single keys, notes that go by themselves.

const NOTE_MS = 6000;

export const byId = (id) => document.getElementById(id);

/** Remember a choice in this browser, where it lets us. */
export function remember(key, value) {
  try {
    localStorage.setItem(`facetalk.${key}`, value);
  } catch { /* storage is switched off: the choice lasts as long as the page */ }
}

export function remembered(key) {
  try {
    return localStorage.getItem(`facetalk.${key}`);
  } catch {
    return null;
  }
}

/** Tabs as the ARIA practices want them: one stop of the Tab key, arrows between them. */
export function tabs(list, onShow) {
  const buttons = [...list.querySelectorAll('[role=tab]')];
  const show = (button) => {
    for (const other of buttons) {
      const selected = other === button;
      other.setAttribute('aria-selected', selected);
      other.tabIndex = selected ? 0 : -1;
      byId(other.getAttribute('aria-controls')).hidden = !selected;
    }
    onShow(button.getAttribute('aria-controls'));
  };
  buttons.forEach((button, i) => {
    button.addEventListener('click', () => show(button));
    button.addEventListener('keydown', ({ key }) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: -1 }[key];
      if (to === undefined) return;
      const next = buttons.at(to % buttons.length);
      next.focus();
      show(next);
    });
  });
  return (id) => show(buttons.find((button) => button.getAttribute('aria-controls') === id));
}

/** Dark or light: as the system has it until the user chooses. */
export function theme(button, onChange) {
  const system = matchMedia('(prefers-color-scheme: light)');
  let chosen = remembered('theme');
  const apply = () => {
    document.documentElement.dataset.theme = chosen ?? (system.matches ? 'light' : 'dark');
    onChange();
  };
  system.addEventListener('change', apply);
  button.addEventListener('click', () => {
    chosen = document.documentElement.dataset.theme === 'light' ? 'dark' : 'light';
    remember('theme', chosen);
    apply();
  });
  apply();
}

/** A robot's screen shows nothing but the face, and stays on; an address that ends in #face begins so. */
export function onlyTheFace(button) {
  let lock = null;
  const show = (bare) => {
    document.body.classList.toggle('bare', bare);
    button.setAttribute('aria-pressed', bare);
    if (bare) navigator.wakeLock?.request('screen').then((got) => { lock = got; }, () => {}); // as the browser likes
    else lock?.release();
  };
  button.addEventListener('click', async () => {
    const bare = !document.body.classList.contains('bare');
    show(bare);
    if (bare) await document.documentElement.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement) await document.exitFullscreen();
  });
  document.addEventListener('fullscreenchange', () => {
    if (!document.fullscreenElement) show(false);
  });
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape' && document.body.classList.contains('bare')) show(false);
  });
  if (location.hash === '#face') show(true);
}

/**
 * Single keys. They never act while one writes, and can be switched off.
 * @param {(key: string) => boolean} act returns whether the key meant something
 */
export function shortcuts(toggle, act) {
  toggle.checked = remembered('keys') !== 'off';
  toggle.addEventListener('change', () => remember('keys', toggle.checked ? 'on' : 'off'));
  document.addEventListener('keydown', (event) => {
    const { target, key } = event;
    const writing = target.matches?.('input:not([type=range], [type=checkbox]), textarea, select, [contenteditable]');
    if (event.ctrlKey || event.metaKey || event.altKey || writing || event.defaultPrevented) {
      if (writing && key === 'Escape') target.blur();
      return;
    }
    if (toggle.checked && !document.querySelector('dialog[open]') && act(key)) event.preventDefault();
  });
}

let noteTimer = 0;

/** Show a line over the face for some seconds. */
export function note(text) {
  const place = byId('note');
  place.textContent = text;
  place.hidden = false;
  clearTimeout(noteTimer);
  noteTimer = setTimeout(() => { place.hidden = true; }, NOTE_MS);
}
