// The article beside the answers: its text with the quotes marked, or a PDF's pages.

// Where there is room for the sources side by side, going back leaves it to them again.
function goBack() {
  if (matchMedia(WIDE).matches && find("#answer .newest .voices")) trigger("select", { close: true });
  const card = find('#answer [aria-current="true"]');
  (card ?? box()).focus();
  (card ?? find("#ask")).scrollIntoView({ block: "center", behavior: glide() });
}

// What is shown now, to be shown in another way.
function again(change) {
  const { shown, turn, start, end } = pane().dataset;
  const rank = pane().querySelector(".count .at")?.textContent ?? pane().dataset.rank;
  const asked = { source: shown, turn: Number(turn), ...change };
  if (Number(rank)) asked.rank = Number(rank);
  if (start && end) Object.assign(asked, { start: Number(start), end: Number(end) });
  trigger("select", asked);
}

onClick((target) => {
  const button = target.closest("button");
  if (!button) return;
  const { step: by, view, page } = button.dataset;
  if (by) step(Number(by));
  else if (view) again({ view });
  else if (page) again({ page: Number(page) });
  else if (button.matches(".back")) goBack();
});
watch("value", () => scrollToMark("auto", pane()?.dataset.follow === "yes"));
