"""Vectors and words in a Milvus server, which any number of machines may share.

One collection holds one row for each passage; the store stays the truth, of which a collection can
be remade. `server` reaches Milvus, `collection` is one collection there, `vectors` and `words`
search it as FAISS and tantivy are searched, `whole` is why no answer is a part of one, `held` says
which rows a state of the store has, `consistency` how new a search has to be.
"""
