"""A headless Chromium, controlled through pipes by its DevTools protocol."""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

#: The names of the program; Debian's package is called `chromium`.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
#: The seconds after which an answer is missing.
PATIENCE = 120


class Browser:
    """A headless Chromium with one page, for use in a `with` block.

    Attributes:
        errors: messages of the console with the level error or warning, exceptions of scripts, and refused requests.
        requests: the addresses that the page has loaded, except for its own.
    """

    def __init__(self):
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        if program is None:
            raise SystemExit(f"no browser; expected one of {', '.join(PROGRAMS)}; install Debian's package chromium")
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        # The browser reads commands from its descriptor 3, and writes answers to 4.
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe",
            f"--user-data-dir={self._profile.name}", "about:blank",
        ]  # fmt: skip
        shell = f'exec "$0" "$@" 3<&{commands} 4>&{answers}'
        self._process = subprocess.Popen(
            ["bash", "-c", shell, program, *arguments],
            pass_fds=(commands, answers), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(commands)
        os.close(answers)
        self._numbers, self._received, self._seen = itertools.count(1), b"", []
        self.errors, self.requests = [], []
        targets = self.call("Target.getTargets", session=False)["targetInfos"]
        target = next(entry["targetId"] for entry in targets if entry["type"] == "page")
        self._session = self.call("Target.attachToTarget", session=False, targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        os.close(self._commands)
        os.close(self._answers)
        self._profile.cleanup()

    def call(self, method, session=True, **parameters):
        """Return the result of a method of the protocol."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self._note(answer)

    def open(self, page, width, scheme):
        """Open a file in a window with a width in pixels, in `light` or `dark` mode."""
        self.errors, self.requests, self._seen = [], [], []
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        address = Path(page).resolve().as_uri()
        self.call("Page.navigate", url=address)
        while "Page.loadEventFired" not in self._seen:
            self._note(self._next())
        self.requests = [found for found in self.requests if found != address and not found.startswith("data:")]

    def value(self, expression):
        """Return the value of an expression in the page, which can be a promise."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise RuntimeError(f"{expression[:60]}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def picture(self, file):
        """Write a PNG of the whole page."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        found = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        Path(file).write_bytes(base64.b64decode(found["data"]))

    def _next(self):
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._answers], [], [], max(end - time.monotonic(), 0))
            more = os.read(self._answers, 1 << 20) if ready else b""
            if not more:
                raise SystemExit("the browser does not answer" if not ready else "the browser has ended")
            self._received += more
        message, _, self._received = self._received.partition(b"\0")
        return json.loads(message)

    def _note(self, event):
        method, found = event.get("method"), event.get("params", {})
        self._seen.append(method)
        if method == "Runtime.consoleAPICalled" and found["type"] in ("error", "warning", "assert"):
            self.errors.append(" ".join(str(entry.get("value", entry.get("description"))) for entry in found["args"]))
        elif method == "Runtime.exceptionThrown":
            self.errors.append(str(found["exceptionDetails"].get("exception", found["exceptionDetails"]))[:300])
        elif method == "Log.entryAdded" and found["entry"]["level"] in ("error", "warning"):
            self.errors.append(found["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(found["request"]["url"])
