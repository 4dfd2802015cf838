# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Driving a headless Chromium over the pipe of its DevTools protocol; no package is needed."""

from __future__ import annotations

import base64
import fcntl
import io
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

from PIL import Image

TIMEOUT_S = 60.0
_NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome')
_FLAGS = (
    '--headless', '--no-sandbox', '--disable-quic', '--no-first-run', '--no-default-browser-check',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--disable-dev-shm-usage', '--disable-extensions', '--hide-scrollbars', '--mute-audio',
    # WebGL without a graphics card
    '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-accelerated-2d-canvas',
    '--disable-gpu-rasterization', '--disable-gpu-compositing',
    '--force-color-profile=srgb', '--remote-debugging-pipe',
)  # fmt: skip
# the browser reads commands from file descriptor 3 and writes answers to 4
_START = (
    'import os, sys; [os.dup2(int(sys.argv[i]), i + 2) for i in (1, 2)];'
    'os.execv(sys.argv[3], sys.argv[3:])'
)
_KEYS = {
    'Enter': 13, 'Escape': 27, 'Tab': 9, 'ArrowLeft': 37, 'ArrowUp': 38, 'ArrowRight': 39,
    'ArrowDown': 40, 'Home': 36, 'End': 35, 'Delete': 46,
}  # fmt: skip


def find_chromium() -> str | None:
    """Return the browser's path, or None."""
    return next((path for path in map(shutil.which, _NAMES) if path), None)


class Chromium:
    """A browser of its own, with an empty profile."""

    def __init__(self, executable: str, profile: Path) -> None:
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (theirs_in, theirs_out)]
        os.close(theirs_in)
        os.close(theirs_out)
        with (profile / 'chromium.log').open('wb') as log:
            self._process = subprocess.Popen(
                [sys.executable, '-S', '-E', '-c', _START, *map(str, ends),
                 executable, *_FLAGS, f'--user-data-dir={profile}', 'about:blank'],
                pass_fds=ends, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        for fd in ends:
            os.close(fd)
        self._in, self._out = ours_in, ours_out
        self._rest = b''
        self._last_id = 0
        self.events: dict[str, deque[dict[str, Any]]] = {}

    def close(self) -> None:
        try:
            self.call('Browser.close')
        except (OSError, RuntimeError):
            self._process.kill()
        self._process.wait(TIMEOUT_S)
        os.close(self._in)
        os.close(self._out)

    def call(self, method: str, session: str = '', **params: Any) -> dict[str, Any]:
        """Ask for something and wait for the answer."""
        self._last_id += 1
        message = {'id': self._last_id, 'method': method, 'params': params}
        if session:
            message['sessionId'] = session
        data = json.dumps(message).encode() + b'\0'
        while data:
            data = data[os.write(self._out, data) :]
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            answer = self._receive(deadline)
            if answer.get('id') != self._last_id:
                continue
            if 'error' in answer:
                raise RuntimeError(f'{method}: {answer["error"]["message"]}')
            return answer['result']

    def _receive(self, deadline: float) -> dict[str, Any]:
        while b'\0' not in self._rest:
            wait_s = deadline - time.monotonic()
            if wait_s <= 0 or not select.select([self._in], [], [], wait_s)[0]:
                raise RuntimeError('the browser does not answer')
            data = os.read(self._in, 1 << 20)
            if not data:
                raise RuntimeError('the browser ended')
            self._rest += data
        message, self._rest = self._rest.split(b'\0', 1)
        answer = json.loads(message)
        if 'method' in answer:
            self.events.setdefault(answer.get('sessionId', ''), deque(maxlen=1000)).append(answer)
        return answer

    def page(
        self, url: str, width: int = 1280, height: int = 800, *, ratio: float = 1.0,
        touch: bool = False, dark: bool = True, reduced_motion: bool = False,
    ) -> Page:  # fmt: skip
        """Open a page in a context of its own: nothing is remembered from other pages."""
        context = self.call('Target.createBrowserContext')['browserContextId']
        target = self.call('Target.createTarget', url='about:blank', browserContextId=context)
        attached = self.call('Target.attachToTarget', targetId=target['targetId'], flatten=True)
        page = Page(self, attached['sessionId'], context)
        page.resize(width, height, ratio=ratio, touch=touch)
        page.emulate(dark=dark, reduced_motion=reduced_motion)
        for domain in ('Runtime', 'Log', 'Page', 'DOM'):
            page.call(f'{domain}.enable')
        page.call('Page.navigate', url=url)
        return page


class Page:
    """A page, and what went wrong in it."""

    def __init__(self, browser: Chromium, session: str, context: str) -> None:
        self._browser = browser
        self._session = session
        self._context = context

    def close(self) -> None:
        self._browser.call('Target.disposeBrowserContext', browserContextId=self._context)
        self._browser.events.pop(self._session, None)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **params)

    def resize(self, width: int, height: int, *, ratio: float = 1.0, touch: bool = False) -> None:
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height,
                  deviceScaleFactor=ratio, mobile=touch)  # fmt: skip
        self.call('Emulation.setTouchEmulationEnabled', enabled=touch)

    def emulate(self, *, dark: bool, reduced_motion: bool = False) -> None:
        scheme = 'dark' if dark else 'light'
        motion = 'reduce' if reduced_motion else 'no-preference'
        self.call('Emulation.setEmulatedMedia', features=[
            {'name': 'prefers-color-scheme', 'value': scheme},
            {'name': 'prefers-reduced-motion', 'value': motion},
        ])  # fmt: skip

    def run(self, script: str) -> Any:
        """Return the value of an expression; a promise is waited for."""
        answer = self.call('Runtime.evaluate', expression=script, awaitPromise=True,
                           returnByValue=True, userGesture=True)  # fmt: skip
        if 'exceptionDetails' in answer:
            raise RuntimeError(_exception_text(answer['exceptionDetails']))
        return answer['result'].get('value')

    def wait_for(self, condition: str) -> Any:
        """Return the first true value of an expression."""
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            value = self.run(condition)
            if value:
                return value
            time.sleep(0.02)
        raise TimeoutError(f'{condition} was not true in {TIMEOUT_S:g} s')

    def screenshot(self) -> Image.Image:
        data = base64.b64decode(self.call('Page.captureScreenshot', format='png')['data'])
        return Image.open(io.BytesIO(data)).convert('RGB')

    def click(self, selector: str) -> None:
        """Press the mouse's button in the middle of an element."""
        x, y = self._middle(selector)
        for kind in ('mousePressed', 'mouseReleased'):
            self.call('Input.dispatchMouseEvent', type=kind, x=x, y=y, button='left', clickCount=1)

    def _middle(self, selector: str) -> list[float]:
        found: list[float] = self.run(
            f'(() => {{ const e = document.querySelector({json.dumps(selector)});'
            'e.scrollIntoView({block: "nearest"}); const r = e.getBoundingClientRect();'
            'return [r.x + r.width / 2, r.y + r.height / 2]; })()'
        )
        return found

    def key(self, key: str) -> None:
        """Press a key: a letter, or a name such as ArrowLeft."""
        text = {'text': {'Enter': '\r'}.get(key, key)} if len(key) == 1 or key == 'Enter' else {}
        code = _KEYS.get(key, ord(key[0].upper()))
        self.call(
            'Input.dispatchKeyEvent', type='keyDown', key=key, windowsVirtualKeyCode=code, **text
        )
        self.call('Input.dispatchKeyEvent', type='keyUp', key=key, windowsVirtualKeyCode=code)

    def write(self, text: str) -> None:
        """Write into what has the focus."""
        self.call('Input.insertText', text=text)

    def choose_files(self, selector: str, files: list[Path]) -> None:
        """Give files to an input element, as a file dialog does."""
        document = self.call('DOM.getDocument')
        node = self.call('DOM.querySelector', nodeId=document['root']['nodeId'], selector=selector)
        self.call('DOM.setFileInputFiles', files=list(map(str, files)), nodeId=node['nodeId'])

    def drop_file(self, selector: str, file: Path) -> None:
        """Drag a file from the desktop onto an element."""
        x, y = self._middle(selector)
        data = {'items': [], 'files': [str(file)], 'dragOperationsMask': 1}
        for kind in ('dragEnter', 'dragOver', 'drop'):
            self.call('Input.dispatchDragEvent', type=kind, x=x, y=y, data=data)

    def forget_troubles(self) -> None:
        """Those so far were meant."""
        self.run('0')
        self._browser.events.pop(self._session, None)

    def troubles(self) -> list[str]:
        """Return errors and warnings, and what the content security policy refused, so far."""
        self.run('0')  # events come before the answer
        found = []
        for event in self._browser.events.get(self._session, ()):
            params = event['params']
            if event['method'] == 'Runtime.exceptionThrown':
                found.append(_exception_text(params['exceptionDetails']))
            elif event['method'] == 'Log.entryAdded' and params['entry']['level'] in (
                'error',
                'warning',
            ):
                found.append(f'{params["entry"]["text"]} {params["entry"].get("url", "")}')
            elif event['method'] == 'Runtime.consoleAPICalled' and params['type'] in (
                'error',
                'warning',
            ):
                found.append(
                    ' '.join(
                        str(arg.get('value', arg.get('description'))) for arg in params['args']
                    )
                )
        return found


def _exception_text(details: dict[str, Any]) -> str:
    return str(details.get('exception', {}).get('description') or details['text'])
