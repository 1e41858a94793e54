// Runs once for each part of the page, with Gradio's `element`, `trigger` and `watch`.
// The parts are filled by render.py, whose attributes say what a click does.

const WIDE = "(min-width: 60rem)"; // as in style.css: the article stands beside the answer
const pane = () => document.querySelector("#article .pane");
const glide = () =>
  matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";

function scrollToMark(behavior, follow) {
  const chosen = pane();
  const mark = chosen?.querySelector("mark.chosen");
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

// A quote of the article that is shown already: no need to ask the server.
function chooseHere(rank) {
  const marks = [...pane().querySelectorAll("mark")];
  const own = marks.filter((mark) => mark.dataset.ranks.split(" ").includes(rank));
  if (own.length === 0) return false;
  marks.forEach((mark) => mark.classList.toggle("chosen", own.includes(mark)));
  scrollToMark(glide(), true);
  return true;
}

function choose(card) {
  const { rank, source } = card.dataset;
  element.querySelectorAll(".choose").forEach((other) => {
    other.setAttribute("aria-current", String(other === card));
  });
  if (pane().dataset.shown !== source || !chooseHere(rank)) {
    trigger("select", { source, rank: Number(rank) });
  }
}

async function copy(button) {
  const label = button.querySelector("[aria-live]");
  const done = await copyText(button.dataset.copy);
  label.textContent = done ? "Copied" : "Not copied";
  setTimeout(() => (label.textContent = "Copy"), 2000);
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

function judge(button) {
  const rank = button.closest(".card")?.querySelector(".choose").dataset.rank;
  trigger("select", { judge: button.dataset.judge, rank: rank ? Number(rank) : null });
}

function goBack() {
  const card = document.querySelector('#answer [aria-current="true"]');
  (card ?? document.querySelector("#question textarea, #question input")).focus();
  (card ?? document.querySelector("#ask")).scrollIntoView({ block: "center", behavior: glide() });
}

function act(target) {
  const control = target.closest("button, [role=button]");
  const card = control ?? target.closest(".card")?.querySelector(".choose");
  if (!card) return;
  if (card.matches(".choose")) choose(card);
  else if (card.dataset.copy) copy(card);
  else if (card.dataset.judge) judge(card);
  else if (card.dataset.question) trigger("select", { question: card.dataset.question });
  else if (card.dataset.source) trigger("select", { source: card.dataset.source });
  else if (card.matches(".back")) goBack();
}

element.addEventListener("click", (event) => {
  const selecting = String(getSelection()) !== "" && event.detail > 0;
  if (!selecting || event.target.closest("button")) act(event.target);
});
element.addEventListener("keydown", (event) => {
  if (!event.target.matches(".choose") || !["Enter", " "].includes(event.key)) return;
  event.preventDefault();
  choose(event.target);
});
watch("value", () => {
  if (element.contains(pane())) {
    scrollToMark("auto", pane().dataset.follow === "yes");
  } else if (document.querySelector("#ask").getBoundingClientRect().top < 0) {
    document.querySelector("#ask").scrollIntoView({ behavior: glide() });
  }
});
document.querySelector("#ask").setAttribute("role", "search");
