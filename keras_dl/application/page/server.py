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
.card { font-size: .9em; overflow-x: auto }
.card td, .card th { padding: .3em .5em !important; overflow-wrap: normal; word-break: normal }
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
        footer_links=["api"],
        max_file_size=MOST_BYTES,
        theme=gr.themes.Default(primary_hue="blue", **fonts),
        css=_STYLE,
        app_kwargs={"middleware": [Guard.for_port(port)]},
    )
    return page
