// Runs once for each part of the Ask tab that is filled with HTML, before the part's own script,
// with Gradio's `element`, `trigger` and `watch`. What the attributes say is told in render.py.

const WIDE = "(min-width: 60rem)"; // as in frame.css: the article stands beside the answer
const find = (selector) => document.querySelector(selector);
const pane = () => find("#article .pane");
const box = () => find("#question textarea, #question input");
const glide = () =>
  matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";

// Until the server says more. That ends where nothing comes: asking.css lets it run out.
const busy = (is) => find("#asking").toggleAttribute("data-busy", is);

// One thing at a time is told to the server, in turn, but of articles that wait to be shown only the
// last. (Gradio's "once" would lose what comes meanwhile, its "always_last" tell the first again.)
const clicks = (window.clicks ??= { now: null, next: [] });
window.clicked = () => {
  clicks.now = null;
  clicks.next.shift()?.();
};

function send(asked) {
  const name = JSON.stringify(asked);
  if (name === clicks.now) return; // a double click
  const go = () => {
    clicks.now = name;
    trigger("select", asked);
  };
  go.shows = "source" in asked && !("judge" in asked);
  if (clicks.now === null) go();
  else clicks.next = [...clicks.next.filter((one) => !(one.shows && go.shows)), go];
}

function scrollToMark(behavior, follow) {
  const chosen = pane();
  if (!chosen) return; // not laid out yet
  const mark = chosen.querySelector("mark.chosen, .mark.chosen");
  if (matchMedia(WIDE).matches) {
    const offset = mark
      ? mark.getBoundingClientRect().top - chosen.getBoundingClientRect().top
      : -chosen.scrollTop;
    const above = mark ? chosen.clientHeight / 3 : 0;
    chosen.scrollTo({ top: chosen.scrollTop + offset - above, behavior });
  } else if (follow) {
    (mark ?? chosen).scrollIntoView({ block: mark ? "center" : "start", behavior });
    chosen.focus({ preventScroll: true });
  }
}

// A quote that is marked in the pane already: no need to ask the server.
function chooseHere(rank) {
  const marks = [...pane().querySelectorAll("[data-ranks]")];
  const own = marks.filter((mark) => mark.dataset.ranks.split(" ").includes(rank));
  if (own.length === 0) return false;
  marks.forEach((mark) => mark.classList.toggle("chosen", own.includes(mark)));
  const count = pane().querySelector(".count .at");
  if (count) count.textContent = rank;
  scrollToMark(glide(), true);
  return true;
}

function choose(card) {
  const { turn, rank, source } = card.dataset;
  find("#answer").querySelectorAll(".choose").forEach((other) => {
    other.setAttribute("aria-current", String(other === card));
  });
  const { shown, turn: shownTurn, view } = pane().dataset;
  const same = shown === source;
  if (!same || shownTurn !== turn || !chooseHere(rank)) {
    const asked = { turn: Number(turn), rank: Number(rank), source };
    send(same && view ? { ...asked, view } : asked);
  }
}

// From one quote of the shown answer to the next, or the one before; round at the ends.
function step(by) {
  const turn = pane().dataset.turn || find("#answer .newest")?.dataset.turn;
  const cards = [...document.querySelectorAll(`#answer .choose[data-turn="${turn}"]`)];
  if (cards.length === 0) return;
  const now = cards.findIndex((card) => card.getAttribute("aria-current") === "true");
  const from = now < 0 && by < 0 ? 0 : now;
  const card = cards[(from + by + cards.length) % cards.length];
  if (document.activeElement?.matches("#answer .choose")) card.focus();
  if (matchMedia(WIDE).matches) card.scrollIntoView({ block: "nearest", behavior: glide() });
  choose(card);
  say(card.getAttribute("aria-label"));
}

// Read out, for those who do not see what has changed.
function say(words) {
  let told = find("#told");
  if (!told) {
    told = document.createElement("div");
    told.id = "told";
    told.className = "hidden";
    told.setAttribute("role", "status");
    find("#asking").append(told);
  }
  told.textContent = words;
}

async function copy(button, text) {
  const label = button.querySelector("[aria-live]");
  const before = label.textContent;
  label.textContent = (await copyText(text)) ? "Copied" : "Not copied";
  if (before !== "Copied") setTimeout(() => (label.textContent = before), 2000);
}

// The clipboard is there on https and on this computer only; elsewhere select and copy.
async function copyText(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(() => true, () => false);
  }
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

// Clicks that only end a selection of words are none.
function onClick(act) {
  element.addEventListener("click", (event) => {
    const selecting = String(getSelection()) !== "" && event.detail > 0;
    if (!selecting || event.target.closest("button, a, summary")) act(event.target);
  });
}

// n and p, only while the focus is among the answers or in the article, never in a text box.
element.addEventListener("keydown", (event) => {
  const by = { n: 1, p: -1 }[event.key];
  const writing = event.target.matches("textarea, input, select");
  if (!by || writing || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  step(by);
});
