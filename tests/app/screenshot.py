# SPDX-License-Identifier: Apache-2.0
"""Opens a report in headless Chromium and looks at it: screenshot.py REPORT.html [SCREENSHOT.png]

A report passes if it asks for nothing from the network and the picture shows every colour its plots use. A page
without plots and a page that loads a script from elsewhere are shown to fail first.
"""

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
    return found


def main():
    page = sys.argv[1]
    with tempfile.TemporaryDirectory() as scratch:
        png = sys.argv[2] if len(sys.argv) > 2 else os.path.join(scratch, "report.png")
        for name, html, expected in [("empty", "<p>nothing</p>", "has no plots"),
                                     ("remote", "<script src='https://example.com/a.js'></script><svg></svg>", "asks the network"),
                                     ("blank", ":root{--c0:#2563c9}<svg><line class=\"s0\"/></svg>", "does not show colour 0")]:
            planted = os.path.join(scratch, name + ".html")
            open(planted, "w").write(html)
            assert any(expected in c for c in complaints(planted, os.path.join(scratch, "planted.png"))), f"the planted page '{name}' passed"
        found = complaints(page, png)
    for complaint in found:
        print(f"screenshot: {page} {complaint}")
    print(f"{3 + (not found)} passed, {len(found)} failed")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
