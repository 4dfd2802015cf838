// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// An avatar in three.js: loading glTF, GLB or VRM, finding its shapes and its head, framing, drawing.

import * as THREE from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';

import { matchNames, vrmMouth } from './morph_names.js';

const VIEW_DEGREES = 28;
const HEAD_NAMES = /^(mixamorig[:_]?)?(head|j_bip_c_head|cc_base_head|bip\w*head)$/i;
const TURN_RAD = 0.12; // for each press of an arrow key

export class AvatarScene {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.renderer = new THREE.WebGLRenderer({ canvas, antialias: true, alpha: true });
    this.renderer.toneMapping = THREE.ACESFilmicToneMapping;
    this.scene = new THREE.Scene();
    this.scene.background = new THREE.Color('#1a2336');
    const lights = [['#fff1e0', 2.4, [1, 1.4, 2]], ['#bfd9ff', 0.9, [-2, 0.4, 1.4]], ['#9fd4ff', 2, [-1.2, 1.4, -1.8]]];
    for (const [color, intensity, place] of lights) {
      const light = new THREE.DirectionalLight(color, intensity);
      light.position.set(...place);
      this.scene.add(light);
    }
    this.scene.add(new THREE.HemisphereLight('#e3edff', '#8d7b73', 1.4));
    this.camera = new THREE.PerspectiveCamera(VIEW_DEGREES, 1, 0.01, 100);
    this.orbit = new OrbitControls(this.camera, canvas);
    this.orbit.enableDamping = !matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.orbit.maxPolarAngle = Math.PI * 0.85;
    canvas.addEventListener('keydown', (event) => this.turnByKey(event));
    this.clear();
  }

  clear() {
    if (this.model) {
      this.scene.remove(this.model);
      dispose(this.model);
    }
    this.model = null;
    this.vrm = null;
    this.morphs = []; // {influences, targets: [[ARKit index, index of the influence]]}
    this.expressions = []; // [ARKit index, name of a VRM expression]
    this.byExpressions = false;
    this.mouthOnly = false;
    this.head = null;
  }

  /**
   * Load an avatar from a file's bytes.
   * @param {ArrayBuffer} data
   * @param {string[]} arkit
   * @param {() => boolean} wanted asked once loaded: whether it is still to be shown
   * @returns what was found, for the user
   * @throws {Error} no such file, or it needs other files
   */
  async load(data, arkit, wanted) {
    const loader = new GLTFLoader();
    const vrmTools = await import('@pixiv/three-vrm').catch(() => null);
    if (vrmTools) loader.register((parser) => new vrmTools.VRMLoaderPlugin(parser));
    const gltf = await loader.parseAsync(data, '');
    if (!wanted()) {
      dispose(gltf.scene);
      return null;
    }
    this.clear();
    this.arkit = arkit;
    this.index = new Map(arkit.map((name, i) => [name, i]));
    this.vrm = gltf.userData.vrm ?? null;
    this.model = this.vrm?.scene ?? gltf.scene;
    if (this.vrm) vrmTools.VRMUtils.rotateVRM0(this.vrm);
    this.scene.add(this.model);
    const shapes = this.findShapes();
    this.findHead();
    this.frame();
    return {
      kind: this.vrm ? `VRM ${this.vrm.meta?.metaVersion === '0' ? '0.x' : '1.0'}` : 'glTF',
      shapes: shapes.size,
      driven: shapes.size > 0 || this.mouthOnly,
      missing: this.mouthOnly ? [] : arkit.filter((_, i) => !shapes.has(i)),
      head: this.head ? 'yes' : 'the whole model',
    };
  }

  findShapes() {
    const found = new Set();
    this.model.traverse((node) => {
      if (!node.isMesh || !node.morphTargetDictionary) return;
      const names = Object.keys(node.morphTargetDictionary);
      const targets = [...matchNames(names, this.arkit)].map(([shape, i]) => [shape, node.morphTargetDictionary[names[i]]]);
      if (!targets.length) return;
      this.morphs.push({ mesh: node, targets });
      node.frustumCulled = false; // its box does not know the morphs
      targets.forEach(([shape]) => found.add(shape));
    });
    const manager = this.vrm?.expressionManager;
    this.byExpressions = Boolean(manager) && found.size === 0;
    if (this.byExpressions) {
      const names = Object.keys(manager.expressionMap);
      this.expressions = [...matchNames(names, this.arkit)].map(([shape, i]) => [shape, names[i]]);
      this.expressions.forEach(([shape]) => found.add(shape));
      // aa, ih, ou ... and blink are in every VRM; jawOpen only in those made for it
      this.mouthOnly = !found.has(this.index.get('jawOpen'));
    }
    return found;
  }

  findHead() {
    this.head = this.vrm?.humanoid?.getRawBoneNode('head') ?? null;
    this.model.traverse((node) => {
      if (!this.head && !node.isMesh && HEAD_NAMES.test(node.name)) this.head = node;
    });
    this.turned = this.head ?? this.model;
    this.model.updateWorldMatrix(true, true);
    this.rest = this.turned.quaternion.clone();
    this.above = this.turned.parent.getWorldQuaternion(new THREE.Quaternion());
  }

  /** Put the camera before the head: the meshes that move, or what lies above the head's bone. */
  frame() {
    const box = new THREE.Box3();
    const part = new THREE.Box3();
    for (const { mesh } of this.morphs) box.union(part.setFromObject(mesh, true));
    const whole = new THREE.Box3().setFromObject(this.model, true);
    if (box.isEmpty()) box.copy(whole);
    const height = whole.max.y - whole.min.y;
    const neck = this.head?.getWorldPosition(new THREE.Vector3());
    if (neck && box.max.y - neck.y > 0 && box.min.y < neck.y - 0.1 * height) {
      // a body with its face in one mesh: the head is what is above its bone
      const size = (box.max.y - neck.y) * 1.15;
      box.set(
        new THREE.Vector3(neck.x - size / 2, neck.y - 0.1 * size, neck.z - size / 2),
        new THREE.Vector3(neck.x + size / 2, box.max.y, neck.z + size / 2),
      );
    }
    const centre = box.getCenter(new THREE.Vector3());
    const size = box.getSize(new THREE.Vector3());
    this.target = centre;
    this.extent = Math.max(size.x, size.y, 1e-3);
    this.depth = size.z;
    this.place();
  }

  place() {
    const fit = this.extent * 1.25 / Math.min(1, this.camera.aspect);
    const distance = fit / 2 / Math.tan(VIEW_DEGREES / 2 * Math.PI / 180) + this.depth / 2;
    this.camera.near = distance / 50;
    this.camera.far = distance * 20;
    this.camera.position.copy(this.target).add(new THREE.Vector3(0, 0, distance));
    this.camera.updateProjectionMatrix();
    this.orbit.target.copy(this.target);
    this.orbit.minDistance = distance / 4;
    this.orbit.maxDistance = distance * 4;
    this.orbit.update();
  }

  turnByKey(event) {
    const { key } = event;
    const [aside, up] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key] ?? [0, 0];
    if (!aside && !up) return;
    event.preventDefault();
    const away = this.camera.position.clone().sub(this.orbit.target);
    const place = new THREE.Spherical().setFromVector3(away);
    place.theta += aside * TURN_RAD;
    place.phi = Math.min(Math.PI * 0.85, Math.max(0.2, place.phi + up * TURN_RAD));
    this.camera.position.copy(this.orbit.target).add(away.setFromSpherical(place));
    this.orbit.update();
  }

  resize(width, height, ratio) {
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(Math.max(1, width), Math.max(1, height), false);
    this.camera.aspect = width / Math.max(1, height);
    if (this.model) this.place();
    else this.camera.updateProjectionMatrix();
  }

  /**
   * @param {Float32Array} pose
   * @param {number[]} head roll, pitch, yaw [rad] as REP-103 has them; glTF looks along z, its left is x, up is y
   */
  draw(pose, [roll, pitch, yaw], passed_s) {
    if (!this.model) return;
    for (const { mesh, targets } of this.morphs) {
      for (const [shape, i] of targets) mesh.morphTargetInfluences[i] = Math.min(1, Math.max(0, pose[shape]));
    }
    const turn = new THREE.Quaternion().setFromEuler(new THREE.Euler(pitch, yaw, roll, 'YXZ'));
    this.turned.quaternion.copy(this.above).invert().multiply(turn).multiply(this.above).multiply(this.rest);
    if (this.vrm) this.driveVrm((name) => pose[this.index.get(name)], passed_s);
    this.orbit.update();
    this.renderer.render(this.scene, this.camera);
  }

  driveVrm(weight, passed_s) {
    const { expressionManager, lookAt } = this.vrm;
    for (const [shape, name] of this.expressions) expressionManager.setValue(name, weight(this.arkit[shape]));
    if (this.mouthOnly) {
      for (const [name, value] of Object.entries(vrmMouth(weight))) expressionManager.setValue(name, value);
      if (!expressionManager.getExpression('blinkLeft')) {
        expressionManager.setValue('blink', (weight('eyeBlinkLeft') + weight('eyeBlinkRight')) / 2);
      }
    }
    // degrees as a VRM's own look-at has them: yaw to its left, pitch down positive
    const aside = weight('eyeLookOutLeft') - weight('eyeLookInLeft') + weight('eyeLookInRight') - weight('eyeLookOutRight');
    const down = weight('eyeLookDownLeft') + weight('eyeLookDownRight') - weight('eyeLookUpLeft') - weight('eyeLookUpRight');
    lookAt?.applier?.applyYawPitch(aside / 2 * 30, down / 2 * 25);
    // it sets every morph target that an expression names, so not where the shapes are set directly
    if (this.byExpressions) expressionManager.update();
    this.vrm.springBoneManager?.update(passed_s);
    this.vrm.nodeConstraintManager?.update();
  }

  /** What the tests look at. */
  get figures() {
    const [first] = this.morphs;
    return {
      meshes: this.morphs.length,
      triangles: this.renderer.info.render.triangles,
      expressions: this.byExpressions ? Object.fromEntries(this.vrm.expressionManager.expressions
        .map(({ expressionName, weight }) => [expressionName, weight])) : {},
      influences: first ? Object.fromEntries(first.targets.map(([shape, i]) => [this.arkit[shape], first.mesh.morphTargetInfluences[i]])) : {},
    };
  }
}

function dispose(root) {
  root.traverse((node) => {
    node.geometry?.dispose();
    for (const material of [node.material].flat().filter(Boolean)) {
      for (const value of Object.values(material)) if (value?.isTexture) value.dispose();
      material.dispose();
    }
    node.skeleton?.dispose();
  });
}
