"""A process that knows TensorFlow and nothing of ours, in which exports are reloaded.

`keras_dl.export` starts such a process for each export, which costs seconds. Tests that export for
another reason than to test exports share one.
"""

import json
import pathlib
import runpy
import subprocess
import sys

RELOAD = pathlib.Path(__file__).parents[1] / "keras_dl" / "export" / "reload.py"


class ReloadServer:
    """Takes the place of the process that an export starts. Use it as a context manager."""

    def __enter__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self

    def __exit__(self, *exception):
        self._process.communicate()

    def run(self, command, **options):
        """Does what `subprocess.run` does for the command that `keras_dl.export` runs."""
        paths = list(map(str, command[-3:]))
        print(json.dumps(paths), file=self._process.stdin, flush=True)
        said = self._process.stdout.readline()
        return subprocess.CompletedProcess(command, said != "done\n", "", said)


def _serve():
    run = runpy.run_path(str(RELOAD))["run"]
    for line in sys.stdin:
        try:
            run(*json.loads(line))
            print("done", flush=True)
        except BaseException as error:
            print(repr(error).replace("\n", " "), flush=True)


if __name__ == "__main__":
    _serve()
