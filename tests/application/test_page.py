"""The page over applications that are defined here, without a server."""

import asyncio
import contextlib
import gc
import json
import pathlib
import shlex
import socket
import sys
import types
import warnings

import pytest

from apps import APPLICATIONS
from keras_dl import application
from keras_dl.application import UserError
from keras_dl.application.command_line import main

PAGE = pathlib.Path(__file__).parents[2] / "keras_dl" / "application" / "page"
# Importing Gradio takes three seconds.
slow = pytest.mark.slow
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # see `without_leaks`
REASON = "Gradio is not installed: pip install '.[page]'"


def test_no_application_is_named_in_the_code_of_the_page():
    for path in PAGE.glob("*.py"):
        text = path.read_text("utf-8")
        for app in APPLICATIONS:
            assert app.name not in text.replace("_", " ").split(), path
            assert f'"{app.name}"' not in text, path


def test_a_missing_gradio_gives_one_line(capsys, monkeypatch):
    for name in [each for each in sys.modules if each.startswith("keras_dl.application.page")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(application, "page", raising=False)
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert main(APPLICATIONS, ["page"], "program") == 2
    error = capsys.readouterr().err
    assert error.startswith("page: the package gradio must be installed.") and "[page]" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_invalid_ports_give_one_line(port, capsys):
    assert main(APPLICATIONS, ["page", "--port", port], "program") == 2
    error = capsys.readouterr().err
    assert "--port must be" in error and error.count("\n") == 1


@pytest.fixture(scope="module")
def page():
    """The package of the page, where every model is a stand-in and loads at once."""
    with without_leaks():
        pytest.importorskip("gradio", reason=REASON)
        from keras_dl.application import page
        from keras_dl.application.page import models

        commands = types.SimpleNamespace(load=lambda app, model: None)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(models, "import_commands", lambda: commands)
            yield page


@contextlib.contextmanager
def without_leaks():
    """Frees the event loops that Gradio leaves open, which are no matter of other tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


@pytest.fixture(scope="module")
def echo(page, tmp_path_factory):
    """The tab of `Echo`."""
    import gradio as gr
    from page_case import Echo, ready

    from keras_dl.application.page.tabs import Tab

    with gr.Blocks():
        app = ready(Echo, tmp_path_factory.mktemp("page"))
        return Tab(app, app.shipped, "http://127.0.0.1:8000")


def run(coroutine):
    with asyncio.Runner() as runner:
        return runner.run(coroutine)


def values(update):
    return update["value"] if isinstance(update, dict) else update


def answers(tab, *given):
    """Returns the values of the output widgets by name."""
    waiting, (*found, record) = tab.answer(*given)
    assert values(waiting[0]).endswith(" ...")
    names = ["status", *(field.name for field in tab._app.outputs), "table", "json", "plot"]
    return dict(zip(names, map(values, found), strict=True)) | {"record": record}


@slow
def test_widgets_show_the_record(echo):
    shown = answers(echo, "Ada", "upper")
    assert shown["repeated"] == "ADA" and shown["short"] == "yes" and shown["length"] == "3"
    assert "width: 75.00%" in shown["confidence"] and shown["codes"] == "65 68 65"
    assert ">ADA</th>" in shown["words"] and shown["names"] == [("ADA", "PER")]
    assert shown["json"][0]["repeated"] == "ADA" and shown["status"].endswith(" seconds")


@slow
def test_each_line_is_an_input(echo):
    shown = answers(echo, "Ada\n\nBob refuse\nEve", "same")
    assert shown["status"].endswith("for 3 lines")
    assert [row[2] for row in shown["table"]] == ["Ada", "", "Eve"]
    assert shown["table"][0][-2] == "Ada PER" and shown["table"][1][-1] == "the text is refused"
    assert shown["names"] == [("Ada", "PER"), ("\n", None), ("Eve", "PER")]


@slow
@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("refuse", "error: the text is refused"),
        ("needs", "error: echo needs the package rocket."),
        ("x" * 10_001, "error: text must have at most 10,000 characters. Received 10,001."),
        ("x\n" * 101, "error: a request has 1 to 100 inputs. Received 101."),
        (None, "error: text is missing."),
        ("fail", "error: echo failed: RuntimeError: out of"),
    ],
)
def test_errors_are_one_line(echo, text, status, capsys):
    shown = answers(echo, text, "same")
    assert shown["status"].startswith(status) and "\n" not in shown["status"]
    assert shown["repeated"] is None and shown["json"] == []
    assert ("Traceback" in capsys.readouterr().err) == (text == "fail")  # for who runs the server


@slow
def test_a_bounded_vector_has_sliders_and_frames_are_watched(page, tmp_path, monkeypatch):
    import gradio as gr
    from page_case import SCRIPT, Slide, ready

    from keras_dl.application.page import models
    from keras_dl.application.page.tabs import Tab

    with gr.Blocks():
        app = ready(Slide, tmp_path)
        tab = Tab(app, app.shipped, "http://127.0.0.1:8000")
    start, *sliders = tab._input_components()
    assert [type(start), *map(type, sliders)] == [gr.Textbox, *[gr.Slider] * 3]
    limits = {(each.minimum, each.maximum, each.value, each.step) for each in sliders}
    assert limits == {(-2, 2, 0, 0.05)}
    assert answers(tab, "1 2 3", 0.5, 0, -2)["end"] == "1.5 2 1"
    assert "at most 3 numbers from -2 to 2" in answers(tab, "1 2 3", 0.5, 0, -3)["status"]
    plot = tab.draw(answers(tab, "1 2 3", 0, 0, 0)["record"])[1]
    assert plot["visible"] and plot["value"].size == (240, 120)
    assert tab.draw(None) == (gr.skip(), gr.skip()) and answers(tab, "1", 9, 0, 0)["record"] is None
    _, *shown = tab.watch("1 2 3", 0, 0, 0)
    assert len(shown) == 3 and not any(status["visible"] for status, _ in shown)
    for number, (_, frame) in enumerate(shown):
        assert f"step {number} " in frame["value"] and "image/png;base64" in frame["value"]
        assert (
            SCRIPT not in frame["value"]
            and '<tr class="chosen"><th scope="row">stay<' in (frame["value"])
        )
    monkeypatch.setattr(models, "MOST_FRAMES", 2)
    assert len(list(tab.watch("1 2 3", 0, 0, 0))) == 3  # that it waits, and two frames
    _, (status, frame) = tab.watch("fail", 0, 0, 0)
    assert status["value"] == "error: slide failed: RuntimeError: lost" and not frame["visible"]


@slow
def test_bars_start_at_zero(page):
    import re

    from keras_dl.application.page.bars import bars

    drawn = bars([("a", 1.0), ("b", -3.0), ("c", 0.0)])
    styles = re.findall(r"margin-left: ([\d.]+)%; width: ([\d.]+)%", drawn)
    assert styles == [("75.00", "25.00"), ("0.00", "75.00"), ("75.00", "0.00")]
    assert "margin-left: 0.00%; width: 50.00%" in bars([("a", 2.0), ("b", 1.0)])
    assert "width: 25.00%" in bars([("a", 1.0)], largest=4) and "</table>" in bars([])
    assert "width: 0.00%" in bars([("a", 0.0)])


@slow
def test_the_command_gives_the_same_record(echo):
    from keras_dl.application.page.json_endpoint import JsonEndpoint, command

    words = shlex.split(command(echo._model, "http://127.0.0.1:8000"))
    assert words[2] == "http://127.0.0.1:8000/gradio_api/run/echo"
    (given,) = json.loads(words[-1])["data"]
    assert JsonEndpoint(echo._model, echo._settings).record(given)["length"] == 12


@slow
@pytest.mark.parametrize(
    "junk", [None, [], 7, {"txt": "a"}, {"text": ["a"]}, {"text": "a", "case": "x"}, {}, True]
)
def test_junk_gives_a_record_with_an_error(echo, junk):
    from keras_dl.application.page.json_endpoint import JsonEndpoint

    record = JsonEndpoint(echo._model, echo._settings).record(junk)
    assert record["error"] and "\n" not in record["error"] and "failed" not in record["error"]


@slow
def test_files_are_bytes_never_paths(page):
    from keras_dl.application import Audio, Image
    from keras_dl.application.page.inputs import from_json, widgets_for

    for field in (Image("image"), Audio("sound")):
        with pytest.raises(UserError, match="base64"):
            from_json(field, "/etc/passwd")
        (component,) = widgets_for(field).components
        with pytest.raises(Exception, match="addresses are not read"):
            run(component.async_move_resource_to_block_cache("http://127.0.0.2/a.png"))
        assert "share" not in (component.buttons or ["share"])
    seeded = Image("image", or_seed=True)
    assert from_json(seeded, 12) == "12"
    read = widgets_for(seeded).value
    assert read(" 12 ", None) == "12" and read("", b"x") == b"x" and read("", None) is None
    for text in ("/etc/passwd", "-1", "1.5", "\u0663", "9" * 20):
        with pytest.raises(UserError, match="seed must be a whole number"):
            read(text, None)


@slow
def test_models_get_no_names_of_files(page, tmp_path):
    from page_case import Draw, Hear, ready

    from keras_dl.application.page.models import Model

    for kind, name in ((Draw, "image"), (Hear, "sound")):
        app = ready(kind, tmp_path)
        for path in (app.demo_inputs[0], tmp_path / "any"):
            with pytest.raises(UserError, match="must be the bytes of a file, not its name"):
                Model(app, app.shipped).predict([{name: path}], None)


@slow
def test_numbers_are_checked_by_their_field(page):
    from keras_dl.application import Number
    from keras_dl.application.page.inputs import widgets_for

    field = Number("n", at_most=9)
    widgets = widgets_for(field)
    (component,) = widgets.components
    assert field.read(widgets.value(component.preprocess(3.0))) == 3
    for given in (3.7, 1e30, -1):
        with pytest.raises(UserError, match="n must be a whole number from 0 to 9"):
            field.read(widgets.value(component.preprocess(given)))


@slow
def test_settings_become_widgets_but_paths_do_not(page, tmp_path):
    import dataclasses
    from typing import Annotated, Literal

    import gradio as gr
    from page_case import Echo, ready

    from keras_dl.application import Config, Configs, Limits
    from keras_dl.application.page.models import Model
    from keras_dl.application.page.settings import Settings

    @dataclasses.dataclass(frozen=True)
    class Predict(Config):
        width: Annotated[int, Limits(at_least=1, at_most=9)] = 5
        threshold: Annotated[float | None, Limits(at_least=0, at_most=1)] = None
        order: Literal["a", "b"] = "a"
        all: bool = False
        vectors: str = "/a/file"
        many: tuple[int, ...] = ()
        width_of_all: int = 0

    class Wide(Echo):
        configs = Configs(predict=Predict)

        def predict_batch(self, served, rows, config):
            raise UserError("--width-of-all must be above --width. Add --many, not --others.")

    with gr.Blocks():
        settings = Settings(Predict)
    assert settings.names == ["width", "threshold", "order", "all", "width_of_all"]
    assert settings.config(3.0, None, "b", True, 0) == Predict(3, None, "b", True)
    config = settings.config(3, 1, "a", False, 0)  # JSON writes 1.0 as 1
    assert isinstance(config.threshold, float) and isinstance(config.width, int)
    with pytest.raises(UserError, match=r"^width must be from 1 to 9"):
        settings.config(10, None, "a", False, 0)
    app = ready(Wide, tmp_path)
    with pytest.raises(UserError, match=r"^width of all must be above width\. Add many, not --oth"):
        Model(app, app.shipped).predict([{"text": "a"}], None)


@slow
def test_errors_of_single_inputs_have_no_flags(page, tmp_path):
    from page_case import Slide, ready

    from keras_dl.application.page.models import Model

    app = ready(Slide, tmp_path)
    inputs = [{"start": "0 0 0", "way": [each]} for each in (1, 9)]
    good, bad = Model(app, app.shipped).predict(inputs, None).records
    assert good["end"] == [1, 0, 0]
    assert bad["error"].startswith("way must be at most 3 numbers from -2 to 2.")


_FIRST_REQUEST = """
import contextlib, sys
from gradio.utils import MatplotlibBackendMananger as Request
from keras_dl.application.page import launch
from keras_dl.application.starting import start_tensorflow

request = Request()  # in which Gradio handles every request

class Finder:
    def find_spec(self, name, *rest):
        if name == "tensorflow":
            request.__enter__()
            raise KeyboardInterrupt

sys.meta_path.insert(0, Finder())
with contextlib.suppress(KeyboardInterrupt):
    start_tensorflow()
request.__exit__(None, None, None)
"""


@slow
def test_a_request_can_come_while_tensorflow_is_imported(page):
    import subprocess

    subprocess.run([sys.executable, "-c", _FIRST_REQUEST], check=True)


@slow
def test_each_model_of_an_application_has_a_tab(page, tmp_path, monkeypatch):
    """The second one has its own heading, card and command; requests ask it."""
    from page_case import Echo, ready

    from keras_dl.application.page import models, tabs

    app = ready(Echo, tmp_path)
    other = tmp_path / "other_echo"
    other.mkdir()
    (other / "saved_model.pb").touch()
    (other / "README.md").write_text("# it\n\n## Limits\n\nquiet", "utf-8")
    app.more_shipped = (other,)
    asked = []
    commands = models.import_commands()
    monkeypatch.setattr(commands, "load", lambda app, model: asked.append(model))
    built = tabs.build([app])
    labels = [each.label for each in built.blocks.values() if type(each).__name__ == "Tab"]
    assert labels == ["echo", "other echo"]
    texts = [str(getattr(each, "value", "")) for each in built.blocks.values()]
    assert any("quiet" in text for text in texts)
    headings = [text.partition(" Repeats")[0] for text in texts if " Repeats a text" in text]
    assert headings == ["### echo:", "### other echo:"]
    endpoints = {each.api_name: each.fn for each in built.fns.values()}
    for name in ("echo", "other_echo"):
        assert any(f"/run/{name} " in text for text in texts)
        assert endpoints[name]("Ada")["length"] == 3
    assert asked == [str(app.shipped), str(other)]


@slow
def test_an_application_without_a_model_has_a_tab_that_says_so(page):
    from page_case import Echo, Slide

    from keras_dl.application.page import tabs

    missing = Slide()
    missing.shipped = pathlib.Path("nowhere")
    built = tabs.build([Echo(), missing])
    labels = [each.label for each in built.blocks.values() if type(each).__name__ == "Tab"]
    assert labels == ["echo", "nowhere"]
    texts = [str(getattr(each, "value", "")) for each in built.blocks.values()]
    assert texts.count("There is no shipped model.") == 2 and not built.fns


@slow
def test_the_card_is_harmless(echo):
    from keras_dl.application.page.card import harmless, limits_and_scores

    text = limits_and_scores(echo._app.shipped)
    assert "### Scores" in text and "License" not in text
    assert "<script" not in text and "127.0.0.2" not in text and "&lt;script&gt;" in text
    assert harmless("`a < b` < [c](../d.md)") == "`a < b` &lt; c"


@slow
def test_the_duration_of_a_sound_comes_from_its_header(page):
    from page_case import wav

    from keras_dl.application.page.encoding import wav_seconds

    assert wav_seconds(wav(3)) == wav_seconds(wav(3, 1000)) == 3
    assert wav_seconds(b"RIFF") == wav_seconds(b"") == 0


@slow
@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"host": "127.0.0.1:80"}, 200),
        ("GET", {"host": "evil.example"}, 421),
        ("GET", {}, 421),
        ("POST", {"host": "localhost:80"}, 411),
        ("POST", {"host": "localhost:80", "content-length": "9"}, 200),
        ("POST", {"host": "localhost:80", "content-length": "99999999"}, 413),
    ],
)
def test_the_guard_refuses(page, method, headers, status):
    from keras_dl.application.page.guard import Guard

    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request"}

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "headers": raw}
    run(Guard(app, ["127.0.0.1:80", "localhost:80"])(scope, receive, send))
    assert sent[0]["status"] == status
    if status == 200:
        assert b"default-src 'self'" in dict(sent[0]["headers"])[b"content-security-policy"]


@slow
def test_a_taken_port_gives_one_line(page, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(APPLICATIONS, ["page", "--port", str(port)], "program") == 2
    error = capsys.readouterr().err
    assert f"--port {port} cannot be used" in error and error.count("\n") == 1
