"""quoth inside other frameworks: their own retrievers, over an index of quoth's.

    from quoth.adapters.langchain import QuothRetriever      # pip install 'quoth[langchain]'
    from quoth.adapters.llama_index import QuothRetriever    # pip install 'quoth[llama-index]'
    from quoth.adapters.haystack import QuothRetriever       # pip install 'quoth[haystack]'

Each module imports its framework, and is itself imported only on use. `library` opens the index for
all of them, `metadata` says what they put beside a text, `conditions` reads their filters.
"""
