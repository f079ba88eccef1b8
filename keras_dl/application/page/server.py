"""Server of the page, on this machine only."""

import os
import socket
import tempfile
import threading
from collections.abc import Sequence
from typing import Any

import gradio as gr

from keras_dl.application.application import Application
from keras_dl.application.errors import UserError
from keras_dl.application.page.guard import MOST_BYTES, Guard
from keras_dl.application.page.models import import_commands
from keras_dl.application.page.tabs import build

_HOST = "127.0.0.1"
_MOST_PIXELS = 50_000_000  # as in `pipelines.decode_image`
_STYLE = """
.label textarea { font-size: 1.3em }
.status, .status textarea { border: none !important; background: none !important;
  box-shadow: none !important; padding: 0 !important; color: var(--body-text-color) !important }
.failed textarea { color: var(--error-text-color) !important; font-weight: bold }
.command .cm-editor { height: auto !important; max-height: 8em }
.command .cm-gutters { min-height: 0 !important }
.token .text { white-space: pre-wrap }
.token.highlighted { color: var(--body-text-color) !important }
input[type=range]::-webkit-slider-thumb { outline: 1px solid #8888 }
input[type=range]::-moz-range-thumb { outline: 1px solid #8888 }
.bars, .bars tr { width: 100%; border: none !important; margin-top: .3em }
.bars th, .bars td { padding: .15em .4em !important; border: none !important; width: 1%;
  white-space: nowrap; text-align: left; font-weight: normal }
.bars th { max-width: 14em; overflow: hidden; text-overflow: ellipsis }
.bars td:last-child { text-align: right; font-variant-numeric: tabular-nums }
.bars td.bar { width: auto; min-width: 4em; background: linear-gradient(#8883, #8883) content-box
  center / 100% .8em no-repeat }
.bars .chosen { font-weight: bold }
.bars .chosen th { font-weight: bold }
.bars .above, .bars .below { height: .8em; border-radius: 2px; background: #3b82f6 }
.bars .below, .bars .chosen .above, .bars .chosen .below { background: #f97316 }
.watched { display: flex; flex-wrap: wrap; gap: 1em; align-items: flex-start }
.watched .screen { margin: 0; flex: 1 1 200px; text-align: center }
.watched img { max-width: 100%; max-height: 420px; min-height: 210px; margin: 0 auto }
.watched .bars { flex: 1 1 200px; width: auto }
.card { font-size: .9em; overflow: auto }
.card code { display: inline !important; white-space: pre-wrap !important; overflow-wrap: anywhere }
.card td code, .card th code { font-size: .95em; white-space: normal !important }
.card td, .card th { padding: .3em .5em !important; overflow-wrap: normal; word-break: normal }
@media (min-width: 720px) { .card { max-height: 80vh } }
@media (max-width: 719px) {
  .card table { font-size: .75em }
  .card td, .card th { padding: .2em .3em !important }
}
"""


def serve(applications: Sequence[Application], port: int) -> None:
    """Serves the page until the program is interrupted.

    Args:
        applications: the applications.
        port: int. Port on 127.0.0.1.

    Raises:
        UserError: if the port cannot be used.
        KeyboardInterrupt: after Ctrl-C.
    """
    with tempfile.TemporaryDirectory() as uploads:
        os.environ["GRADIO_TEMP_DIR"] = uploads
        page = launch(applications, port)
        print(f"http://{_HOST}:{port} shows the page. Press Ctrl-C to stop.", flush=True)
        threading.Thread(target=import_commands, daemon=True).start()
        try:
            threading.Event().wait()
        finally:
            page.close(verbose=False)


def launch(applications: Sequence[Application], port: int) -> gr.Blocks:
    """Starts the server in a thread and returns the page, whose method `close` stops it.

    Args:
        applications: the applications.
        port: int. Port on 127.0.0.1.

    Raises:
        UserError: if the port cannot be used.
    """
    import PIL.Image

    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            free.bind((_HOST, port))
        except OSError as error:
            raise UserError(
                f"--port {port} cannot be used: {error.strerror}. Choose another port."
            ) from error
    PIL.Image.MAX_IMAGE_PIXELS = _MOST_PIXELS // 2  # it refuses images of twice this size
    page = build(applications, f"http://{_HOST}:{port}")
    fonts: Any = {"font": ["system-ui", "sans-serif"], "font_mono": ["ui-monospace", "monospace"]}
    page.launch(
        server_name=_HOST,
        server_port=port,
        share=False,
        prevent_thread_lock=True,
        quiet=True,
        show_error=True,
        ssr_mode=False,
        run_history=False,
        enable_monitoring=False,
        footer_links=[],
        max_file_size=MOST_BYTES,
        theme=gr.themes.Default(primary_hue="blue", **fonts).set(
            body_text_color_subdued="*neutral_500"  # the default is too pale to read on white
        ),
        css=_STYLE,
        app_kwargs={"middleware": [Guard.for_port(port)]},
    )
    return page
