// Runs once for the list of articles, with Gradio's `element`, `trigger` and `watch`.
// The list is filled by stock_html.py, whose attributes say what a click does.

let acted = false; // whether the list changes because of something in it
let going = []; // the sources that are to be removed once that is confirmed

const boxes = () => [...element.querySelectorAll('.stock-list input[type="checkbox"]')];
const number = () => Number(element.querySelector(".stock").dataset.number);

function tell(event, what) {
  acted = true;
  trigger(event, what);
}

function confirmRemoval(sources, name) {
  going = sources;
  const dialog = element.querySelector("dialog");
  const what = name === undefined ? `${sources.length} articles` : `“${name}”`;
  dialog.querySelector("h3").textContent = `Remove ${what}?`;
  dialog.returnValue = "keep";
  dialog.onclose = () => {
    if (dialog.returnValue === "remove") tell("submit", { sources: going, page: number() });
  };
  dialog.showModal();
}

function showChosen() {
  const chosen = boxes().filter((box) => box.checked);
  const button = element.querySelector(".remove-chosen");
  button.disabled = chosen.length === 0;
  button.textContent = chosen.length ? `Remove ${chosen.length} chosen` : "Remove the chosen";
  const all = element.querySelector(".all");
  all.checked = chosen.length === boxes().length;
  all.indeterminate = chosen.length > 0 && !all.checked;
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { page, remove, only, title } = button.dataset;
  if (page) tell("select", { page: Number(page) });
  else if (only !== undefined) trigger("like", { only });
  else if (remove !== undefined) confirmRemoval([remove], title);
  else if (button.matches(".remove-chosen")) {
    confirmRemoval(boxes().filter((box) => box.checked).map((box) => box.value));
  }
});
element.addEventListener("change", (event) => {
  if (event.target.matches(".all")) {
    boxes().forEach((box) => (box.checked = event.target.checked));
  }
  if (event.target.matches('input[type="checkbox"]')) showChosen();
});
watch("value", () => {
  if (acted) element.querySelector(".stock-head").focus();
  acted = false;
});
