"""Adds to the wheel what `setup.cfg` cannot: the applications, and a description without links."""

import pathlib
import re
import shutil

import setuptools
from setuptools.command.build_py import build_py


class BuildWithApplications(build_py):
    """Copies the applications to a directory from which only the command `keras-dl` imports.

    As a top-level package of the wheel, `apps` could hide the `apps` of another project.
    """

    def run(self):
        """Builds the package, then adds the applications."""
        super().run()
        if not self.editable_mode:
            target = pathlib.Path(self.build_lib, "keras_dl_apps", "apps")
            shutil.rmtree(target, ignore_errors=True)
            ignored = shutil.ignore_patterns("__pycache__", "*.py[cod]")
            shutil.copytree("apps", target, ignore=ignored)


def description(readme):
    """Returns the README without images, and without links to files that the wheel lacks."""
    paragraphs = [each for each in readme.split("\n\n") if "![" not in each]
    return re.sub(r"\[([^\]]*)\]\((?!https?:)[^)]*\)", r"\1", "\n\n".join(paragraphs))


setuptools.setup(
    cmdclass={"build_py": BuildWithApplications},
    long_description=description(pathlib.Path("README.md").read_text("utf-8")),
    long_description_content_type="text/markdown",
)
