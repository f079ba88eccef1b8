"""Exports the network of every shipped model for ONNX and LiteRT, and prints the differences.

    pip install -e '.[onnx, litert, atari]'
    python benchmarks/networks.py [--formats onnx litert]

Each file is run in its runtime on random inputs, and compared with the model. The difference is
relative to the largest value of an output. Recurrent models have a fixed number of time steps.
"""

import argparse
import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
STEPS, PIXELS = 12, 64


def main():
    """Prints a line for each model and format."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--formats", nargs="+", default=["onnx", "litert"])
    formats = parser.parse_args().formats
    from apps import APPLICATIONS
    from keras_dl.application.commands import trained_of_saved_model

    written = dict.fromkeys(formats, 0)
    models = [(app, path) for app in APPLICATIONS for path in app.models]
    for app, path in models:
        network = app.network(trained_of_saved_model(app, path).model)
        for format in formats:
            text = exported(network, format)
            written[format] += not text.startswith("refused")
            print(f"{path.name:12}{format:8}{text}", flush=True)
    print(f"{written} of {len(models)}")


def exported(network, format):
    """Returns a line about one export."""
    from keras_dl import export

    shapes = [each.shape for each in getattr(network, "inputs", None) or ()]
    free = [size is None for shape in shapes for size in shape[1:]]
    is_image = any(len(shape) == 4 for shape in shapes)
    length = (PIXELS if is_image else STEPS) if any(free) else None
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, export.NETWORK_FILES[format])
        try:
            difference = export.export_network(network, path, format, length=length)
        except ValueError as error:
            return f"refused: {error}"
        kilobytes = path.stat().st_size // 1000
    seconds = time.perf_counter() - start
    return (
        f"length {length or '-':>4}  difference {difference:.0e}  {kilobytes} kB  {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
