"""Adds pages to the documentation site that are made of other files.

The start page is the README. Each application has a page of its README and the cards of its shipped
models. Each subpackage of `keras_dl` has a page of its public names. Links between these files
become links between pages; links to other files of the repository become plain text.
"""

import ast
import pathlib
import posixpath
import re
import sys

from mkdocs.structure.files import File

ROOT = pathlib.Path(__file__).parent.parent
GUIDES = (
    ("The page", "guides/page.md"),
    ("Your own data", "guides/own_data.md"),
    ("Training runs that resume", "guides/resume.md"),
    ("Export and serve", "guides/serving.md"),
    ("Requests for each shipped model", "guides/requests.md"),
    ("Write a layer", "guides/layer.md"),
    ("Write an application", "guides/application.md"),
    ("Several devices and machines", "guides/devices.md"),
    ("Mixed precision", "guides/mixed_precision.md"),
    ("What is in a card", "guides/cards.md"),
)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^(```.*?^```$)", re.M | re.S)


def on_config(config):
    """Sets the navigation, which lists all applications and subpackages."""
    sys.path.insert(0, str(ROOT))  # here: mkdocs restores the path after it has read this file
    import keras_dl
    from apps import APPLICATIONS

    names = sorted(app.name for app in APPLICATIONS)
    config.nav = [
        {"Start": "index.md"},
        {"Applications": [{name: _application_page(name)} for name in names]},
        {"Guides": [{title: page} for title, page in GUIDES]},
        {"The library by examples": "library.md"},
        {"Models for sequences": "sequences.md"},
        {"Reference": [{name: f"reference/{name}.md"} for name in sorted(keras_dl.__all__)]},
        {"Terms": "terms.md"},
        {"Contributing": "contributing.md"},
        {"Changes": "changelog.md"},
    ]
    return config


def on_files(files, config):
    """Adds the pages, and the images that they show."""
    for page, sources in _sources().items():
        text = "\n\n".join(_moved(source, page) for source in sources)
        files.append(File.generated(config, page, content=text))
    for image in sorted(_images()):
        files.append(File.generated(config, image, abs_src_path=str(ROOT / image)))
    for name in _subpackages():
        page = File.generated(config, f"reference/{name}.md", content=_reference(name))
        files.append(page)
    return files


def on_page_markdown(markdown, page, config, files):
    """Changes the links of a page that lies in `docs`."""
    source = f"docs/{page.file.src_uri}"
    return (
        _with_links(markdown, source, page.file.src_uri) if (ROOT / source).exists() else markdown
    )


def _application_page(name):
    return f"applications/{name}.md"


def _sources():
    """Returns the files that each page is made of, relative to the repository."""
    from apps import APPLICATIONS

    pages = {
        "index.md": ["README.md"],
        "contributing.md": ["CONTRIBUTING.md"],
        "changelog.md": ["CHANGELOG.md"],
    }
    for app in APPLICATIONS:
        cards = [f"saved_models/{model.name}/README.md" for model in app.models]
        pages[_application_page(app.name)] = [f"apps/{app.name}/README.md", *cards]
    return pages


def _page_of(source):
    """Returns the page that a file of the repository is on, or None."""
    if source.startswith("docs/"):
        return source.removeprefix("docs/")
    return next((page for page, sources in _sources().items() if source in sources), None)


def _moved(source, page):
    """Returns the Markdown of a file, with links that hold on the page."""
    text = (ROOT / source).read_text("utf-8")
    text = _with_links(text, source, page)
    if source.startswith("saved_models/"):
        text = _headings_lowered(text)
        text = re.sub(r"^## .*$", f"## {_title(source, page)}", text, count=1, flags=re.M)
    return text


def _title(card, page):
    """Returns the heading of a card on the page of its application."""
    name = pathlib.PurePosixPath(card).parent.name
    return "The shipped model" + ("" if page == _application_page(name) else f" {name}")


def _with_links(text, source, page):
    parts = _FENCE.split(re.sub(r"<!--.*?-->\n?", "", text))
    parts[::2] = [_LINK.sub(lambda link: _link(link, source, page), each) for each in parts[::2]]
    return "".join(parts)


def _link(link, source, page):
    bang, label, target = link.groups()
    if target.startswith(("http", "#", "mailto:")):
        return link.group()
    path, _, anchor = target.partition("#")
    file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    start = posixpath.dirname(page) or "."
    if bang:
        return f"![{label}]({posixpath.relpath(file.removeprefix('docs/'), start)})"
    other = _page_of(file)
    if other is None:
        return label
    if file.startswith("saved_models/"):
        anchor = anchor or _title(file, other).lower().replace(" ", "-")
    return f"[{label}]({posixpath.relpath(other, start)}{'#' + anchor if anchor else ''})"


def _headings_lowered(text):
    parts = _FENCE.split(text)
    parts[::2] = [re.sub(r"^#", "##", each, flags=re.M) for each in parts[::2]]
    return "".join(parts)


def _images():
    """Returns the images that the pages show, relative to the repository."""
    found = set()
    for sources in _sources().values():
        for source in sources:
            for bang, _, target in _LINK.findall((ROOT / source).read_text("utf-8")):
                if bang and not target.startswith("http"):
                    found.add(posixpath.normpath(posixpath.join(posixpath.dirname(source), target)))
    return {image for image in found if not image.startswith("docs/")}


def _subpackages():
    import keras_dl

    return keras_dl.__all__


def _reference(name):
    """Returns a page with all public names of a subpackage."""
    tree = ast.parse((ROOT / "keras_dl" / name / "__init__.py").read_text("utf-8"))
    (names,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"
    )
    entries = [f"::: keras_dl.{name}.{each}" for each in sorted(names, key=str.lower)]
    return "\n\n".join([f"# keras_dl.{name}", ast.get_docstring(tree), *entries])
