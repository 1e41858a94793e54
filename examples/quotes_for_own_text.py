"""Quotes for any text, without an index: python examples/quotes_for_own_text.py"""

import quoth

text = """Our shop opened in 1987. You may bring goods back within two weeks, if you kept the
receipt. We also repair umbrellas."""

# The packaged embedding model; loading it takes longest, so do it once.
reader = quoth.EmbeddingReader(quoth.load_embedder())
found = reader.extract("How long can I return a purchase?", text)
print(f"relevance {found.relevance:.2f}")
# Whole sentences, in order of place: text[span.start:span.end] == span.text.
for span in found.spans:
    print(f"{span.start}-{span.end}  {span.score:.2f}  {' '.join(span.text.split())}")
