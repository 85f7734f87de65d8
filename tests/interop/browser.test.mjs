// The pages in a real browser. In order: the first test makes the administrator who signs in in the others.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { elsewhere, launch, listen, missing, openTab, photograph, serveLogo } from './chromium.mjs';
import { issuer, mcpResources, person, picturesPort, setupLink } from './environment.mjs';

const administrator = { name: 'grace', email: 'grace@example.org', password: randomBytes(18).toString('base64') };
const web = `https://${elsewhere}`;
const tools = missing ? '' : mcpResources()[0].resource;

const skip = missing;
let browser;
let client;

before(async () => {
  if (missing) return;
  [browser, client] = await Promise.all([launch(), listen()]);
});
after(async () => {
  await browser?.close();
  await client?.stop();
});

const open = (options) => openTab(browser, [issuer, new URL(client.redirectUri).origin, web], options);

async function register(metadata) {
  const response = await fetch(`${issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Notebook', redirect_uris: [client.redirectUri], token_endpoint_auth_method: 'none', ...metadata }),
  });
  assert.equal(response.status, 201, await response.clone().text());
  return response.json();
}

const verifier = randomBytes(32).toString('base64url');

/** An authorization request. RFC 6749 §4.1.1. */
function authorizationUrl(registered, parameters = {}) {
  const url = new URL(`${issuer}/authorize`);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: registered.client_id,
    redirect_uri: registered.redirect_uris[0],
    scope: 'openid',
    state: 'a state & more',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...parameters,
  });
  return url.href;
}

/** Who it is, and then the password, unless the page asks for both; in whatever language the page is. */
async function signIn(tab, { name, password } = person) {
  const secret = tab.locator('[autocomplete=current-password]');
  const submit = () => tab.locator('main form button.primary').first().click();
  await tab.locator('[autocomplete~=username]').fill(name);
  if (!(await secret.count())) {
    await submit();
    await secret.waitFor();
  }
  await secret.fill(password);
  await submit();
}

const press = (tab, name) => tab.getByRole('button', { name, exact: true }).click();
const heading = (tab) => tab.getByRole('heading', { level: 1 }).textContent();

/** What arrived at the redirect URI belongs to this request, and its code is good. RFC 6749 §4.1.2, RFC 9207. */
async function redeem(parameters, registered) {
  assert.equal(parameters.get('state'), 'a state & more');
  assert.equal(parameters.get('iss'), issuer);
  const body = { grant_type: 'authorization_code', client_id: registered.client_id, redirect_uri: registered.redirect_uris[0], code: parameters.get('code'), code_verifier: verifier };
  const response = await fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams(body) });
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

const assertCode = redeem;

/** What the client learns of a sign-in. The signature is checked by other tests. */
async function idToken(tab, registered) {
  await tab.waitForURL((url) => url.origin === new URL(client.redirectUri).origin);
  const { id_token: token } = await redeem(client.take().query, registered);
  return { token, ...JSON.parse(Buffer.from(token.split('.')[1], 'base64url')) };
}

test('the setup link makes the administrator, once', { skip }, async () => {
  const { tab, close } = await open();
  await tab.goto(setupLink);
  await photograph(tab, 'setup');
  await tab.getByLabel('User name').fill(person.name);
  await tab.getByLabel('E-mail').fill(administrator.email);
  await tab.getByLabel('Password', { exact: true }).fill(administrator.password);
  await press(tab, 'Create the account');
  assert.match(await tab.getByRole('alert').textContent(), /The name ada is taken/);
  assert.equal(await tab.getByLabel('E-mail').inputValue(), administrator.email, 'nothing is typed twice');
  await photograph(tab, 'setup-name-taken');

  await tab.getByLabel('User name').fill(administrator.name);
  await tab.getByLabel('Password', { exact: true }).fill(administrator.password);
  await press(tab, 'Create the account');
  assert.equal(await heading(tab), 'Grantor is set up');
  await photograph(tab, 'setup-done');
  await tab.getByRole('link', { name: 'Sign in' }).click();
  // That link leads to the desk, which nobody enters by one factor alone. Security statement P12.
  await signIn(tab, administrator);
  assert.equal(await heading(tab), 'Set up a second factor');
  await photograph(tab, 'setup-second-factor');

  assert.equal((await tab.goto(setupLink)).status(), 410);
  await photograph(tab, 'setup-link-over');
  await close();
});

test('the cookies are HttpOnly and Lax, and the session begins with the sign-in', { skip }, async () => {
  const { tab, context, close } = await open();
  await tab.goto(issuer);
  await photograph(tab, 'home');
  const [guest, ...others] = await context.cookies();
  assert.deepEqual(others, []);
  await tab.getByRole('link', { name: 'Sign in' }).click();
  await photograph(tab, 'sign-in');
  await signIn(tab, { name: person.name, password: 'not the password of this person' });
  assert.match(await tab.title(), /^Error/);
  assert.equal(await tab.getByLabel('User name').inputValue(), person.name);
  await photograph(tab, 'sign-in-wrong');
  await press(tab, 'Show password');
  await tab.getByLabel('Password', { exact: true }).fill('seen');
  assert.equal(await tab.getByLabel('Password', { exact: true }).getAttribute('type'), 'text');
  await press(tab, 'Hide password');
  await signIn(tab);
  await photograph(tab, 'home-signed-in');

  const cookies = await context.cookies();
  assert.deepEqual(cookies.map(({ name }) => name).sort(), ['grantor_browser', 'grantor_session']);
  assert.equal(cookies.find(({ name }) => name === guest.name).value, guest.value);
  for (const cookie of cookies) {
    // Not Secure, since the issuer is http on this computer.
    const { httpOnly, sameSite, secure, path, domain, expires } = cookie;
    assert.deepEqual(
      { httpOnly, sameSite, secure, path, domain },
      { httpOnly: true, sameSite: 'Lax', secure: false, path: '/', domain: 'localhost' },
    );
    // The session goes when the browser is closed; the browser is known again for 400 days.
    if (cookie.name === 'grantor_session') assert.equal(expires, -1);
    else assert.ok(Math.abs(expires - Date.now() / 1000 - 400 * 86_400) < 600, `${cookie.name} expires at ${expires}`);
  }
  assert.equal(await tab.evaluate(() => document.cookie), '');
  await close();
});

test('the consent page says who asks, for what, and where the answer goes', { skip }, async () => {
  const { tab, close } = await open();
  const registered = await register({
    grant_types: ['authorization_code', 'refresh_token'],
    client_uri: 'https://notebook.example/about',
    policy_uri: 'https://notebook.example/privacy',
    tos_uri: 'https://notebook.example/terms',
  });
  const parameters = { scope: 'openid profile email offline_access mcp:tools', resource: tools, prompt: 'consent' };
  await tab.goto(authorizationUrl(registered, parameters));
  await photograph(tab, 'sign-in-for-a-client');
  await signIn(tab);
  const text = (await tab.getByRole('main').innerText()).replace(/\s+/g, ' ');
  for (const said of [
    'Notebook wants access', 'registered itself', 'an app on this computer', 'for up to', tools, 'Tools', 'Signed in as ada',
    new URL(client.redirectUri).host, 'e-mail address', 'Use the permission mcp:tools', 'while you are away', 'notebook.example',
  ]) assert.ok(text.includes(said), `${said} is not in: ${text}`);
  await photograph(tab, 'consent-loopback');
  await press(tab, 'Allow');
  await tab.waitForURL((url) => url.origin === new URL(client.redirectUri).origin);
  const { method, query } = client.take();
  assert.equal(method, 'GET');
  await assertCode(query, registered);

  await tab.goto(authorizationUrl(registered, parameters));
  await press(tab, 'Cancel');
  await tab.waitForURL((url) => url.origin === new URL(client.redirectUri).origin);
  const denied = client.take().query;
  assert.deepEqual([denied.get('error'), denied.get('state'), denied.get('iss')], ['access_denied', 'a state & more', issuer]);

  await tab.goto(authorizationUrl(registered, parameters));
  await press(tab, 'Use another account');
  assert.equal(await heading(tab), 'Sign in');
  await signIn(tab, administrator);
  assert.match(await tab.getByRole('main').innerText(), /Signed in as\s+grace/);
  await close();
});

test('the consent page tells who vouches for a client, and what it looks like but is not', { skip }, async () => {
  const { tab, close } = await open({ locale: 'de-DE' });
  await tab.goto(`${issuer}/login`);
  await signIn(tab);
  const pages = {
    'consent-lookalike': [{ client_name: 'CIaude' }, /Das ist nicht Claude/],
    'consent-known-name': [{ client_name: 'Claude Code (notes)' }, /Jede App kann sich Claude nennen\./],
    'consent-idn': [{ redirect_uris: ['https://xn--bcher-kva.example/cb'] }, /Sie werden weitergeleitet zu\s+xn--bcher-kva\.example\s+in eigener Schrift bücher\.example/],
    'consent-odd-host': [{ redirect_uris: ['https://xn--80ak6aa92e.com/cb'] }, /xn--80ak6aa92e\.com sieht aus wie apple\.com/],
    'consent-language': [{ client_name: 'Notebook', 'client_name#de': 'Notizbuch' }, /Notizbuch möchte Zugriff/],
    'consent-right-to-left': [{ client_name: 'دفتر (v2)' }, /دفتر \(v2\)/],
  };
  for (const [name, [metadata, said]] of Object.entries(pages)) {
    await tab.goto(authorizationUrl(await register(metadata)));
    assert.match(await tab.getByRole('main').innerText(), said, name);
    await photograph(tab, name);
  }
  assert.equal(await tab.locator('h1 bdi').getAttribute('lang'), null);
  await tab.goto(authorizationUrl(await register(pages['consent-language'][0])));
  assert.equal(await tab.locator('h1 bdi').getAttribute('lang'), 'de');
  await close();
});

test('an app that is gone is named, and the page says how to have it back', { skip }, async () => {
  const { tab, close } = await open();
  const registered = await register();
  const deleted = await fetch(registered.registration_client_uri, {
    method: 'DELETE', headers: { authorization: `Bearer ${registered.registration_access_token}` },
  });
  assert.equal(deleted.status, 204);
  assert.equal((await tab.goto(authorizationUrl(registered))).status(), 410);
  assert.match(await tab.getByRole('main').innerText(), /This app is no longer registered\s+Notebook\s+The app itself gave its registration up, on \d+ \w+ \d{4}/);
  await photograph(tab, 'error-removed-client');
  await close();
});

test('a form-post response reaches the client, with script and without', { skip }, async () => {
  const registered = await register();
  for (const javaScriptEnabled of [true, false]) {
    const { tab, close } = await open({ javaScriptEnabled });
    await tab.goto(authorizationUrl(registered, { response_mode: 'form_post' }));
    await signIn(tab);
    await press(tab, 'Allow');
    if (!javaScriptEnabled) {
      await photograph(tab, 'form-post');
      await press(tab, 'Continue');
    }
    await tab.waitForURL((url) => url.origin === new URL(client.redirectUri).origin);
    const { method, query, form } = client.take();
    assert.equal(method, 'POST');
    assert.equal(query.size, 0);
    await assertCode(form, registered);
    await close();
  }
});

test('a client of the web: the policy of the pages lets the redirects through', { skip }, async () => {
  const { tab, close } = await open();
  /** What is asked of the client, when the browser has given up to reach it. */
  const sent = async () => {
    const [request] = await Promise.all([
      tab.waitForRequest((request) => request.url().startsWith(`${web}/cb?`)),
      tab.waitForEvent('framenavigated', (frame) => frame.url().startsWith('chrome-error:')),
    ]);
    return request;
  };
  const registered = await register({
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uris: [`${web}/cb`],
    client_uri: web,
    tos_uri: 'https://elsewhere.example/terms',
  });
  await tab.goto(authorizationUrl(registered));
  await signIn(tab);
  const text = await tab.getByRole('main').innerText();
  assert.match(text, /You will be sent to\s+client\.example/);
  assert.match(text, /links lead elsewhere, to elsewhere\.example\./);
  await photograph(tab, 'consent-web');
  const [first] = await Promise.all([sent(), press(tab, 'Allow')]);

  // Allowed before: the answer follows the sign-in at once, and asking for the password again changes nothing.
  await tab.goto(authorizationUrl(registered, { prompt: 'login' }));
  assert.equal(await heading(tab), 'Confirm it’s you');
  await photograph(tab, 'sign-in-again');
  const [second] = await Promise.all([sent(), signIn(tab)]);
  for (const request of [first, second]) assert.ok(new URL(request.url()).searchParams.get('code'));
  await close();
});

test('an app with a scheme of its own is named by it', { skip }, async () => {
  const { tab, close } = await open();
  const registered = await register({ application_type: 'native', redirect_uris: ['com.example.notebook:/cb'] });
  await tab.goto(authorizationUrl(registered));
  await signIn(tab);
  assert.match(await tab.getByRole('main').innerText(), /an app on this device[\s\S]*com\.example\.notebook:/);
  await photograph(tab, 'consent-app');
  // Nobody here has this scheme; that the policy of the page lets the browser try is enough.
  await Promise.all([
    tab.waitForRequest((request) => request.url().startsWith('com.example.notebook:/cb?code=')),
    press(tab, 'Allow'),
  ]);
  await close();
});

test('everything works without script', { skip }, async () => {
  const { tab, close } = await open({ javaScriptEnabled: false });
  const registered = await register();
  await tab.goto(authorizationUrl(registered));
  await signIn(tab);
  await press(tab, 'Allow');
  await tab.waitForURL((url) => url.origin === new URL(client.redirectUri).origin);
  await assertCode(client.take().query, registered);
  await tab.goto(`${issuer}/logout`);
  await press(tab, 'Sign out');
  assert.equal(await heading(tab), 'You are signed out');
  await close();
});

/** Tab, until what has the focus is called so. WCAG 2.1.1, 2.4.7. */
async function tabTo(tab, name) {
  const seen = [];
  for (let step = 0; step < 20; step += 1) {
    await tab.keyboard.press('Tab');
    const focus = await tab.evaluate(() => {
      const { activeElement: at } = document;
      return { name: at.getAttribute('aria-label') ?? at.innerText?.trim() ?? '', outline: parseFloat(getComputedStyle(at).outlineWidth) };
    });
    seen.push(focus.name);
    assert.ok(focus.outline >= 2, `the focus on ${focus.name} cannot be seen`);
    if (focus.name === name) return seen;
  }
  throw new Error(`${name} is not reached: ${seen}`);
}

test('the keyboard is enough', { skip }, async () => {
  const { tab, close } = await open();
  const registered = await register();
  await tab.goto(authorizationUrl(registered));
  // A browser gives `autofocus` its due with the first frame that it draws, which may be after `load`.
  await tab.locator('[name=name]:focus').waitFor();
  await tab.keyboard.type(person.name);
  await tab.keyboard.press('Enter');
  await tab.locator('[name=password]:focus').waitFor();
  await tab.keyboard.type(person.password);
  await tab.keyboard.press('Enter');
  await tab.waitForURL(/\/consent/);
  assert.deepEqual(await tabTo(tab, 'Allow'), ['Skip to the content', 'Use another account', 'Allow']);
  await photograph(tab, 'consent-focus');
  await tabTo(tab, 'Cancel');
  await tab.keyboard.press('Shift+Tab');
  await tab.keyboard.press('Enter');
  await tab.waitForURL((url) => url.origin === new URL(client.redirectUri).origin);
  await assertCode(client.take().query, registered);
  await close();
});

test('signing out is asked for, and takes the session away', { skip }, async () => {
  const { tab, context, close } = await open();
  await tab.goto(`${issuer}/login`);
  await signIn(tab);
  await tab.getByRole('link', { name: 'Sign out' }).click();
  await photograph(tab, 'sign-out');
  await tab.getByRole('link', { name: 'Stay signed in' }).click();
  assert.equal(await heading(tab), `Hello, ${person.name}`);
  await tab.getByRole('link', { name: 'Sign out' }).click();
  await press(tab, 'Sign out');
  assert.equal(await heading(tab), 'You are signed out');
  await photograph(tab, 'signed-out');
  assert.equal(await tab.getByRole('link', { name: 'Sign in again' }).getAttribute('href'), '/login');
  assert.deepEqual((await context.cookies()).map(({ name }) => name), ['grantor_browser']);
  await tab.goto(issuer);
  assert.equal(await heading(tab), 'Welcome');
  await close();
});

test('the logo, the policy and the terms of an app are on the sign-in and consent pages', { skip }, async () => {
  const logo = await serveLogo(browser, picturesPort());
  const { tab, close } = await open();
  const registered = await register({
    redirect_uris: [`${web}/cb`], logo_uri: logo.uri, policy_uri: `${web}/privacy`, tos_uri: `${web}/terms`,
  });
  const picture = tab.locator('img.logo');
  const onPage = async (name) => {
    assert.deepEqual(await picture.evaluate(({ complete, naturalWidth, naturalHeight, alt }) => ({ complete, naturalWidth, naturalHeight, alt })),
      { complete: true, naturalWidth: 128, naturalHeight: 128, alt: '' });
    assert.match(await picture.getAttribute('src'), /^\/pictures\/[\w-]+$/);
    const { width, height } = await picture.boundingBox();
    assert.deepEqual([width, height], [56, 56]);
    assert.match(await tab.getByRole('main').innerText(), /client\.example/);
    for (const [link, path] of [['privacy policy', '/privacy'], ['terms of service', '/terms']]) {
      assert.equal(await tab.getByRole('link', { name: link }).getAttribute('href'), `${web}${path}`);
    }
    await photograph(tab, name);
  };
  for (let tries = 0; tries < 40; tries += 1) {
    await tab.goto(authorizationUrl(registered));
    if (await picture.count()) break;
    await tab.waitForTimeout(100);
  }
  await onPage('sign-in-logo');
  await signIn(tab, { ...person, password: 'not the password of this person' });
  await photograph(tab, 'sign-in-logo-wrong');
  await signIn(tab);
  assert.match(await heading(tab), /wants access/);
  await onPage('consent-logo');
  assert.equal(logo.requests.length, 1, 'no browser asked for it, and the server once');
  assert.equal(logo.requests[0].cookie, undefined);
  await close();
  await logo.stop();
});

test('a client can have the password asked again, and another account chosen', { skip }, async () => {
  const { tab, close } = await open();
  const registered = await register();
  await tab.goto(authorizationUrl(registered));
  await signIn(tab);
  await press(tab, 'Allow');
  const first = await idToken(tab, registered);

  // An authentication is dated in seconds.
  await tab.waitForTimeout(1100);
  await tab.goto(authorizationUrl(registered, { prompt: 'login' }));
  assert.equal(await heading(tab), 'Confirm it’s you');
  assert.equal(await tab.getByLabel('User name').inputValue(), person.name);
  await signIn(tab);
  await press(tab, 'Allow');
  const again = await idToken(tab, registered);
  assert.equal(again.sub, first.sub);
  assert.ok(again.auth_time > first.auth_time, `${again.auth_time} is not after ${first.auth_time}`);

  await tab.goto(authorizationUrl(registered, { prompt: 'select_account' }));
  assert.equal(await heading(tab), 'Choose an account');
  await photograph(tab, 'sign-in-select-account');
  await signIn(tab, administrator);
  assert.match(await tab.getByRole('main').innerText(), /Signed in as\s+grace/);
  await press(tab, 'Allow');
  const other = await idToken(tab, registered);
  assert.notEqual(other.sub, first.sub);

  await tab.goto(authorizationUrl(registered, { prompt: 'none', id_token_hint: first.token }));
  await tab.waitForURL((url) => url.origin === new URL(client.redirectUri).origin);
  assert.equal(client.take().query.get('error'), 'login_required');
  await close();
});

test('a client that asks for a sign-out is named, and gets the person back', { skip }, async () => {
  const { tab, close } = await open();
  const registered = await register({ post_logout_redirect_uris: [client.redirectUri] });
  await tab.goto(authorizationUrl(registered));
  await signIn(tab);
  await press(tab, 'Allow');
  const { token } = await idToken(tab, registered);
  const logoutUrl = (parameters) => `${issuer}/logout?${new URLSearchParams({ post_logout_redirect_uri: client.redirectUri, state: 'a state & more', ...parameters })}`;

  await tab.goto(logoutUrl({ client_id: registered.client_id }));
  assert.match(await tab.getByRole('main').innerText(), /Notebook asks to sign you out here/);
  await photograph(tab, 'sign-out-for-a-client');
  await tab.getByRole('link', { name: 'Stay signed in' }).click();
  assert.equal(await heading(tab), `Hello, ${person.name}`);

  // Who shows an ID token of this very session need not ask.
  await tab.goto(logoutUrl({ id_token_hint: token }));
  await tab.waitForURL((url) => url.origin === new URL(client.redirectUri).origin);
  assert.equal(client.take().query.get('state'), 'a state & more');
  await tab.goto(issuer);
  assert.equal(await heading(tab), 'Welcome');
  await close();
});

test('what goes wrong is said on a page, and never redirects', { skip }, async () => {
  const { tab, context, close } = await open();
  const registered = await register();
  const pages = {
    'error-not-found': [`${issuer}/nowhere`, 404],
    'error-unknown-client': [authorizationUrl({ ...registered, client_id: 'c-unknown' }), 400],
    'error-redirect-uri': [authorizationUrl(registered, { redirect_uri: `${web}/other` }), 400],
    'error-thread': [`${issuer}/consent?thread=unknown`, 400],
  };
  for (const [name, [url, status]] of Object.entries(pages)) {
    const response = await tab.goto(url);
    assert.equal(response.status(), status, name);
    assert.equal(new URL(tab.url()).origin, issuer);
    assert.match(await tab.title(), /^Error/);
    assert.ok((await tab.getByRole('main').innerText()).includes(response.headers()['x-request-id']), 'the number is that of the log');
    await photograph(tab, name);
  }
  // A form of before the session ended elsewhere.
  await tab.goto(authorizationUrl(registered));
  await signIn(tab);
  await context.clearCookies();
  await press(tab, 'Allow');
  assert.match(await tab.title(), /^Error/);
  await photograph(tab, 'error-stale-form');
  await close();
});
