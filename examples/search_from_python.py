"""Search from another program: python examples/search_from_python.py [INDEX]"""

import sys

import quoth

# The index that `quoth build` made.
with quoth.Index.open(sys.argv[1] if len(sys.argv) > 1 else "index") as index:
    # The five passages nearest to the question, by meaning and by words.
    for hit in quoth.Retriever(index).search("Who supplies drones?", k=5):
        # Where it stands, in characters of the article, and how it begins.
        print(f"{hit.rank}. {hit.source} {hit.start}-{hit.end}  {hit.score:.2f}  {hit.title}")
        print(f"   {' '.join(hit.text.split())[:90]} …")
