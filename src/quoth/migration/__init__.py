"""An index moved to another engine, another store, or both, without embedding anything again.

copying.py   articles, passages and vectors from one store to another
recall.py    whether another engine finds what the old one found
moving.py    `migrate`
"""

from quoth.migration.moving import LEAST_RECALL, Migrated, migrate

__all__ = ["LEAST_RECALL", "Migrated", "migrate"]
