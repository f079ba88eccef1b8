import csv
import json

import numpy as np
import PIL.Image
import pytest

from keras_dl.application import (
    Application,
    Boxes,
    Flag,
    Image,
    Label,
    Metric,
    Number,
    Probability,
    Report,
    Scores,
    Spans,
    Text,
    UserError,
    Vector,
)
from keras_dl.application.rendering import Renderer

EVIL = "a\x1b[31m\u009b\x7f\u2028b\nc\udcff"


class Names(Application):
    inputs = (Text("text"),)
    outputs = (Spans("entities"), Flag("sure", detail=True))


class Everything(Application):
    inputs = (Text("given"),)
    outputs = (
        Label("label"),
        Probability("p"),
        Number("n"),
        Vector("v"),
        Scores("near"),
        Boxes("boxes"),
        Image("image"),
    )


RECORD = {
    "given": "in.png",
    "label": EVIL,
    "p": np.float32(0.25),
    "n": 3,
    "v": np.array([1.0, 2.0]),
    "near": [("x", 0.5), ("y\t", 0.25)],
    "boxes": [{"label": "cat", "score": 0.5, "box": [1, 2, 3, 4]}],
    "image": np.full((2, 3, 1), 200, "uint8"),
}


def test_lines_of_text_have_a_column_for_each_field_and_no_commands(tmp_path):
    line = Renderer(Everything(), "text", tmp_path).line(RECORD)
    assert line.split("\t")[2:4] == ["0.250", "3"]
    assert "cat 0.50 1,2,3,4" in line and str(tmp_path / "in.png") in line
    assert not set(line) & set("\x1b\u009b\x7f\u2028\n\udcff")
    with PIL.Image.open(tmp_path / "in.png") as image:
        assert image.size == (168, 112)  # small pixels become squares


def test_files_of_one_name_do_not_replace_each_other(tmp_path):
    renderer = Renderer(Everything(), "text", tmp_path)
    lines = [renderer.line(RECORD | {"given": name}) for name in ("a/x.png", "b/x.png")]
    assert [each.rsplit("\t")[-1] for each in lines] == [
        str(tmp_path / "x.png"),
        str(tmp_path / "x_2.png"),
    ]


def test_json_is_one_line_that_gives_the_values_back(tmp_path):
    line = Renderer(Everything(), "json", tmp_path).line(RECORD | {"p": float("nan")})
    assert not set(line) & set("\x1b\u009b\x7f\u2028\n")
    found = json.loads(line)
    assert found["label"] == EVIL and found["p"] is None and found["v"] == [1.0, 2.0]
    assert found["near"] == [["x", 0.5], ["y\t", 0.25]]


def test_csv_has_a_header_and_a_row_for_each_record(tmp_path):
    renderer = Renderer(Everything(), "csv", tmp_path)
    lines = [
        *renderer.before(),
        renderer.line(RECORD),
        renderer.line({"given": "x", "error": "no"}),
    ]
    head, first, second = csv.reader(lines)
    assert head[0] == "given" and head[-1] == "error" and len(first) == len(head)
    assert json.loads(first[head.index("boxes")])[0]["label"] == "cat"
    assert second[-1] == "no"


SPAN = {"text": "Ada <b>", "type": "PER", "start": 4, "end": 11, "confidence": 0.9}
FOUND = {"text": "say Ada <b>, \x1bhi", "entities": [SPAN], "sure": True}


def test_spans_stand_in_their_text(tmp_path):
    assert Renderer(Names(), "text", tmp_path).line(FOUND) == "say [Ada <b> PER], ␛hi"
    html = Renderer(Names(), "html", tmp_path)
    page = "\n".join([*html.before(), html.line(FOUND), *html.after()])
    assert "Ada &lt;b&gt;<small>PER</small></mark>, ␛hi</p>" in page
    assert page.startswith("<!doctype html>") and page.endswith("</html>")


def test_spans_are_colored_on_a_terminal(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[30;48;5;223m Ada <b> " in Renderer(Names(), "text", tmp_path).line(FOUND)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in Renderer(Names(), "text", tmp_path).line(FOUND)


def test_a_failed_input_says_why_in_every_format(tmp_path):
    record = {"given": "x", "error": "no whole\nimage"}
    for form in ("text", "json", "csv", "html"):
        assert "no whole" in Renderer(Everything(), form, tmp_path).line(record)


@pytest.mark.parametrize(
    ("field", "given", "read"),
    [
        (Text("t"), b"\xc3\xa4", "\u00e4"),
        (Text("t"), "\udcffa", "\ufffda"),
        (Number("n", at_most=9), b" 7 ", 7),
    ],
)
def test_inputs_are_read_by_kind(field, given, read):
    given = given.decode() if isinstance(field, Number) else given
    assert field.read(given) == read


def test_bytes_of_another_encoding_are_told():
    for given in (b"\xff\xfe3\x00", "f\u00e9vrier".encode("latin-1")):
        with pytest.raises(UserError, match="t must be UTF-8"):
            Text("t").read(given)


@pytest.mark.parametrize("given", ["-1", "10", "x", "1e3", "", "9" * 30, None])
def test_a_number_out_of_range_is_told(given):
    with pytest.raises(UserError, match="n must be a whole number from 0 to 9"):
        Number("n", at_most=9).read(given)


def test_a_vector_of_limits_is_completed_with_zeros():
    field = Vector("v", size=3, at_least=-1, at_most=2)
    assert field.default == field.read([]) == (0, 0, 0)
    assert field.read("-1, 2") == field.read(np.array([-1.0, 2.0])) == (-1, 2, 0)
    assert Vector("v", size=2, at_least=1, at_most=2).read([2]) == (2, 1)


@pytest.mark.parametrize("given", [[3], [-2], [0] * 4, [float("nan")], "x", None, 7, [[1]]])
def test_a_vector_outside_its_limits_is_told(given):
    with pytest.raises(UserError, match=r"^--v must be at most 3 numbers from -1 to 2"):
        Vector("v", size=3, at_least=-1, at_most=2).read(given)


def test_metrics_have_keys_for_machines():
    report = Report([Metric("f1.PER", np.float32(0.5), "F1, PER"), Metric("texts", 3)])
    assert report.values() == {"f1.PER": 0.5, "texts": 3}
    assert str(report.metrics[0]) == f"{'F1, PER':44} 0.5000"
    for wrong in ("digits on 200 canvases", "2019", "a..b", ""):
        with pytest.raises(ValueError, match="key must be words"):
            Metric(wrong, 1.0)
    with pytest.raises(ValueError, match="must be a number"):
        Metric("missing", "he/she")
    with pytest.raises(ValueError, match="different keys"):
        Report([Metric("a", 1), Metric("a", 2)]).values()
