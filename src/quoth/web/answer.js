// The conversation: cards, what can be asked, and the articles.

function ask(question, again) {
  busy(true);
  send(again ? { question, again: Number(again) } : { question });
}

// An empty question is told by the server.
function askTyped() {
  const typed = box().value;
  busy(typed.trim() !== "");
  send({ typed });
}

function judge(button) {
  const turn = button.closest("[data-turn]")?.dataset.turn;
  const rank = button.closest(".card")?.querySelector(".choose").dataset.rank;
  const { judge } = button.dataset;
  const others = (button.closest(".foot") ?? button.parentElement).querySelectorAll("[data-judge]");
  others.forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
  send({ judge, turn: Number(turn), rank: rank ? Number(rank) : null });
}

// The question as it was understood, to be put right.
function edit(button, is) {
  const part = button.closest(".understood");
  part.querySelector("p").hidden = is;
  const form = part.querySelector("form");
  form.hidden = !is;
  (is ? form.querySelector("textarea") : part.querySelector("[data-edit=yes]")).focus();
}

// From a language model's sentence to the card of the quote that it cites.
function cite(rank) {
  const card = element.querySelector(`.newest .choose[data-rank="${rank}"]`);
  if (!card) return;
  choose(card);
  card.scrollIntoView({ block: "nearest", behavior: glide() });
  card.focus({ preventScroll: true });
}

function act(target) {
  const control = target.closest("button, [role=button], summary, a, form");
  const one = control ?? target.closest(".card")?.querySelector(".choose");
  if (!one) return;
  const { copy: text, link, judge: judgement, question, again, source } = one.dataset;
  if (one.matches(".choose")) choose(one);
  else if (text) copy(one, text);
  else if (link) copy(one, new URL(link, location.origin + location.pathname).href);
  else if (judgement) judge(one);
  else if (question) ask(question, again);
  else if (source) send({ source });
  else if (one.dataset.edit) edit(one, one.dataset.edit === "yes");
  else if (one.dataset.cite) cite(one.dataset.cite);
  else if (one.dataset.new) send({ new: true });
}

function submit(form) {
  const question = form.querySelector("textarea").value;
  if (question.trim()) ask(question, form.dataset.again);
}

onClick(act);
element.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (target.matches(".choose") && ["Enter", " "].includes(key)) choose(target);
  else if (target.matches("form textarea") && key === "Enter" && !event.shiftKey)
    submit(target.closest("form"));
  else if (target.matches("form textarea") && key === "Escape") edit(target, false);
  else return;
  event.preventDefault();
});
element.addEventListener("submit", (event) => {
  event.preventDefault();
  submit(event.target);
});

// A new answer. Where what had the focus is gone, that goes to the question it answers.
watch("value", () => {
  busy(false);
  const waiting = element.querySelector(".phrasing.waiting");
  if (waiting) trigger("submit", { phrase: waiting.dataset.phrase });
  const top = find("#ask");
  if (top.getBoundingClientRect().top < 0) top.scrollIntoView({ behavior: glide() });
  if (document.activeElement === document.body) {
    (element.querySelector(".newest .asked") ?? box()).focus({ preventScroll: true });
  }
});
find("#ask").setAttribute("role", "search");
find("#ask").addEventListener("click", ({ target, detail }) => {
  if (target.closest("#ask-button") && detail < 2) askTyped(); // not on the second of two
});
find("#ask").addEventListener("keydown", (event) => {
  const { key, shiftKey, isComposing, repeat, target } = event;
  if (target === box() && key === "Enter" && !shiftKey && !isComposing && !repeat) askTyped();
});
