"""Text → blocks: headings, paragraphs, items, rows and code, as slices; nothing is changed.

`plain` reads the shape of plain text's lines, `markdown` the marks of Markdown.
"""

from quoth.blocks.markdown import front_matter, markdown_blocks
from quoth.blocks.plain import plain_blocks

__all__ = ["front_matter", "markdown_blocks", "plain_blocks"]
