"""The lists of English words that the checks go by."""

from __future__ import annotations

from quoth.terms import STOP_WORDS

WEIGHTY = frozenset(
    """
    ago all always autumn best biggest certain certainly cheapest clearly confirmed definitely
    earliest early entire entirely evening every everybody everyone exclusively fastest first
    former formerly fully hardly highest illegal largest last late later latest longest lowest
    main majority midnight morning most mostly newest next night noon oldest only previous
    proved proven richest smallest sole solely spring strongest summer today tomorrow tonight
    undoubtedly weekend whole winter worst yesterday
    """.split()  # noqa: SIM905
)
"""Words that make another statement of it where they are put in."""

_OPENERS = frozenset(
    """
    according accordingly across additionally ago alongside already although always amid among
    analysts another apart around authorities away based because behind below besides beyond
    both citizens civilians commentators consequently countries critics currently depending
    despite due during each early eight either eleven else especially even eventually every
    everybody everyone everything evidence except experts few fewer fifteen fifty finally first
    firstly five following forces formerly forty four fourth fully further furthermore
    generally given half hence here historically however hundreds in including indeed
    individuals initially inside instead journalists just largely last lastly late later
    leaders least less likewise locals mainly many maybe meanwhile members men millions
    moreover mostly much namely near nearly neither never nevertheless next nine no nobody none
    nonetheless nor notably nothing now observers officials often once one only or originally
    other others otherwise out outside over overall participants particularly passengers past
    people per perhaps politicians possibly presumably previously primarily prior probably
    quite rather recently regarding reportedly reports researchers residents respectively
    results roughly scholars scientists second secondly seven several similarly since six
    soldiers some somebody someone something sometimes soon sources specifically still studies
    subsequently such supposedly ten then there therefore third thirdly thirty though thousands
    three thus today together tomorrow towards troops twelve twenty two typically ultimately
    under unless unlike until upon usually various versus via victims visitors whatever when
    whenever whereas wherever whether while whoever within without witnesses women workers yes
    yesterday yet
    """.split()  # noqa: SIM905 - a list of these is no easier to read
)
COMMON = STOP_WORDS | WEIGHTY | _OPENERS
"""Words that may open a sentence and are no names."""

_PAIRS = (
    "rose rise rises risen rising grew grow grows increase increased increases up gained"
    "|fell fall falls fallen falling shrank shrink decrease decreased decreases decline declined"
    " declines drop dropped drops down lost",
    "more higher larger bigger longer greater|fewer less lower smaller shorter",
    "before|after",
    "above over|below under",
    "north northern|south southern",
    "east eastern|west western",
    "left|right",
    "open opened opens opening|close closed closes closing shut",
    "begin began begins begun start started starts"
    "|end ended ends stop stopped stops finish finished finishes",
    "win won wins winning|lose lost loses losing",
    "buy bought buys buying|sell sold sells selling",
    "import imports imported|export exports exported",
    "ally allies|enemy enemies foe foes",
    "support supported supports supporting|oppose opposed opposes opposing",
    "accept accepted accepts|reject rejected rejects refused",
    "confirm confirmed confirms|deny denied denies",
    "allow allowed allows legal|forbid forbidden banned ban bans prohibit prohibited illegal",
    "safe|dangerous unsafe",
    "strong stronger strengthen strengthened|weak weaker weaken weakened",
    "success succeeded succeed successful|failure failed fail fails",
    "old older|new newer young",
    "alive survived survive lived|dead died killed die",
    "always|never",
    "first|last",
    "maximum|minimum",
    "public|private secret",
    "hot|cold",
    "good better best|bad worse worst",
    "early earlier|late later",
    "rich|poor",
    "arrive arrived|depart departed",
    "join joined joins|leave left leaves",
    "guilty|innocent acquitted",
    "true|false untrue",
)
OPPOSITES = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, _, other in (pair.partition("|") for pair in _PAIRS)
)
"""Words that turn a statement round if one stands for the other: one way, the other way."""

QUANTITIES = frozenset(
    """
    billion billions both couple double doubled dozen dozens eighth eleventh few fifth first fourth
    half hundred hundreds many million millions ninth once pair quarter second seventh several sixth
    tenth third thousand thousands thrice trillion trillions triple tripled twelfth twice
    """.split()  # noqa: SIM905
)
"""Words that number something and are no amounts."""
