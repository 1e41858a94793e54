"""Everything that quoth raises on purpose.

    QuothError                 one line for the user: what, which value, what to do
    ├── UsageError             an argument that cannot be meant: empty question, k below 1
    ├── ArticleError           an article that cannot be read: missing, undecodable, malformed
    ├── PhrasingError          a language model that cannot be asked, or says nothing usable
    ├── ModelError             a model that is missing, damaged or of another shape
    ├── IndexMissingError      there is no index at that place
    ├── IndexMismatchError     an index made by another model or version of quoth
    ├── IndexDamagedError      an index whose contents contradict each other
    ├── IndexBusyError         another process is writing to it
    ├── EngineError            a vector engine that does not answer, or not fully
    ├── MissingExtraError      a framework that only an extra brings
    ├── ClusterError           a Ray cluster that is not there, was lost, or does not fit
    └── StorageError           the disk is full or may not be written

The command line prints the message and exits with 2.

QuothWarning is what `warnings.warn` is given where something is left out and the rest goes on.
"""

from __future__ import annotations


class QuothWarning(UserWarning):
    """Something was left out; one line that says what and what to do."""


class QuothError(Exception):
    """Base of all errors that quoth raises on purpose."""


class UsageError(QuothError, ValueError):
    """An argument that cannot be meant."""


class ArticleError(QuothError):
    """An article that cannot be read."""


class PhrasingError(QuothError):
    """A language model that cannot be asked, or whose reply is none; the quotes stand without."""


class ModelError(QuothError):
    """A model that is missing, damaged, or of another shape than the index."""


class IndexMissingError(QuothError):
    """There is no index at that place."""


class IndexMismatchError(QuothError):
    """An index made by another model or another version of quoth."""


class IndexDamagedError(QuothError):
    """An index whose contents contradict each other."""


class IndexBusyError(QuothError):
    """Another process is writing to the index."""


class EngineError(QuothError):
    """A vector engine that does not answer, or not fully."""


class StorageError(QuothError):
    """The disk is full, or may not be written."""


class MissingExtraError(QuothError, ImportError):
    """A framework is not installed; the extra that brings it is named."""


class ClusterError(QuothError):
    """A Ray cluster that cannot be used: not there, lost, or with another quoth or model."""
