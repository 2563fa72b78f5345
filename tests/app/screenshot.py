# SPDX-License-Identifier: Apache-2.0
"""Opens a report in headless Chromium and looks at it: screenshot.py REPORT.html [SCREENSHOT.png]

A report passes if it asks for nothing from the network, the picture shows every colour its plots use, and nothing on it is
wider than a telephone of 420 pixels (what scrolls in a box of its own may be). A page without plots, one that loads a script
from elsewhere, one without a colour and one that is too wide are shown to fail first.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

CHROMIUM_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                  "--disable-background-networking", "--disable-component-update", "--disable-sync",
                  "--hide-scrollbars", "--force-device-scale-factor=1", "--window-size=1280,4200"]


def take_screenshot(page, png):
    chromium = shutil.which("chromium") or sys.exit("screenshot: expected chromium on the PATH, got none.\n  hint: tests/run installs it")
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run([chromium, *CHROMIUM_FLAGS, f"--user-data-dir={profile}", f"--screenshot={png}", f"file://{os.path.abspath(page)}"],
                       check=True, timeout=120, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


NARROW = 420  # pixels

# A page that opens the report in a frame and writes down how wide it is, and the first elements that stick out. A frame, because
# a window of Chromium is never narrower than 500 pixels; srcdoc, because a script may not look into a file: page.
MEASURE = """<!doctype html><meta charset="utf-8"><body><iframe style="width:%dpx;height:900px;border:0"></iframe><p id="answer">none</p><script>
const frame = document.querySelector("iframe");
frame.onload = () => {
  const page = frame.contentDocument, wide = [];
  for (const e of page.querySelectorAll("body *"))
    if (e.getBoundingClientRect().right > %d + 0.5 && !e.closest(".scroll, pre, svg svg"))
      wide.push(e.tagName + "." + (e.getAttribute("class") || ""));
  document.getElementById("answer").textContent = page.documentElement.scrollWidth + " " + wide.slice(0, 3).join(" ");
};
frame.srcdoc = %s;
</script></body>"""


def width_when_narrow(html):
    """How many pixels the page is wide in a frame of NARROW, and which elements stick out."""
    chromium = shutil.which("chromium")
    with tempfile.TemporaryDirectory() as scratch:
        page = os.path.join(scratch, "measure.html")
        open(page, "w", encoding="utf-8").write(MEASURE % (NARROW, NARROW, json.dumps(html).replace("</", "<\\/")))
        dom = subprocess.run([chromium, *CHROMIUM_FLAGS, f"--user-data-dir={scratch}/profile", "--virtual-time-budget=20000", "--dump-dom",
                              f"file://{page}"], check=True, timeout=120, capture_output=True, text=True).stdout
    answer = re.search(r'<p id="answer">(\d+) ?([^<]*)</p>', dom)
    return (int(answer.group(1)), answer.group(2)) if answer else (10**9, "the page did not load")


def complaints(page, png):
    """What is wrong with a report; empty if nothing is."""
    html = open(page, encoding="utf-8").read()
    found = [f"asks the network for {url}" for url in re.findall(r"""(?:src|href)\s*=\s*["']?((?:https?:)?//[^"'> ]+)""", html)]
    if "<svg" not in html:
        return found + ["has no plots"]
    take_screenshot(page, png)
    pixels = np.asarray(Image.open(png).convert("RGB")).reshape(-1, 3).astype(np.int32)
    shown = np.unique(pixels[:, 0] << 16 | pixels[:, 1] << 8 | pixels[:, 2])
    for index in sorted(set(re.findall(r'class="s(\d)', html))):
        colour = int(re.search(rf"--c{index}:#([0-9a-f]{{6}})", html).group(1), 16)
        if colour not in shown:
            found.append(f"does not show colour {index} of its plots")
    width, wide = width_when_narrow(html)
    if width > NARROW or wide:
        found.append(f"is {width} pixels wide where {NARROW} are shown: {wide}")
    return found


def main():
    page = sys.argv[1]
    with tempfile.TemporaryDirectory() as scratch:
        png = sys.argv[2] if len(sys.argv) > 2 else os.path.join(scratch, "report.png")
        for name, html, expected in [("empty", "<p>nothing</p>", "has no plots"),
                                     ("remote", "<script src='https://example.com/a.js'></script><svg></svg>", "asks the network"),
                                     ("wide", "<svg></svg><div style='width:500px'>x</div>", "is 5"),
                                     ("blank", ":root{--c0:#2563c9}<svg><line class=\"s0\"/></svg>", "does not show colour 0")]:
            planted = os.path.join(scratch, name + ".html")
            open(planted, "w").write(html)
            assert any(expected in c for c in complaints(planted, os.path.join(scratch, "planted.png"))), f"the planted page '{name}' passed"
        found = complaints(page, png)
    for complaint in found:
        print(f"screenshot: {page} {complaint}")
    print(f"{4 + (not found)} passed, {len(found)} failed")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
