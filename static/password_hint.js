// Tells how far a new password has come while it is typed. It looks at the length and at what is plainly too regular; no word
// leaves the page, and the server judges. Without script there is only the hint above the field.
const told = document.currentScript.dataset;
// As the server counts: code points of the composed form.
const pointsOf = (text) => Array.from(text.normalize("NFC"));
const isRegular = (points) => {
  const steps = points.filter((point, at) => at > 0 && Math.abs(point.codePointAt(0) - points[at - 1].codePointAt(0)) < 2);
  return new Set(points).size < 6 || steps.length > points.length / 2;
};
for (const field of document.querySelectorAll("input[data-least]")) {
  const least = Number(field.dataset.least);
  const name = () => (field.form.querySelector('input[autocomplete~="username"]')?.value ?? "").toLowerCase();
  const isOfName = (text) => name().length > 3 && pointsOf(text.replaceAll(name(), "")).length < 8;
  const judge = () => {
    const points = pointsOf(field.value);
    if (points.length > Number(told.most)) return ["long", told.long];
    if (points.length < least) return ["short", told.count.replace("{count}", points.length).replace("{least}", least)];
    const folded = field.value.toLowerCase();
    return isRegular(pointsOf(folded)) || isOfName(folded) ? ["weak", told.weak] : ["good", told.good];
  };
  const box = document.createElement("div");
  box.className = "strength";
  box.hidden = true;
  const bar = document.createElement("progress");
  bar.max = least;
  const seen = document.createElement("span");
  // What is seen changes with each key; what is read aloud waits until nobody types.
  for (const part of [bar, seen]) part.setAttribute("aria-hidden", "true");
  const heard = document.createElement("span");
  heard.className = "sr";
  heard.setAttribute("role", "status");
  box.append(bar, seen);
  (field.closest(".with-reveal") ?? field).after(box, heard);
  let pause;
  const update = () => {
    const [state, text] = field.value ? judge() : ["", ""];
    box.hidden = !state;
    box.dataset.state = state;
    bar.value = Math.min(pointsOf(field.value).length, least);
    seen.textContent = text;
    clearTimeout(pause);
    pause = setTimeout(() => { heard.textContent = text; }, 1000);
  };
  field.addEventListener("input", update);
  update();
}
