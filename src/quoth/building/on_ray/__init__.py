"""Files read, cut and embedded by the nodes of a Ray cluster; what they make is staged here.

    messages.py   what a node tells of files, as three plain columns
    worker.py     a node's side: files → messages, without Ray and without a store
    driver.py     a process of its own, the only one that imports Ray: items out, messages in
    process.py    starts it, and tells what it ended with
    receiving.py  stages what arrives, each file once

Only this side writes, so a build that is interrupted anywhere goes on where it stopped, as
without Ray. A node that is lost costs what it was at: its items go to others.
"""

from quoth.building.on_ray.receiving import read_there

__all__ = ["read_there"]
