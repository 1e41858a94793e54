"""Text → blocks: headings, paragraphs, items, rows and code, as slices; nothing is changed.

`plain` reads the shape of plain text's lines, `markdown` the marks of Markdown. For formats
whose files are no text, `writer` collects parts of a tree and `parts` lays them out as text.
"""

from quoth.blocks.markdown import front_matter, markdown_blocks
from quoth.blocks.parts import Part, joined
from quoth.blocks.plain import plain_blocks
from quoth.blocks.writer import PartWriter

__all__ = ["Part", "PartWriter", "front_matter", "joined", "markdown_blocks", "plain_blocks"]
