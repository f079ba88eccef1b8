"""Runs `python -m apps [NAME [COMMAND]] [inputs] [flags]`."""

import sys

from apps import APPLICATIONS
from keras_dl.application.command_line import main

if __name__ == "__main__":
    sys.exit(main(APPLICATIONS, sys.argv[1:], "python -m apps"))
