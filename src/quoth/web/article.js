// The article beside the answers: its text with the quotes marked, or a PDF's pages.

// Where there is room for the sources side by side, going back leaves it to them again.
function goBack() {
  if (matchMedia(WIDE).matches && find("#answer .newest .voices")) send({ close: true });
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
  send(asked);
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

// Words of the article that are marked can be judged to answer the newest question.
const answers = document.createElement("button");
Object.assign(answers, { type: "button", className: "these-words", textContent: "These words answer" });
let marked = null; // where they stand, in code points of the article

const points = (text) => [...text].length;
function markedPlace() {
  const text = pane()?.querySelector(".text");
  const selection = getSelection();
  if (!text || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return null;
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const start = points(before.toString());
  return { start, end: start + points(range.toString()) };
}

document.addEventListener("selectionchange", () => {
  const turn = Number(find("#answer .newest")?.dataset.turn);
  marked = turn && find(".judge") ? markedPlace() : null;
  if (marked) {
    Object.assign(marked, { turn, source: pane().dataset.shown });
    pane().append(answers);
  } else answers.remove();
});
answers.addEventListener("mousedown", (event) => event.preventDefault()); // or nothing is marked
answers.addEventListener("click", () => {
  send({ judge: "right", ...marked });
  getSelection().removeAllRanges();
});
