"""Reading: which passage answers a question, which sentence, and which words.

    reader = Reader()                                   # quoth's own network
    reader.read("When did it open?", "It is old. It opened in 1931.").spans[0].text
    load_reader("large")                                # a larger one over it
    load_reader("none")                                 # the embedding model's vectors alone
    load_reader("models/my-cross-encoder")              # a sentence-transformers CrossEncoder

`reader` runs `network` over the `layout` of a question and a text, `token_scores` reads what comes
out, `own` knows quoth's own networks, `embedding_reader` knows what costs no pass through a model,
`quoting` makes quotes of scored sentences, `extracting` reads texts without an index, `loading`
finds readers by name.
"""

from quoth.reading.embedding_reader import FEATURES, EmbeddingReader, IndexContext
from quoth.reading.extracting import Extract, ScoredSpan
from quoth.reading.loading import load_networks, load_reader, reader_fingerprint
from quoth.reading.own import Stage
from quoth.reading.quoting import log_odds, probability
from quoth.reading.reader import Reader
from quoth.reading.token_scores import NETWORK_FEATURES

__all__ = [
    "FEATURES",
    "NETWORK_FEATURES",
    "EmbeddingReader",
    "Extract",
    "IndexContext",
    "Reader",
    "ScoredSpan",
    "Stage",
    "load_networks",
    "load_reader",
    "log_odds",
    "probability",
    "reader_fingerprint",
]
