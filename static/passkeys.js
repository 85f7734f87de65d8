// Passkeys are the one thing that a browser does by script alone. Forms with data-passkey are filled in and sent.
const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const encode = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function say(form, text) {
  const problem = form.querySelector("[data-problem]") ?? form.appendChild(document.createElement("p"));
  problem.dataset.problem = "";
  problem.className = "notice danger";
  problem.setAttribute("role", "alert");
  problem.textContent = text;
}

async function challenge(form) {
  const fields = new URLSearchParams(new FormData(form));
  fields.delete("credential");
  if (form.dataset.optionsCsrf) fields.set("csrf", form.dataset.optionsCsrf);
  const answer = await fetch(form.dataset.options, { method: "POST", body: fields, redirect: "manual" });
  // The person has to sign in again first: the page says so when it is loaded anew.
  if (answer.type === "opaqueredirect") location.reload();
  if (!answer.ok) throw new Error(`${answer.status}`);
  const { ceremony, publicKey } = await answer.json();
  publicKey.challenge = decode(publicKey.challenge);
  if (publicKey.user) publicKey.user.id = decode(publicKey.user.id);
  for (const list of [publicKey.allowCredentials, publicKey.excludeCredentials]) {
    for (const known of list ?? []) known.id = decode(known.id);
  }
  return { ceremony, publicKey };
}

function send(form, ceremony, credential) {
  const response = { clientDataJSON: encode(credential.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = encode(credential.response[name]);
  }
  const transports = credential.response.getTransports?.();
  if (transports) response.transports = transports;
  form.elements.ceremony.value = ceremony;
  form.elements.credential.value = JSON.stringify({
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    response,
    extensions: {},
  });
  form.submit();
}

let waiting = new AbortController();

async function ask(form, mediation) {
  waiting.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const { ceremony, publicKey } = await challenge(form);
  const adds = form.dataset.passkey === "add";
  const how = mediation ? { publicKey, signal, mediation } : { publicKey, signal };
  const credential = await navigator.credentials[adds ? "create" : "get"](how);
  send(form, ceremony, credential);
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const works = Boolean(window.PublicKeyCredential);
  form.hidden = !works && form.dataset.passkey === "sign-in";
  for (const beside of [form.previousElementSibling, form.nextElementSibling]) {
    if (beside?.matches(".or")) beside.hidden = form.hidden;
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!works) return say(form, form.dataset.unsupported);
    ask(form).catch((error) => {
      if (error.name !== "AbortError") say(form, (error.name === "InvalidStateError" && form.dataset.known) || form.dataset.failed);
    });
  });
  if (!works || form.dataset.passkey !== "sign-in") continue;
  // Passkeys among the suggestions of the field for the user name; asked anew before the challenge is too old.
  PublicKeyCredential.isConditionalMediationAvailable?.().then((offered) => {
    const offer = () => ask(form, "conditional").catch(() => {});
    if (offered) offer();
    if (offered) setInterval(() => document.hidden || offer(), 600_000);
  });
}
