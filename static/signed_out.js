// Goes back to the app once the others have been told in their frames, and after three seconds in any case.
const told = Array.from(document.querySelectorAll("iframe"), (frame) => new Promise((done) => frame.addEventListener("load", done)));
const patience = new Promise((done) => setTimeout(done, 3000));
Promise.race([Promise.all(told), patience]).then(() => location.replace(document.getElementById("back").href));
