"""An application with every kind of field, whose predictions say what it was given."""

import numpy as np

from keras_dl import application

SCRIPT = "<script>document.title = 'taken'</script>"


class Echo(application.Application):
    """Repeats a text <script>document.title = 'taken'</script>."""

    name = "echo"
    inputs = (
        application.Text("text", "any words"),
        application.Choice("case", "as given or large", choices=("same", "upper"), default="same"),
    )
    outputs = (
        application.Label("repeated"),
        application.Probability("confidence"),
        application.Flag("short"),
        application.Number("length"),
        application.Vector("codes", format="{:.0f}"),
        application.Scores("words"),
        application.Spans("names"),
    )
    demo_inputs = ("Ada met Bob.", {"text": "a", "case": "upper"})

    def predict_batch(self, served, rows, config):
        for row in rows:
            text = row["text"].upper() if row["case"] == "upper" else row["text"]
            if "fail" in text:
                raise RuntimeError(f"out of\norder {SCRIPT}")
            if "needs" in text:
                raise ModuleNotFoundError("No module named 'rocket'", name="rocket")
            if "refuse" in text:
                yield {"error": "the text is refused"}
                continue
            span = {"text": text[:3], "type": "PER", "start": 0, "end": 3, "confidence": 0.9}
            yield {
                "repeated": text,
                "confidence": 0.75,
                "short": len(text) < 5,
                "length": len(text),
                "codes": [ord(letter) for letter in text[:3]],
                "words": [(word, 0.5) for word in text.split()],
                "names": [span] if text else [],
            }


class Draw(application.Application):
    """Measures the ink of an image."""

    name = "draw"
    inputs = (application.Image("image", drawn=True),)
    outputs = (
        application.Number("ink", format="{:.4f}"),
        application.Boxes("boxes"),
        application.Image("negative"),
    )

    def predict_batch(self, served, rows, config):
        from keras_dl import pipelines

        for row in rows:
            try:
                encoded = application.read_image_bytes(row["image"])
            except application.UserError as error:
                yield {"error": str(error)}
                continue
            image = pipelines.decode_image(encoded).numpy()
            box = {"label": "ink", "score": 0.5, "box": [2, 3, 20, 30]}
            yield {"ink": float(np.mean(image < 128)), "boxes": [box], "negative": 255 - image}


class Hear(application.Application):
    """Counts the bytes of a sound."""

    name = "hear"
    inputs = (application.Audio("sound"),)
    outputs = (application.Number("size", format="{} bytes"),)

    def predict_batch(self, served, rows, config):
        return [{"size": len(application.read_audio_bytes(row["sound"]))} for row in rows]


class Slide(application.Application):
    """Moves a point, step by step."""

    name = "slide"
    inputs = (
        application.Text("start"),
        application.Vector("way", "<i>how far</i>", size=3, at_least=-2, at_most=2),
    )
    outputs = (application.Vector("end", format="{:g}"),)
    demo_inputs = ("0 0 0",)

    def predict_batch(self, served, rows, config):
        for row in rows:
            start = map(float, row["start"].split())
            yield {"end": [sum(pair) for pair in zip(start, row["way"], strict=True)]}

    def plot(self, served, record):
        from matplotlib.figure import Figure

        return Figure(figsize=(2, 1)) if record["end"] else None

    def frames(self, served, row, config):
        for number in range(3):
            if "fail" in row["start"]:
                raise RuntimeError("lost")
            image = np.full((8, 8, 3), 100 * number, "uint8")
            scores = [("stay", -1.0), (SCRIPT, number / 2)]
            yield application.Frame(image, scores, "stay", f"step {number} {SCRIPT}", 0.01)


def ready(kind, directory, **attributes):
    """Returns an application with a shipped model, an image or sound as demo input, and a card."""
    import PIL.Image

    app = kind()
    app.shipped = directory / app.name
    app.shipped.mkdir()
    (app.shipped / "saved_model.pb").touch()
    card = f"# it\n\n## Scores\n\n{SCRIPT} ![x](http://127.0.0.2/a.png)\n\n## License\n\nany"
    (app.shipped / "README.md").write_text(card, "utf-8")
    if kind is Draw:
        PIL.Image.new("RGB", (60, 40), "white").save(directory / "white.png")
        app.demo_inputs = (str(directory / "white.png"),)
    if kind is Hear:
        (directory / "sound.wav").write_bytes(wav(1))
        app.demo_inputs = (str(directory / "sound.wav"),)
    return app


def wav(seconds, rate=8000):
    """Returns the bytes of a WAV file of 8 bits with a square wave."""
    import io
    import wave

    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(1)
        writer.setframerate(rate)
        writer.writeframes((b"\x60" * 10 + b"\xa0" * 10) * (seconds * rate // 20))
    return file.getvalue()
