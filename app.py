"""Starts the browser app over index/: `python app.py`, `PORT=8000 python app.py`.

Further arguments are those of `quoth serve`: `python app.py --auth accounts`.
"""

import os
import sys

from quoth.cli import main

if __name__ == "__main__":
    port = os.environ.get("PORT", "7860")
    raise SystemExit(main(["serve", "--port", port, *sys.argv[1:]]))
