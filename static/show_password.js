// Adds a button that shows what was typed. Without script there is only the field. The words stand beside the script.
const words = document.currentScript.dataset;
for (const field of document.querySelectorAll('input[type="password"]')) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal";
  button.setAttribute("aria-controls", field.id);
  const show = (visible) => {
    field.type = visible ? "text" : "password";
    button.textContent = visible ? words.hide : words.show;
    button.setAttribute("aria-label", visible ? words.hideLabel : words.showLabel);
  };
  button.addEventListener("click", () => show(field.type === "password"));
  // Hidden again before it is sent, so that the browser does not remember it as ordinary text.
  field.form.addEventListener("submit", () => show(false));
  show(false);
  const row = document.createElement("div");
  row.className = "with-reveal";
  const focused = document.activeElement === field;
  field.replaceWith(row);
  row.append(field, button);
  if (focused) field.focus();
}
