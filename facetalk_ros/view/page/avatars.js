// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// The user's own avatar: from the node, from a file, or dropped on the page. three.js is asked for
// only then; without it the drawn faces still work.

import { byId, note } from './shell.js';
import { element } from './sliders.js';

const LARGEST_BYTES = 256 * 2 ** 20;
const SUFFIX = /\.(glb|gltf|vrm)$/i;
const NO_THREE = 'three.js is not installed beside the node. Run “npm ci --omit=dev” once where its package.json lies '
  + '(make setup does it where npm is there), then start the node again. The drawn faces work without it.';

export class Avatars {
  /**
   * @param {HTMLCanvasElement} canvas of the avatar
   * @param {HTMLCanvasElement} drawn canvas of the drawn face, hidden while an avatar shows
   */
  constructor(canvas, drawn) {
    this.canvas = canvas;
    this.drawn = drawn;
    this.scene = null; // AvatarScene, once three.js is there
    this.size = [1, 1, 1];
    this.arkit = [];
    this.loading = 0;
    byId('avatarfile').addEventListener('change', ({ target }) => {
      if (target.files[0]) this.openFile(target.files[0]);
      target.value = '';
    });
    byId('noavatar').addEventListener('click', () => this.close());
    this.acceptDrops(drawn.parentElement);
  }

  acceptDrops(place) {
    addEventListener('dragover', (event) => {
      event.preventDefault();
      place.classList.add('over');
    });
    addEventListener('dragleave', (event) => {
      if (!event.relatedTarget) place.classList.remove('over');
    });
    addEventListener('drop', (event) => {
      event.preventDefault(); // or the browser would leave the page for the file
      place.classList.remove('over');
      const [file] = event.dataTransfer.files;
      if (file) this.openFile(file);
    });
  }

  /** Take what the node told: the names of shapes, and whether it has an avatar and three.js. */
  offer(hello, connection) {
    this.arkit = hello.arkit;
    const own = byId('ownavatar');
    own.hidden = !hello.avatar;
    own.onclick = () => this.openAddress(connection.address('/avatar'), String(hello.avatar.name));
    if (hello.vendor === false) this.tell(NO_THREE);
    else if (hello.avatar && !this.scene && !this.loading) own.click();
  }

  tell(text) {
    byId('avatarstate').textContent = text;
  }

  async openFile(file) {
    if (!SUFFIX.test(file.name)) note(`${file.name} is no .glb, .gltf or .vrm`);
    else if (file.size > LARGEST_BYTES) note(`${file.name} is larger than ${LARGEST_BYTES >> 20} MiB`);
    else await this.open(file.name, () => file.arrayBuffer());
  }

  async openAddress(address, name) {
    await this.open(name, async () => {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(`the node answered ${answer.status}`);
      return answer.arrayBuffer();
    });
  }

  /** Load and show; only the newest of several that load at once is shown. */
  async open(name, read) {
    this.loading += 1;
    const turn = this.loading;
    this.tell(`Loading ${name} …`);
    try {
      const AvatarScene = await loadScene();
      const data = await read();
      this.scene ??= new AvatarScene(this.canvas);
      this.scene.resize(...this.size);
      const found = await this.scene.load(data, this.arkit, () => turn === this.loading);
      if (turn !== this.loading) return;
      this.show(true);
      this.tell(found.driven ? `${name} is shown.` : `${name} is shown, but nothing in it can move: it has no morph targets named after the ARKit shapes.`);
      this.facts(found);
    } catch (error) {
      if (turn === this.loading) {
        this.tell(error.message);
        note(error === noThree ? 'Avatars need three.js: see the Avatar tab' : `${name}: ${error.message}`);
      }
    }
  }

  facts({ shapes, missing, kind, head }) {
    const rows = [['kind', kind], ['shapes found', `${shapes} of ${this.arkit.length}`], ['head turns', head]];
    byId('avatarfacts').replaceChildren(...rows.flatMap(([name, value]) => [
      element('dt', { textContent: name }), element('dd', { textContent: value }),
    ]));
    byId('avatarmissing').hidden = missing.length === 0;
    byId('avatarmissing').lastElementChild.textContent = missing.join(', ');
  }

  show(shown) {
    this.canvas.hidden = !shown;
    this.drawn.hidden = shown;
    byId('noavatar').hidden = !shown;
    byId('look').parentElement.hidden = shown;
  }

  /** Back to the drawn face. */
  close() {
    this.loading += 1;
    this.scene?.clear();
    this.show(false);
    this.tell('');
    byId('avatarfacts').replaceChildren();
    byId('avatarmissing').hidden = true;
  }

  resize(...size) {
    this.size = size;
    this.scene?.resize(...size);
  }

  /** Draw the avatar; returns whether there is one. */
  draw(pose, head, passed_s) {
    if (this.canvas.hidden) return false;
    this.scene.draw(pose, head, passed_s);
    return true;
  }

  get figures() {
    return this.canvas.hidden ? null : this.scene.figures;
  }
}

const noThree = new Error(NO_THREE);

async function loadScene() {
  try {
    return (await import('./avatar_scene.js')).AvatarScene;
  } catch {
    throw noThree;
  }
}
