// Warns before a page ends and gives it more time. Without script the page that says that it is over begins again.
{
  const form = document.querySelector("form[data-seconds]");
  const [text, button] = [form.querySelector("p"), form.querySelector("button")];
  const words = form.dataset;
  let ends = 0;
  let warnAt = 0;
  let said = "";

  function last(seconds) {
    ends = Date.now() + seconds * 1000;
    // Two minutes before, or in the middle of a very short time.
    warnAt = Math.min(120, seconds / 2) * 1000;
  }

  // Whoever hears the page hears it when the words change.
  function say(what, label) {
    if (said === what) return;
    said = what;
    form.hidden = false;
    text.textContent = words[what];
    button.textContent = words[label];
  }

  function look() {
    const left = ends - Date.now();
    if (left <= 0) {
      button.name = "again";
      button.value = "1";
      say("over", "again");
    } else if (left <= warnAt) {
      say("soon", "more");
    }
  }

  form.addEventListener("submit", async (event) => {
    if (button.name) return;
    event.preventDefault();
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => null);
    if (answer?.ok) {
      last((await answer.json()).seconds);
      say("kept", "more");
    } else if (answer) {
      ends = 0;
      look();
    }
  });

  last(Number(words.seconds));
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
}
