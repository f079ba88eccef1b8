"""Saves screenshots of each tab of the page with the prediction for its first example, to look at.

    pip install -e '.[apps,atari,page]' playwright     # and Chromium: apt-get install chromium
    python -m apps page
    python benchmarks/page_screens.py /tmp/screens [--applications dates ner]

For each application there are four images: 1280 and 400 pixels wide, light and dark.
"""

import argparse
import pathlib
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from playwright.sync_api import sync_playwright

from apps import APPLICATIONS
from keras_dl.application import Application, Boxes

WIDTHS = (1280, 400)
PATIENCE = 1200  # tenths of a second


def panel(browser, name):
    """Opens the tab of an application and returns its panel."""
    browser.get_by_role("tab", name=name, exact=True).first.click()
    return browser.get_by_role("tabpanel").filter(visible=True).first


def status(shown):
    """Waits until a prediction in a panel has ended and returns the status line."""
    line = shown.locator(".status textarea, .status input")
    line.wait_for()
    for _ in range(PATIENCE):
        if not line.input_value().endswith(" ..."):
            break
        shown.page.wait_for_timeout(100)
    return line.input_value()


def save_answer(browser, app, model, path):
    """Saves two screenshots, light and dark, of the prediction for the first example."""
    shown = panel(browser, model.replace("_", " "))
    start = time.monotonic()
    shown.locator(".gallery-item, tr.tr-body").first.click()
    line = status(shown)
    draws = type(app).plot is not Application.plot
    if draws and not any(isinstance(field, Boxes) for field in app.outputs):
        shown.locator(".plot img").wait_for()
    print(f"{model}: {line}, {time.monotonic() - start:.1f} with plot", flush=True)
    if type(app).frames is not Application.frames:
        shown.get_by_role("button", name="Watch").click()
        shown.locator(".watched img").wait_for()
        browser.wait_for_timeout(500)
        shown.get_by_role("button", name="Stop").click()
    browser.wait_for_timeout(500)  # images load
    for theme in ("light", "dark"):
        browser.evaluate(f"document.body.classList.toggle('dark', {str(theme == 'dark').lower()})")
        browser.wait_for_timeout(300)
        browser.screenshot(path=f"{path}-{theme}.png", full_page=True)
    browser.evaluate("document.body.classList.remove('dark')")


def main():
    """Saves the screenshots and prints the seconds of the predictions."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    applications = {path.name: app for app in APPLICATIONS for path in app.models}
    parser.add_argument("to", type=pathlib.Path)
    names = [*applications]
    parser.add_argument("--models", nargs="*", default=names, choices=names)
    parser.add_argument("--address", default="http://127.0.0.1:8000")
    flags = parser.parse_args()
    flags.to.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        browser = chromium.new_page(viewport={"width": WIDTHS[0], "height": 900})
        browser.set_default_timeout(60_000)
        browser.on("console", lambda said: said.type == "error" and print("console:", said.text))
        for width in WIDTHS:
            browser.set_viewport_size({"width": width, "height": 900})
            browser.goto(f"{flags.address}/?__theme=light")
            browser.get_by_role("button", name="Predict").first.wait_for()
            for model in flags.models:
                browser.wait_for_timeout(500)  # the row of tabs fits itself to the width
                save_answer(browser, applications[model], model, flags.to / f"{model}-{width}")
        chromium.close()


if __name__ == "__main__":
    main()
