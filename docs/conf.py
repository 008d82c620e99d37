"""Sphinx makes the site of these pages: `make docs`."""

import posixpath
import re
import tomllib
from pathlib import Path

from sphinx.application import Sphinx

DOCS = Path(__file__).parent
ROOT = DOCS.parent

project = "Referral gateway"
release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

extensions = ["myst_parser"]
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = f"{project} {release}"
html_copy_source = False
# Read from the pages while somebody searches, which browsers refuse to pages on a disk.
html_show_search_summary = False

_INCLUDED = re.compile(r"^<!-- include (\S+) -->$", re.MULTILINE)
_LINK = re.compile(r"(\]\()(?!\w+:|#)([^)#\s]+)")
# Files outside of this folder that are shown by a page in it.
_PAGES = {"../README.md": "index.md", "../CHANGELOG.md": "changelog.md"}


def setup(app: Sphinx) -> None:
    """Have pages include files from outside of this folder."""
    app.connect("source-read", _include)


def _include(_: Sphinx, __: str, source: list[str]) -> None:
    """Put the text of a file in the place of the comment that names it, a level
    of headings lower within a page; and lead links to such files to their pages."""

    def text_of(comment: re.Match[str]) -> str:
        text = _text_of(comment[1])
        return re.sub(r"^#", "##", text, flags=re.MULTILINE) if comment.start() else text

    text = _INCLUDED.sub(text_of, source[0])
    source[0] = _LINK.sub(lambda link: link[1] + _PAGES.get(link[2], link[2]), text)


def _text_of(file: str) -> str:
    path = ROOT / file
    if not path.exists():
        return f"*`{file}` is not there yet.*"
    text = path.read_text(encoding="utf-8")
    return _LINK.sub(lambda link: link[1] + _from_here(link[2], posixpath.dirname(file)), text)


def _from_here(link: str, folder: str) -> str:
    """A link in a file of a folder, as it must be in a page of this one."""
    return posixpath.relpath(posixpath.join(folder, link), DOCS.name)
