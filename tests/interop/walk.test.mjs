// Administrators with two factors walk through the whole desk: every page and every form that the endpoints list for it.

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { authenticator, oneTimeCode } from './authenticators.mjs';
import { launch, missing, openTab } from './chromium.mjs';
import { missingBinary, startServer } from './own_server.mjs';

const skip = missing || missingBinary;
const password = randomBytes(18).toString('base64');
const administrators = ['grace', 'margaret'];
let browser;
let server;
let providers;
let client;

/** The routes of the desk as the documentation lists them; a test of the server holds that list to its table of routes. */
const endpoints = readFileSync(new URL('../../docs/endpoints.md', import.meta.url), 'utf8');
const routes = [...endpoints.matchAll(/^\| `(\/admin[^`]*)` \| ([A-Z, ]+) \|/gm)]
  .filter(([, path]) => !path.startsWith('/admin/api/'))
  .map(([, path, methods]) => ({ path, methods: methods.split(', '), pattern: new RegExp(`^${path.replace(/\{[^}]*\}/g, '[^/]+')}$`) }));

/** Other OpenID providers, one below each first segment of a path, as far as the desk reads them. OpenID Connect Discovery §4. */
async function startProviders() {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: '1', alg: 'ES256', use: 'sig' }] };
  const providers = createServer((request, response) => {
    const [, name] = request.url.split('/');
    const issuer = `http://localhost:${providers.address().port}/${name}`;
    const metadata = {
      issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['ES256'],
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(request.url.endsWith('/jwks') ? keys : metadata));
  });
  await new Promise((resolve, reject) => providers.once('error', reject).listen(0, 'localhost', resolve));
  return providers;
}

/** Whom and what the desk is about: two of a kind wherever its pages depend on a state. */
async function furnish(elsewhere) {
  const { run, issuer } = server;
  for (const name of [...administrators, 'ada', 'bob']) {
    run(['user', 'add', name, '--email', `${name}@example.org`, '--password-stdin'], `${password}\n`);
  }
  for (const name of administrators) run(['user', 'set', name, '--admin', 'true']);
  run(['user', 'disable', 'bob']);
  run(['user', 'invite', 'carol@example.org']);
  run(['group', 'add', 'staff']);
  run(['group', 'add-member', 'staff', 'ada']);
  run(['attribute', 'add', 'department', '--kind', 'text', '--scope', 'profile']);
  run(['resource', 'add', 'http://localhost:1/mcp', '--name', 'Notes', '--scope', 'notes.read']);
  run(['initial-access-token', 'issue', '--name', 'partners']);
  const key = run(['api-key', 'add', 'interop', '--rights', 'read,write']).match(/^api_key: *(\S+)/m)[1];
  for (const name of ['first', 'second']) {
    const answer = await fetch(`${issuer}/admin/api/upstream-providers`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name, label: name, issuer: `${elsewhere}/${name}`, client_id: 'grantor' }),
    });
    assert.equal(answer.status, 201, await answer.text());
  }
  run(['upstream', 'disable', 'second']);
  const register = async (name) => {
    const answer = await fetch(`${issuer}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: name, redirect_uris: ['http://127.0.0.1:1/callback'], grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none' }),
    });
    assert.equal(answer.status, 201);
    return answer.json();
  };
  const [wiki, calendar, chat] = [await register('Wiki'), await register('Calendar'), await register('Chat'), await register('Waits for approval')];
  for (const { client_id: id } of [wiki, calendar, chat]) run(['client', 'approve', id]);
  run(['client', 'disable', calendar.client_id]);
  run(['client', 'delete', chat.client_id]);
  return wiki;
}

before(async () => {
  if (skip) return;
  [browser, providers] = await Promise.all([launch(), startProviders()]);
  const { port } = providers.address();
  // Nobody answers for the mail server: what should be sent waits in the queue.
  server = await startServer({
    GRANTOR_ACCOUNTS__SIGN_UP: 'invitation', GRANTOR_OUTBOUND__PORTS: `${port}`,
    GRANTOR_REGISTRATION__POLICY: '{"approval_required": true}', GRANTOR_REGISTRATION__IDLE_LIFETIME: '1s',
    GRANTOR_MAIL__URL: 'smtp://127.0.0.1:1', GRANTOR_MAIL__FROM: 'grantor@example.org',
  });
  client = await furnish(`http://localhost:${port}`);
}, { timeout: 120_000 });

after(async () => {
  await browser?.close();
  await server?.stop();
  providers?.close();
});

const heading = (tab) => tab.getByRole('heading', { level: 1 }).textContent();
const submit = (tab) => tab.locator('main form button.primary').first().click();

/** From the address of the desk by name and password to the page that asks for more. */
async function beginSignIn(tab, name) {
  await tab.goto(`${server.issuer}/admin`);
  await tab.locator('[autocomplete~=username]').fill(name);
  if (await tab.locator('[autocomplete=current-password]').count() === 0) await submit(tab);
  await tab.locator('[autocomplete=current-password]').fill(password);
  await submit(tab);
}

/** Lets a client do something for whoever is signed in in this tab, so that the desk has a grant to show. */
async function allow(tab) {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const asked = { client_id: client.client_id, redirect_uri: client.redirect_uris[0] };
  const sent = tab.waitForRequest((request) => request.url().startsWith(asked.redirect_uri));
  await tab.goto(`${server.issuer}/authorize?${new URLSearchParams({ ...asked, response_type: 'code', scope: 'openid offline_access', prompt: 'consent', code_challenge: challenge, code_challenge_method: 'S256' })}`);
  await tab.locator('[name=decision][value=allow]').click();
  const code = new URL((await sent).url()).searchParams.get('code');
  const answer = await fetch(`${server.issuer}/token`, { method: 'POST', body: new URLSearchParams({ ...asked, grant_type: 'authorization_code', code, code_verifier: verifier }) });
  assert.equal(answer.status, 200, await answer.text());
}

/** Somebody fails to sign in as this person, who can then be unblocked. */
async function fail(name) {
  const { tab, context } = await open();
  await tab.goto(`${server.issuer}/login`);
  await tab.locator('[autocomplete~=username]').fill(name);
  if (await tab.locator('[autocomplete=current-password]').count() === 0) await submit(tab);
  await tab.locator('[autocomplete=current-password]').fill('not the password');
  await submit(tab);
  await tab.locator('#error').waitFor();
  await context.close();
}

/** Follows every link of the desk, and keeps where it came to and what forms wait there. */
async function walk(tab) {
  const [visited, actions, waiting] = [new Set(), new Set(), ['/admin']];
  while (waiting.length > 0) {
    const path = waiting.shift();
    if (visited.has(path)) continue;
    visited.add(path);
    assert.ok(visited.size < 300, 'the desk has an end');
    if (path === '/admin/audit/export') {
      const download = await tab.context().request.get(server.issuer + path);
      assert.equal(download.status(), 200, path);
      continue;
    }
    const answer = await tab.goto(server.issuer + path);
    assert.equal(answer.status(), 200, path);
    assert.equal(new URL(tab.url()).pathname, path, 'nobody is sent elsewhere');
    const page = await tab.evaluate(() => ({
      heading: document.querySelector('h1')?.innerText.trim(),
      current: document.querySelectorAll('.desk-nav [aria-current=page]').length,
      tooWide: document.documentElement.scrollWidth - window.innerWidth,
      links: [...document.querySelectorAll('a[href]')].map((link) => link.href),
      actions: [...document.querySelectorAll('form[method=post]')].map((form) => form.action),
    }));
    assert.ok(page.heading, `${path} has a heading`);
    assert.equal(page.current, 1, `${path} says where it is`);
    assert.ok(page.tooWide <= 0, `${path} is ${page.tooWide} px too wide`);
    const below = (addresses) => addresses.filter((it) => it.startsWith(`${server.issuer}/admin`)).map((it) => new URL(it).pathname);
    waiting.push(...below(page.links));
    below(page.actions).forEach((action) => actions.add(action));
  }
  return { visited: [...visited], actions: [...actions] };
}

/** Nothing of the desk is left out: a page for every GET, a form for every POST. */
async function walkEverywhere(tab) {
  assert.ok(routes.length > 50, 'the list of the documentation');
  await fail('ada');
  await tab.setViewportSize({ width: 320, height: 640 });
  const { visited, actions } = await walk(tab);
  const lost = (method, found) => routes.filter(({ methods, pattern }) => methods.includes(method) && !found.some((path) => pattern.test(path))).map(({ path }) => `${method} ${path}`);
  assert.deepEqual([...lost('GET', visited), ...lost('POST', actions)], []);
  const unknown = [...visited, ...actions].filter((path) => !routes.some(({ pattern }) => pattern.test(path)));
  assert.deepEqual(unknown, []);
}

const open = (options) => openTab(browser, [server.issuer, 'http://127.0.0.1:1'], options);

test('an administrator with an authenticator app goes everywhere at the desk', { skip, timeout: 300_000 }, async () => {
  const first = await open();
  await beginSignIn(first.tab, 'grace');
  const secret = await first.tab.locator('code.secret').textContent();
  await first.tab.locator('[autocomplete=one-time-code]').fill(oneTimeCode(secret));
  await first.tab.getByRole('button', { name: 'Confirm', exact: true }).click();
  assert.equal(await first.tab.locator('.codes li').count(), 10);
  await first.tab.locator('main a.primary').click();
  assert.equal(new URL(first.tab.url()).pathname, '/admin');
  await first.close();

  const { tab, complaints, context } = await open();
  await beginSignIn(tab, 'grace');
  await tab.locator('[autocomplete=one-time-code]').waitFor();
  assert.equal((await context.request.get(`${server.issuer}/admin`, { maxRedirects: 0 })).status(), 303, 'the password alone opens nothing');
  // The code of now was used up when the app was set up.
  await tab.locator('[autocomplete=one-time-code]').fill(oneTimeCode(secret, 1));
  await submit(tab);
  await tab.waitForURL(`${server.issuer}/admin`);
  await allow(tab);
  await walkEverywhere(tab);
  assert.deepEqual(complaints.filter((it) => !it.includes('127.0.0.1:1/')), []);
  await context.close();
});

test('an administrator with a passkey alone goes everywhere at the desk', { skip, timeout: 300_000 }, async () => {
  const { tab, close } = await open();
  await authenticator(tab);
  await beginSignIn(tab, 'margaret');
  await tab.locator('form[data-passkey=add] button').click();
  await tab.locator('.codes li').first().waitFor();
  await tab.locator('main a.primary').click();
  assert.equal(new URL(tab.url()).pathname, '/admin');
  await tab.locator('.desk-nav form button').click();
  assert.notEqual(new URL(tab.url()).pathname, '/admin');
  await tab.goto(`${server.issuer}/admin`);
  // Who is present and verified at once needs no click: the browser suggests the passkey by itself.
  await tab.waitForURL(`${server.issuer}/admin`);
  assert.ok(await heading(tab));
  await walkEverywhere(tab);
  await close();
});
