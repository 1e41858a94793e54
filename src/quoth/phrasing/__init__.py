"""A language model's words on the quotes, if the user has one; each sentence checked, or struck.

`address` says where it is and with which key, `requesting` makes one request of it, `asking` says
what is asked and reads the reply; nothing else here reaches for the network. `sentences` takes
the reply apart, `checking` strikes what the cited quotes do not hold: `figures` knows numbers and
dates, `names` names, `wording` the rest. `phraser` puts them together.
"""

from quoth.phrasing.address import KEY
from quoth.phrasing.checking import checked
from quoth.phrasing.phraser import SECONDS, Phraser, shown_quotes
from quoth.phrasing.sentences import citations

__all__ = ["KEY", "SECONDS", "Phraser", "checked", "citations", "shown_quotes"]
