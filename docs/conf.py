"""How `make docs` makes a site of these pages: sphinx-build -c docs . build/docs

The source folder is the whole checkout, so that links from one page to another lead where they lead
on a code host, benchmarks and training included. A new page in docs/ is in the site, and in its
navigation, without a change here; to give it a place of its own, name it in NAVIGATION.
"""

from pathlib import Path

ROOT = Path(__file__).parent.parent

NAVIGATION = {
    "Start": ["tour", "how-it-works", "measured", "limits"],
    "Use": ["library", "conversations", "voices", "evaluation", "commands", "python-api"],
    "From other programs": ["python", "adapters", "services", "language-model"],
    "Serve": ["serving", "deploying", "security", "scale"],
}
"""Heading → pages, in order; those that are not there are left out."""

project = "quoth"
extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = [
    "docs/*.md",
    "README.md",
    "CHANGELOG.md",
    "benchmarks/*.md",
    "training/README.md",
    "src/quoth/reading/reader.md",
]
exclude_patterns = [".*", "build", "dist", "index", "test-output", "**/node_modules"]
html_theme = "furo"  # light and dark; its fonts are the reader's own, nothing comes from elsewhere
html_title = "quoth"
html_use_index = html_copy_source = html_show_sourcelink = html_show_copyright = False
html_additional_pages = {"index": "to-the-first-page.html"}
templates_path = ["site"]
myst_heading_anchors = 6
highlight_language = "none"
# Data and signatures are shown as they are, whatever the colours think of them.
suppress_warnings = ["misc.highlighting_failure", "myst.header"]


def add_navigation(_: object, name: str, source: list[str]) -> None:
    """Adds to the first page what only the site needs: the tree of all pages."""
    if name == root_doc:
        source[0] += "\n".join(map(tree, trees().items()))


def trees() -> dict[str, list[str]]:
    """Heading → pages that are there; pages that NAVIGATION does not name come last."""
    there = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"}
    named = {
        heading: [page for page in pages if page in there] for heading, pages in NAVIGATION.items()
    }
    others = there.difference(*named.values())
    figures = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.md"))
    more = ["README </README>", "/CHANGELOG", "/training/README", "/src/quoth/reading/reader"]
    more += [f"Figures: {name.lower()} </benchmarks/{name}>" for name in figures]
    return {**named, "More": [*sorted(others), *more]}


def tree(part: tuple[str, list[str]]) -> str:
    heading, pages = part
    return f"\n```{{toctree}}\n:hidden:\n:caption: {heading}\n\n" + "\n".join(pages) + "\n```\n"


def setup(app: object) -> None:
    app.connect("source-read", add_navigation)  # type: ignore[attr-defined]
