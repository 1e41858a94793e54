"""How good a ranking of passages is, by `ir_measures` (MacAvaney et al. 2022)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

CUTS = (1, 3, 5, 10, 20)


def rankings(
    ranked: Mapping[str, Sequence[str]], relevant: Mapping[str, frozenset[str]]
) -> dict[str, dict[str, float]]:
    """Question → metric → value, 0 to 1, for each question of `relevant`.

    Of a question with nothing relevant all are 0: what it asks for stands in no article.

    recall@k: the share of what is relevant among the first k. hit@k: whether any is. mrr: one
    over the rank of the first (Voorhees 1999). ndcg@10: gain with a logarithmic discount, binary
    (Järvelin and Kekäläinen 2002). map: mean precision at each relevant one.
    """
    import ir_measures
    from ir_measures import AP, RR, R, Success, nDCG

    names = {nDCG @ 10: "ndcg@10", RR: "mrr", AP: "map"}
    for k in CUTS:
        names |= {R @ k: f"recall@{k}", Success @ k: f"hit@{k}"}
    judged = [
        ir_measures.Qrel(question, name, 1)
        for question, wanted in relevant.items()
        for name in sorted(wanted)
    ]
    run = [
        ir_measures.ScoredDoc(question, name, -place)
        for question in relevant
        for place, name in enumerate(ranked.get(question, ()))
    ]
    found: dict[str, dict[str, float]] = {
        question: dict.fromkeys(sorted(names.values()), 0.0)  # nothing found scores nothing
        for question in relevant
    }
    for one in ir_measures.iter_calc(list(names), judged, run):
        found[one.query_id][names[one.measure]] = float(one.value)
    return found
