"""quoth beside other frameworks: the same articles, model, questions and cores, in turns.

    make peers DATA=folder

`environments` installs the peers, `arms` says what is compared, `corpora` on what; `processes` runs
one worker (workers/NAME_worker.py) and measures it, `rounds` all of them in turns. `quality` scores
what they show, `ratios` says how sure a ratio is, `tables` writes benchmarks/PEERS.md.
"""
