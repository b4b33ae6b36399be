"""Take the pictures of the README from the running demo: ``make pictures`` (needs Chromium)."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).resolve().parent / "pictures"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}
DESK = {"viewport": {"width": 1280, "height": 844}, "device_scale_factor": 1}
PHONE_PAGES = ("/", "/points/", "/points/sell/?step=confirm&points=5")
DESK_PAGES = ("/office/",)
FRAME = """<body style="margin:0;background:#e9edea;padding:28px;display:flex;gap:24px;
align-items:flex-start">{}</body>"""
SHOT = """<img src="data:image/png;base64,{}" style="height:{}px;border-radius:18px;
box-shadow:0 8px 30px rgba(16,32,26,.16)">"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str) -> None:
    for _i in range(240):
        try:
            urllib.request.urlopen(address)
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"{address} did not answer")


def _shots(browser: Browser, address: str, user: str, device: Any, pages: tuple[str, ...]) -> Any:
    import base64

    context = browser.new_context(locale="zh-CN", **device)
    page = context.new_page()
    page.goto(f"{address}/accounts/login/")
    page.fill("input[name=login]", user)
    page.fill("input[name=password]", "zengzhi-demo")
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()
    for name in pages:
        page.goto(address + name)
        page.wait_for_timeout(600)
        yield base64.b64encode(page.screenshot()).decode()
    context.close()


def main() -> None:
    """Start the demo on a fresh database, take the pictures, stop it."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        zengzhi = Path(sys.executable).parent / "zengzhi"
        command = [zengzhi, "demo", "--port", str(port), "--data", folder]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            _wait(address)
            with sync_playwright() as playwright:
                chromium = shutil.which("chromium")
                browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
                phone = _shots(browser, address, "linxiao", PHONE, PHONE_PAGES)
                desk = _shots(browser, address, "operator", DESK, DESK_PAGES)
                images = "".join(SHOT.format(shot, 620) for shot in [*phone, *desk])
                context = browser.new_context(viewport={"width": 1980, "height": 676})
                page = context.new_page()
                page.set_content(FRAME.format(images))
                page.wait_for_timeout(300)
                page.screenshot(path=FOLDER / "mall.png")
                browser.close()
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
