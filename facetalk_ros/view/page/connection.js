// SPDX-FileCopyrightText: 2026 The facetalk_ros founders
// SPDX-License-Identifier: Apache-2.0

// The WebSocket to the node: what it says, decoded; what the page asks, at a rate it accepts.
// The messages are described in view/server/protocol.py and page_messages.py.

const PING_S = 0.5;
const OVERLAY_S = 0.04;
const RETRY_S = [0.3, 0.6, 1, 2, 4];

/**
 * Decode a binary message; null for one that this page does not know.
 * @param {ArrayBuffer} buffer
 */
export function decode(buffer) {
  if (buffer.byteLength < 12) return null;
  const view = new DataView(buffer);
  switch (view.getUint8(0)) {
    case 1: return {
      type: 'frame',
      head: [view.getFloat32(4, true), view.getFloat32(8, true), view.getFloat32(12, true)],
      stamp_s: view.getFloat64(16, true),
      weights: new Float32Array(buffer, 24),
    };
    case 2: return {
      type: 'audio',
      channels: view.getUint8(1),
      rate_hz: view.getUint32(4, true),
      stamp_s: view.getFloat64(8, true),
      samples: new Int16Array(buffer, 16),
    };
    case 3: return {
      type: 'positions',
      stamp_s: view.getFloat64(4, true),
      positions: new Float32Array(buffer, 12),
    };
    default: return null;
  }
}

export class Connection extends EventTarget {
  constructor() {
    super();
    this.token = new URLSearchParams(location.search).get('token');
    // it stays out of the address bar, and of pictures of the screen; a cookie has it, too
    if (this.token) history.replaceState(null, '', location.pathname + location.hash);
    this.socket = null;
    this.tries = 0;
    this.overlay = null; // what is still to be sent
    this.overlayTimer = 0;
    setInterval(() => this.send({ type: 'ping', t: performance.now() / 1000 }), PING_S * 1000);
  }

  get open() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** The address of something that the node serves, with the token where there is one. */
  address(path) {
    return this.token ? `${path}?token=${encodeURIComponent(this.token)}` : path;
  }

  connect() {
    const url = new URL(this.address('/ws'), location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.tries = 0;
      this.send({ type: 'ping', t: performance.now() / 1000 });
    };
    socket.onmessage = ({ data }) => this.receive(data);
    socket.onclose = () => {
      this.emit('state', { open: false });
      setTimeout(() => this.connect(), RETRY_S[Math.min(this.tries, RETRY_S.length - 1)] * 1000);
      this.tries += 1;
    };
    this.socket = socket;
  }

  receive(data) {
    const received_s = performance.now() / 1000;
    let message = null;
    try {
      message = typeof data === 'string' ? JSON.parse(data) : decode(data);
    } catch {
      return; // not of this protocol
    }
    if (message?.type) this.emit(message.type, { ...message, received_s });
  }

  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  on(type, listener) {
    this.addEventListener(type, ({ detail }) => listener(detail));
  }

  send(message) {
    if (this.open) this.socket.send(JSON.stringify(message));
  }

  /** Ask for weights to be added to the face; only the newest of a burst is sent. */
  sendOverlay(weights) {
    this.overlay = weights;
    if (this.overlayTimer) return;
    const flush = () => {
      this.overlayTimer = 0;
      if (!this.overlay) return;
      this.send({ type: 'overlay', weights: this.overlay });
      this.overlay = null;
      this.overlayTimer = setTimeout(flush, OVERLAY_S * 1000);
    };
    flush();
  }
}
