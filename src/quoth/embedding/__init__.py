"""Embedding models: texts → vectors of length 1.

    embedder = load_embedder()                            # the packaged all-MiniLM-L6-v2
    embedder = load_embedder("models/my-model")           # any sentence-transformers model
    embedder.embed_questions(["Who supplies drones?"])    # (1, 384)

`files` finds a model and its hashes, `prompts` what it was trained to read before a text,
`conversion` prepares it once, `runtime` runs it, `embedder` puts these together.
"""

from quoth.embedding.embedder import load_embedder

__all__ = ["load_embedder"]
