"""The page over HTTP and in a browser: what people and programs send, and what comes back."""

import concurrent.futures
import contextlib
import pathlib
import shutil
import socket
import struct
import sys
import warnings
import zlib

import pytest
from page_case import SCRIPT, Draw, Echo, Hear, Slide, ready, wav

from apps import APPLICATIONS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
_BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --use-fake-device-for-media-stream --use-fake-ui-for-media-stream"
).split()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Address of a page with applications of the test, and with those that are shipped."""
    pytest.importorskip("gradio", reason="Gradio is not installed: pip install '.[page]'")
    from keras_dl.application import page
    from keras_dl.application.page import models

    models.import_commands()  # not in a thread, while a test here imports, too
    directory = tmp_path_factory.mktemp("page")
    own = [ready(kind, directory) for kind in (Echo, Draw, Hear, Slide)]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    load = models.Model._load
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("GRADIO_TEMP_DIR", str(directory / "uploads"))
        patch.setattr(
            models.Model, "_load", lambda model: None if model.app in own else load(model)
        )
        launched = page.launch([*own, *APPLICATIONS], port)
        yield f"http://127.0.0.1:{port}"
        launched.close(verbose=False)


@pytest.fixture
def post(address):
    import httpx

    # A new connection for each request: the server closes those of which it refuses the body.
    settings = {"base_url": f"{address}/gradio_api", "timeout": 280}
    with httpx.Client(**settings, headers={"connection": "close"}) as client:
        yield client.post


def record(post, name, given):
    """Returns the record of an input."""
    response = post(f"/run/{name}", json={"data": [given]})
    assert response.status_code == 200, response.text
    return response.json()["data"][0]


def base64(encoded):
    import base64

    return base64.b64encode(encoded).decode()


def png_header(width, height):
    """Returns a PNG file without pixels whose header names a size."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", b"")]
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_records_come_over_http(post):
    assert record(post, "echo", {"text": "Ada", "case": "upper"})["repeated"] == "ADA"
    assert record(post, "echo", SCRIPT)["repeated"] == SCRIPT


def test_junk_gets_one_line(post):
    for junk in (None, 7, [], {}, {"text": ["a"]}, {"none": 1}, "x" * 20_000):
        assert "\n" not in record(post, "echo", junk)["error"]
    for junk in (b"", b"{", b"[]", b"\xff", b'{"data": 1}', b'{"data": []}', b'{"data": [1, 2]}'):
        response = post("/run/echo", content=junk)
        assert response.status_code < 600 and "Traceback" not in response.text
    response = post("/run/none", json={"data": ["Ada"]})
    assert (response.status_code, response.text) == (404, "there is no model of this name.")
    assert record(post, "echo", "still here")["length"] == 10


def test_files_are_bounded_before_they_are_decoded(post):
    import httpx

    huge = png_header(60_000, 60_000)
    for given in ("/etc/passwd", base64(b"no image"), base64(huge), "=", None):
        assert record(post, "draw", {"image": given})["error"]
    assert "at most 50,000,000" in record(post, "draw", {"image": base64(huge)})["error"]
    assert "60 seconds" in record(post, "hear", {"sound": base64(wav(61))})["error"]
    assert record(post, "hear", {"sound": base64(wav(2))})["size"] == 16_044
    with contextlib.suppress(httpx.TransportError):  # the server may close before the end
        assert post("/run/draw", content=b"x" * (25 * 2**20)).status_code == 413
    with contextlib.suppress(httpx.TransportError):
        assert post("/upload", files={"files": b"x" * (17 * 2**20)}).status_code == 413


def test_other_hosts_and_addresses_are_refused(address, post):
    assert post("/run/echo", json={"data": ["a"]}, headers={"host": "evil"}).status_code == 421
    event = {"data": [{"path": "http://127.0.0.2/a.wav", "meta": {"_type": "gradio.FileData"}}]}
    import httpx

    config = httpx.get(f"{address}/config", timeout=60).json()
    audio = next(each["id"] for each in config["components"] if each["type"] == "audio")
    (number,) = [each["id"] for each in config["dependencies"] if each["inputs"] == [audio]][:1]
    joined = post("/queue/join", json={**event, "fn_index": number, "session_hash": "s"})
    assert joined.status_code == 200
    with httpx.stream("GET", f"{address}/gradio_api/queue/data?session_hash=s") as lines:
        text = next(line for line in lines.iter_lines() if "process_completed" in line)
    assert "addresses are not read" in text


def test_requests_of_several_people_do_not_mix(post):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        texts = [f"person {number}" for number in range(32)]
        found = list(pool.map(lambda text: record(post, "echo", text), texts))
    assert [each["repeated"] for each in found] == texts


@pytest.fixture(scope="module")
def browser(address, tmp_path_factory):
    """A page of Chromium, which notes each request that leaves this machine."""
    tmp_path = tmp_path_factory.mktemp("browser")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install playwright"
    )
    if not _BROWSER:
        pytest.skip("there is no Chromium: apt-get install chromium")
    (tmp_path / "sound.wav").write_bytes(wav(2, 48_000))
    flags = [*_FLAGS, f"--use-file-for-fake-audio-capture={tmp_path / 'sound.wav'}"]
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=_BROWSER, args=flags)
        shown = chromium.new_page(viewport={"width": 1280, "height": 900})
        shown.set_default_timeout(240_000)
        requests = []
        shown.on("request", lambda request: requests.append(request.url))
        shown.goto(address)
        shown.get_by_role("button", name="Predict").first.wait_for()
        yield shown
        local = (address, "data:", "blob:")
        assert [url for url in requests if not url.startswith(local)] == []
        chromium.close()


@pytest.fixture(scope="module")
def screens(browser):
    """The module that opens tabs, reads the status line and saves screenshots."""
    sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "benchmarks"))
    import page_screens

    sys.path.pop(0)
    yield page_screens
    sys.modules.pop("page_screens")


def test_people_type(browser, screens):
    shown = screens.panel(browser, "echo")
    shown.get_by_label("text").first.fill(f"Ada {SCRIPT}")
    shown.get_by_role("button", name="Predict").click()
    assert screens.status(shown).endswith(" seconds")
    assert shown.get_by_label("repeated").input_value() == f"Ada {SCRIPT}"
    assert browser.title() == "Trained models"  # the script is text
    assert "<script>" in shown.locator(".card").first.inner_text()
    shown.get_by_label("text").first.fill("fail")
    shown.get_by_label("text").first.press("Enter")
    shown.get_by_label("repeated").wait_for(state="hidden")
    assert screens.status(shown).startswith("error: echo failed: RuntimeError: out of")


def test_people_record(browser, screens):
    browser.context.grant_permissions(["microphone"])
    shown = screens.panel(browser, "hear")
    shown.get_by_role("button", name="Record audio").click()
    shown.get_by_role("button", name="Record", exact=True).click()
    stop = shown.get_by_role("button", name="Stop", exact=True).filter(visible=True)
    stop.wait_for()
    browser.wait_for_timeout(1000)
    stop.click()
    # A recording can be played before, but downloaded only after it was uploaded.
    shown.get_by_role("button", name="Download").wait_for()
    shown.get_by_role("button", name="Predict").click()
    assert screens.status(shown).endswith(" seconds")
    size = int(shown.get_by_label("size").input_value().split()[0])
    assert 8000 < size < 20 * 2 * 2 * 48_000  # at least half a second, of 16 bits


def test_people_watch_and_move_sliders(browser, screens):
    shown = screens.panel(browser, "slide")
    shown.get_by_label("start").fill("1 2 3")
    shown.get_by_role("button", name="Watch").click()
    shown.get_by_text("step 2").first.wait_for()
    assert shown.locator(".watched .chosen").inner_text().split() == ["stay", "-1.000"]
    assert SCRIPT in shown.locator(".screen p").inner_text()
    slider = shown.get_by_role("slider").first
    box = slider.bounding_box()
    browser.mouse.click(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    shown.get_by_label("end").wait_for()
    assert shown.get_by_label("end").input_value() == "3 2 3"  # without another click


def test_predictions_are_photographed(browser, screens, tmp_path):
    import PIL.Image

    for width in screens.WIDTHS:
        browser.set_viewport_size({"width": width, "height": 900})
        browser.wait_for_timeout(500)
        screens.save_answer(browser, Slide(), Slide.name, tmp_path / f"{width}")
        across = browser.evaluate("document.documentElement.scrollWidth")
        assert across <= width, "the page is wider than the screen"
    browser.set_viewport_size({"width": screens.WIDTHS[0], "height": 900})
    images = [PIL.Image.open(path).convert("L") for path in sorted(tmp_path.glob("*.png"))]
    assert [each.width for each in images] == [1280, 1280, 400, 400]
    dark = [each.resize((1, 1)).getpixel((0, 0)) < 100 for each in images]
    assert dark == [True, False, True, False]


def test_people_draw(browser, screens):
    shown = screens.panel(browser, "draw")
    shown.get_by_role("button", name="Predict").click()
    assert "image is missing" in screens.status(shown)
    shown.get_by_label("Brush").first.click()
    canvas = shown.locator("canvas").first.bounding_box()
    middle = canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 2
    for _ in range(20):  # nothing shows when the canvas has its tool, or has sent its image
        browser.mouse.move(middle[0] - 40, middle[1])
        browser.mouse.down()
        browser.mouse.move(middle[0] + 40, middle[1] + 30, steps=8)
        browser.mouse.up()
        browser.wait_for_timeout(500)
        shown.get_by_role("button", name="Predict").click()
        if screens.status(shown).endswith(" seconds"):
            break
    ink = shown.get_by_label("ink")
    assert 0.005 < float(ink.input_value()) < 0.2


def test_every_model_has_a_tab(browser, screens, tmp_path):
    browser.set_viewport_size({"width": screens.WIDTHS[1], "height": 900})
    for app, model in [(each, path.name) for each in APPLICATIONS for path in each.models]:
        shown = screens.panel(browser, model.replace("_", " "))
        shown.get_by_text(app.summary).first.wait_for()
        shown.get_by_role("button", name="Predict").wait_for()
        browser.screenshot(path=tmp_path / f"{model}.png")
    browser.set_viewport_size({"width": screens.WIDTHS[0], "height": 900})
