// Every page in a real browser: axe-core, both themes, two languages, 320 px, weight; and the keyboard alone.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { launch, missing } from './chromium.mjs';
import { crawl, heaviest, look, weight } from './crawl.mjs';
import { missingBinary, startServer } from './own_server.mjs';

const skip = missing || missingBinary;
const password = randomBytes(18).toString('base64');
let browser;
let server;
let client;

before(async () => {
  if (skip) return;
  // One factor is enough to look at the desk; the tests of the desk have two.
  [browser, server] = await Promise.all([launch(), startServer({ GRANTOR_DESK__SECOND_FACTOR: 'false', GRANTOR_ACCOUNTS__SIGN_UP: 'open', GRANTOR_MAIL__URL: 'smtp://127.0.0.1:9', GRANTOR_MAIL__FROM: 'grantor@example.org', GRANTOR_BRANDING__HELP: 'https://help.example/' })]);
  server.run(['user', 'add', 'grace', '--email', 'grace@example.org', '--admin', '--password-stdin'], `${password}\n`);
  server.run(['user', 'add', 'ada', '--email', 'ada@example.org', '--password-stdin'], `${password}\n`);
  server.run(['user', 'add', 'eve', '--email', 'eve@example.org', '--password-stdin'], `${password}\n`);
  server.run(['user', 'set', 'eve', '--second-factor', 'true']);
  server.run(['attribute', 'add', 'department', '--kind', 'text', '--scope', 'profile', '--editable']);
  server.run(['resource', 'add', 'http://localhost:1/mcp', '--name', 'Notes', '--scope', 'notes.read']);
  const answer = await fetch(`${server.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Notebook', redirect_uris: ['http://127.0.0.1:1/callback'], token_endpoint_auth_method: 'none', client_uri: 'https://notebook.example/',
      tos_uri: 'https://elsewhere.example/terms', grant_types: ['authorization_code', 'refresh_token'],
    }),
  });
  assert.equal(answer.status, 201);
  client = await answer.json();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

function authorizationUrl(parameters = {}) {
  const url = new URL(`${server.issuer}/authorize`);
  url.search = new URLSearchParams({
    response_type: 'code', client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: 'openid profile offline_access', state: 's', prompt: 'consent',
    code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'), code_challenge_method: 'S256', ...parameters,
  });
  return url.href;
}

const submit = (tab) => tab.locator('main form button.primary').first().click();

/** Name first, then the password, by what the fields are for and not by what they are called in some language. */
async function signIn(tab, secret = password, name = 'grace') {
  await tab.locator('[autocomplete~=username]').fill(name);
  if (await tab.locator('[autocomplete=current-password]').count() === 0) await submit(tab);
  await tab.locator('[autocomplete=current-password]').fill(secret);
  await submit(tab);
}

for (const locale of ['en', 'de']) {
  test(`axe-core finds nothing on any page, and none is too wide or too heavy (${locale})`, { skip, timeout: 600_000 }, async () => {
    const context = await browser.newContext({ bypassCSP: true, locale });
    const tab = await context.newPage();
    const found = [];
    const see = async (name, answer) => {
      found.push(...await look(tab, name));
      const bytes = await weight(tab);
      if (bytes > heaviest) found.push(`${name} weighs ${bytes} bytes`);
      if (answer && answer.status() >= 400) found.push(`${name} answers ${answer.status()}`);
      assert.equal(await tab.getAttribute('html', 'lang'), locale, name);
    };
    await tab.goto(`${server.issuer}/`);
    await see('home');
    await tab.goto(`${server.issuer}/language?to=/login`);
    await see('language');
    await tab.goto(`${server.issuer}/nothing`);
    await see('not found');
    await tab.goto(`${server.issuer}/setup?token=none`);
    await see('setup over');
    await tab.goto(authorizationUrl({ redirect_uri: 'https://evil.example/' }));
    await see('wrong redirect URI');
    await tab.goto(authorizationUrl());
    await see('sign-in for a client');
    await signIn(tab, 'not the password of this person');
    await see('wrong password');
    assert.match(await tab.title(), locale === 'en' ? /^Error: / : /^Fehler: /);
    await tab.goto(authorizationUrl());
    await signIn(tab);
    await see('consent');
    await tab.goto(`${server.issuer}/logout`);
    await see('sign out');
    const pages = await crawl(tab, server.issuer, ['/', '/account', '/admin'], see);
    assert.ok(pages.includes('/account') && pages.includes('/admin') && pages.length > 12, pages.join(' '));
    await tab.goto(`${server.issuer}/logout`);
    await submit(tab);
    await see('signed out');
    // What a person without an account, or without a way into it, sees.
    for (const path of ['/sign-up', '/reset']) {
      await see(path, await tab.goto(server.issuer + path));
      await tab.locator('[name=who]').fill('nobody@example.org');
      await submit(tab);
      await see(`${path} sent`);
    }
    for (const command of [['reset-link', 'ada'], ['invite', 'bob@example.org']]) {
      const [link] = server.run(['user', ...command, '--show']).match(/http\S+/);
      await see(command[0], await tab.goto(link));
    }
    await tab.goto(`${server.issuer}/invitation?token=none`);
    await see('invitation over');
    await tab.goto(`${server.issuer}/login`);
    await signIn(tab, password, 'eve');
    await tab.locator('code.secret').waitFor();
    await see('second factor to set up');
    await tab.locator('[autocomplete=one-time-code]').fill('000000');
    await Promise.all([tab.waitForEvent('load'), tab.keyboard.press('Enter')]);
    assert.match(await tab.title(), locale === 'en' ? /^Error: / : /^Fehler: /);
    await see('second factor with a wrong code');
    await context.close();
    assert.deepEqual(found, []);
  });
}

/** Tab, until what has the focus is what is looked for; on the way, everything that has it can be seen. WCAG 2.1.1, 2.4.7, 2.4.11. */
async function tabTo(tab, selector) {
  for (let step = 0; step < 80; step += 1) {
    await tab.keyboard.press('Tab');
    const focus = await tab.evaluate((wanted) => {
      const at = document.activeElement;
      const { top, bottom, width } = at.getBoundingClientRect();
      return {
        name: at.outerHTML.slice(0, 120), found: at.matches(wanted), outline: parseFloat(getComputedStyle(at).outlineWidth),
        visible: width > 0 && bottom > 0 && top < window.innerHeight,
      };
    }, selector);
    assert.ok(focus.outline >= 2 && focus.visible, `the focus cannot be seen on ${focus.name}`);
    if (focus.found) return;
  }
  throw new Error(`the keyboard does not reach ${selector} on ${tab.url()}`);
}

test('the keyboard is enough to sign in, to allow, to look after the account and to work at the desk', { skip, timeout: 300_000 }, async () => {
  const context = await browser.newContext({ viewport: { width: 320, height: 640 } });
  const tab = await context.newPage();
  const press = async (selector) => {
    await tabTo(tab, selector);
    await Promise.all([tab.waitForEvent('load'), tab.keyboard.press('Enter')]);
  };
  await tab.goto(authorizationUrl());
  await tab.locator('[autocomplete~=username]:focus').waitFor();
  await tab.keyboard.type('grace');
  await Promise.all([tab.waitForEvent('load'), tab.keyboard.press('Enter')]);
  await tab.locator('[autocomplete=current-password]:focus').waitFor();
  await tab.keyboard.type(password);
  await Promise.all([tab.waitForEvent('load'), tab.keyboard.press('Enter')]);
  const [sent] = await Promise.all([
    tab.waitForRequest((request) => request.url().startsWith(client.redirect_uris[0])),
    // Nobody listens there.
    tab.waitForEvent('framenavigated', (frame) => frame.url().startsWith('chrome-error:')),
    tabTo(tab, '[name=decision][value=allow]').then(() => tab.keyboard.press('Enter')),
  ]);
  assert.ok(new URL(sent.url()).searchParams.get('code'));
  for (const path of ['/account', '/admin']) {
    await tab.goto(server.issuer + path);
    const parts = await tab.evaluate(() => [...document.querySelectorAll('nav a[href^="/"]')].map((link) => link.getAttribute('href')));
    assert.ok(parts.length > 3, `${path}: ${parts}`);
    for (const part of parts) {
      // On a phone the parts of the desk wait behind a button.
      if (!await tab.locator('nav').first().isVisible()) {
        await tabTo(tab, 'a[href="#menu"]');
        await tab.keyboard.press('Enter');
      }
      await press(`nav a[href="${part}"]`);
      assert.equal(new URL(tab.url()).pathname, part.replace(/\?.*/, ''));
    }
  }
  await tab.goto(`${server.issuer}/account`);
  await press('nav form button');
  await context.close();
});

test('a language that somebody chooses stays, and leads back to where they were', { skip }, async () => {
  const context = await browser.newContext({ locale: 'en', javaScriptEnabled: false });
  const tab = await context.newPage();
  await tab.goto(authorizationUrl());
  const here = tab.url();
  await tab.locator('footer a[href*="/language"]').click();
  await tab.getByRole('button', { name: 'Deutsch' }).click();
  assert.equal(tab.url(), here);
  assert.equal(await tab.getAttribute('html', 'lang'), 'de');
  await tab.goto(authorizationUrl({ ui_locales: 'fr' }));
  assert.equal(await tab.getAttribute('html', 'lang'), 'fr', 'what the client asks for comes first');
  await context.close();
});
