"""A page in the browser on which every shipped model can be tried.

Widgets are chosen by the types of the fields that applications declare. Importing this package
needs the extra `page` (Gradio).
"""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # Gradio reads it when it is imported

from keras_dl.application.page.server import launch, serve
from keras_dl.application.page.tabs import build

__all__ = ["build", "launch", "serve"]
