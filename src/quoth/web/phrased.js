// What a language model made of the quotes goes to the place that the answer keeps for it, if it
// is still the answer that is shown.

watch("value", () => {
  const made = element.querySelector("[data-phrased]");
  const place = find(`#answer .waiting[data-phrase="${made?.dataset.phrased}"]`);
  if (!place) return;
  place.classList.remove("waiting");
  place.replaceChildren(...made.cloneNode(true).childNodes);
});
