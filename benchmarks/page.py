"""Measures the page on which all shipped models can be tried.

    pip install -e '.[apps,atari,page]'
    python benchmarks/page.py [--applications dates ner] [--junk 1000] [--seed 0]

It starts `python -m apps page` and prints: the seconds until the page can be used; for each model
the seconds of the first prediction, which loads the model, and of the second; how many models can
be tried; how many of --junk damaged requests crash or hang the page (no reply in a minute, or no
right prediction afterwards); and how many connections to other machines the server tries to make.
Where playwright and Chromium are installed, the page counts as usable when its first button is
shown, otherwise when the server has sent it.
"""

import argparse
import base64
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import numpy as np

from apps import APPLICATIONS
from keras_dl.application.fields import Audio, Image

ROOT = pathlib.Path(__file__).parent.parent
PATIENCE = 60  # seconds for a reply to a damaged request
# The program of the server. It notes each connection to another machine in a file.
SERVER = """
import sys
noted = open(sys.argv.pop(1), "a")
def note(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        if arguments[1][0] not in ("127.0.0.1", "::1", "localhost"):
            print(arguments[1], file=noted, flush=True)
    if event == "socket.getaddrinfo" and arguments[0] not in ("127.0.0.1", "localhost", None):
        print("look-up of", arguments[0], file=noted, flush=True)
sys.addaudithook(note)
from apps import APPLICATIONS
from keras_dl.application.command_line import main
sys.exit(main(APPLICATIONS, ["page", *sys.argv[1:]], "page"))
"""


def post(address, name, body, timeout):
    """Returns the status and the text of the reply to a request."""
    url = f"{address}/gradio_api/run/{name}"
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")


def demo(app):
    """Returns the body of a request with the first demo input of an application."""
    value = app.demo_inputs[0]
    if isinstance(app.inputs[0], (Image, Audio)) and not str(value).isdigit():
        value = base64.b64encode(pathlib.Path(value).read_bytes()).decode()
    return json.dumps({"data": [value]}).encode()


def junk(body, random):
    """Returns a damaged request."""
    kind = random.integers(6)
    if kind == 0:
        return random.bytes(int(random.integers(0, 2000)))
    if kind == 1:
        return body[: int(random.integers(len(body)))]
    if kind == 2:
        damaged = bytearray(body)
        for index in random.integers(len(body), size=int(random.integers(1, 30))):
            damaged[index] = int(random.integers(256))
        return bytes(damaged)
    value = (None, [], {}, 7, -1e300, True, "x" * 50_000, "/etc/passwd", [[[]]], {"text": [1]})
    chosen = value[int(random.integers(len(value)))]
    if kind == 3:
        return json.dumps({"data": [chosen]}).encode()
    if kind == 4:
        return json.dumps({"data": [chosen] * int(random.integers(0, 5))}).encode()
    encoded = base64.b64encode(random.bytes(int(random.integers(0, 5000)))).decode()
    return json.dumps({"data": [encoded]}).encode()


def wait_until_usable(address, start):
    """Waits for the page and prints the seconds since the start."""
    while True:
        try:
            with urllib.request.urlopen(address, timeout=PATIENCE) as reply:
                reply.read()
            break
        except OSError:
            time.sleep(0.05)
    sent, shown = time.monotonic() - start, None
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page, began = browser.new_page(), time.monotonic()
            page.goto(address, timeout=PATIENCE * 1000)
            page.get_by_role("button", name="Predict").first.wait_for(timeout=PATIENCE * 1000)
            shown = sent + time.monotonic() - began
            browser.close()
    print(f"seconds from the command to the page: {sent:.1f} sent", end="")
    print(f", {shown:.1f} shown by a browser" if shown else "", flush=True)


def measure_models(address, applications):
    """Prints the seconds of the first and the second prediction of each model.

    Args:
        address: str. Address of the page.
        applications: dict from names of models to their applications.
    """
    tried = 0
    for model, app in applications.items():
        seconds = []
        for _ in range(2):
            start = time.monotonic()
            status, text = post(address, model, demo(app), 1200)
            seconds.append(time.monotonic() - start)
        good = status == 200 and "error" not in json.loads(text)["data"][0]
        tried += good
        line = f"{model}: first {seconds[0]:.2f} s, second {seconds[1]:.2f} s"
        print(line if good else f"{line}, {text:.200}", flush=True)
    print(f"models that can be tried: {tried} of {len(applications)}", flush=True)


def measure_junk(address, applications, count, random):
    """Prints how many damaged requests got no reply, or left the page without right replies."""
    failed, statuses = 0, {}
    for number in range(count):
        app = applications[number % len(applications)]
        try:
            status, _ = post(address, app.name, junk(demo(app), random), PATIENCE)
        except OSError:
            failed += 1
            continue
        statuses[status] = statuses.get(status, 0) + 1
    for app in applications:
        status, text = post(address, app.name, demo(app), PATIENCE)
        failed += status != 200 or "error" in json.loads(text)["data"][0]
    print(f"damaged requests that crash or hang the page: {failed} of {count}, status {statuses}")


def main():
    """Measures the page and prints the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    names = [app.name for app in APPLICATIONS]
    models = {path.name: app for app in APPLICATIONS for path in app.models}
    parser.add_argument("--models", nargs="*", default=[*models], choices=[*models])
    parser.add_argument("--junk", type=int, default=1000)
    parser.add_argument("--quick", nargs="*", default=["dates", "digits", "ner"], choices=names)
    parser.add_argument("--seed", type=int, default=0)
    flags = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as directory:
        noted = pathlib.Path(directory, "connections")
        noted.touch()
        start = time.monotonic()
        command = [sys.executable, "-c", SERVER, str(noted), "--port", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        try:
            wait_until_usable(address, start)
            measure_models(address, {name: models[name] for name in flags.models})
            quick = [app for app in APPLICATIONS if app.name in flags.quick]
            measure_junk(address, quick, flags.junk, np.random.default_rng(flags.seed))
            print(f"the server still runs: {server.poll() is None}")
        finally:
            server.terminate()
            server.wait()
        found = noted.read_text().splitlines()
        print(f"connections to other machines: {len(found)}", *found[:5])


if __name__ == "__main__":
    main()
