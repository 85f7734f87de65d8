// What people see when something does not work: axe-core, both themes, two languages, wide and at 320 px.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { oneTimeCode } from './authenticators.mjs';
import { launch, missing } from './chromium.mjs';
import { look } from './crawl.mjs';
import { missingBinary, startServer } from './own_server.mjs';

const skip = missing || missingBinary;
const password = randomBytes(18).toString('base64');
const title = { en: /^Error: /, de: /^Fehler: / };
let browser;
let server;

before(async () => {
  if (skip) return;
  // Nobody answers for the mail server, and one factor is enough for the desk.
  [browser, server] = await Promise.all([launch(), startServer({ GRANTOR_DESK__SECOND_FACTOR: 'false', GRANTOR_ACCOUNTS__SIGN_UP: 'open', GRANTOR_MAIL__URL: 'smtp://127.0.0.1:9', GRANTOR_MAIL__FROM: 'grantor@example.org' })]);
  for (const name of ['grace', 'ada', 'eve-en', 'eve-de', 'bob-en', 'bob-de']) {
    server.run(['user', 'add', name, '--email', `${name}@example.org`, '--password-stdin'], `${password}\n`);
  }
  server.run(['user', 'set', 'grace', '--admin', 'true']);
  for (const name of ['eve-en', 'eve-de']) server.run(['user', 'set', name, '--second-factor', 'true']);
  server.run(['group', 'add', 'staff']);
}, { timeout: 60_000 });
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A tab in this language, and `see`, which looks at what is open; `found` is what is wrong with it. */
async function openTab(locale) {
  const context = await browser.newContext({ bypassCSP: true, locale });
  const tab = await context.newPage();
  const found = [];
  /** An error is told in the title and by an element that is announced, in the language of the page. WCAG 2.4.2, 3.3.1, 4.1.3. */
  const see = async (name) => {
    found.push(...await look(tab, name));
    assert.equal(await tab.getAttribute('html', 'lang'), locale, name);
    assert.match(await tab.title(), title[locale], name);
    assert.ok(await tab.locator('[role=alert]:visible').first().innerText(), name);
  };
  return {
    tab,
    see,
    async close() {
      await context.close();
      assert.deepEqual(found, []);
    },
  };
}

/** Fills in the form that has these fields as somebody without the rules of the browser, and sends it. */
async function send(tab, fields) {
  for (const [name, value] of Object.entries(fields)) await tab.locator(`main [name=${name}]:visible`).first().fill(value);
  const [name] = Object.keys(fields);
  const form = tab.locator('main form', { has: tab.locator(`[name=${name}]:visible`) }).first();
  await form.evaluate((it) => { it.noValidate = true; });
  await Promise.all([tab.waitForEvent('load'), form.locator('button[type=submit]').first().click()]);
}

async function signIn(tab, name, path = '/') {
  await tab.goto(`${server.issuer}/login?${new URLSearchParams({ return: path })}`);
  await send(tab, { name });
  await send(tab, { password });
}

for (const locale of ['en', 'de']) {
  test(`nobody is lost who cannot sign in (${locale})`, { skip, timeout: 300_000 }, async () => {
    const { tab, see, close } = await openTab(locale);
    await tab.goto(`${server.issuer}/login`);
    await send(tab, { name: '' });
    await see('sign-in without a name');
    await tab.goto(`${server.issuer}/consent?thread=none`);
    await see('a request that is over');
    for (const page of ['second-factor', 'enrol']) {
      await tab.goto(`${server.issuer}/login/${page}?sign_in=none`);
      await see(`${page} that is over`);
    }

    await signIn(tab, `eve-${locale}`);
    const secret = await tab.locator('code.secret').textContent();
    await send(tab, { code: '000000' });
    await see('enrolment with a wrong code');
    await send(tab, { code: oneTimeCode(secret) });
    await tab.locator('.codes').waitFor();
    await tab.context().clearCookies();
    await signIn(tab, `eve-${locale}`);
    await send(tab, { code: '000000' });
    await see('second factor with a wrong code');
    for (let guess = 0; guess < 20 && !await tab.getByRole('alert').getByText(/\d/).count(); guess += 1) await send(tab, { code: '000000' });
    await see('second factor after too many codes');

    await tab.context().clearCookies();
    await tab.goto(`${server.issuer}/login`);
    await send(tab, { name: `bob-${locale}` });
    for (let guess = 0; guess < 20 && !await tab.getByRole('alert').getByText(/\d/).count(); guess += 1) await send(tab, { password: 'not this one' });
    await see('sign-in after too many passwords');
    await close();
  });

  test(`nobody is lost who sets the server up (${locale})`, { skip, timeout: 120_000 }, async () => {
    const { tab, see, close } = await openTab(locale);
    const own = await startServer();
    try {
      const [link] = own.log().match(/http\S+\/setup\?token=\S+/);
      own.run(['user', 'add', 'ada', '--email', 'ada@example.org', '--password-stdin'], `${password}\n`);
      await tab.goto(link);
      await send(tab, { name: 'ada', email: 'no address', password });
      await see('the first account with an address that is none');
      await send(tab, { name: 'ada', email: 'root@example.org', password });
      await see('the first account with a name that is taken');
      await send(tab, { name: 'root', password: 'short' });
      await see('the first account with a bad password');
      assert.equal(await tab.locator('main [name=name]').inputValue(), 'root', 'nothing is typed twice');
      await tab.goto(`${own.issuer}/setup?token=none`);
      await see('a setup link that is over');
    } finally {
      await own.stop();
    }
    await close();
  });

  test(`nobody is lost who has no account or no password (${locale})`, { skip, timeout: 300_000 }, async () => {
    const { tab, see, close } = await openTab(locale);
    await tab.goto(`${server.issuer}/sign-up`);
    await send(tab, { who: 'no address' });
    await see('an account for what is no address');
    const link = (...command) => server.run(['user', ...command, '--show']).match(/http\S+/)[0];
    await tab.goto(link('invite', `new-${locale}@example.org`));
    await send(tab, { name: 'grace', password });
    await see('an account whose name is taken');
    await send(tab, { name: `new-${locale}`, password: 'password' });
    await see('an account with a bad password');
    await tab.goto(link('reset-link', 'ada'));
    await send(tab, { password: 'short' });
    await see('a new password that is bad');
    await tab.goto(`${server.issuer}/reset/password?token=none`);
    await see('a link that was used');
    await close();
  });

  test(`what is refused in the account and at the desk is told there (${locale})`, { skip, timeout: 600_000 }, async () => {
    const { tab, see, close } = await openTab(locale);
    await signIn(tab, 'grace', '/account');
    await tab.goto(`${server.issuer}/account/password`);
    await send(tab, { current: 'not this one', new: `${password} and more`, again: `${password} and more` });
    await see('a password change without the password');
    await tab.goto(`${server.issuer}/account/email`);
    await send(tab, { email: 'no address' });
    await see('an address that is none');

    await tab.goto(`${server.issuer}/admin/people`);
    const person = await tab.getByRole('link', { name: 'ada', exact: true }).getAttribute('href');
    const refused = {
      '/admin/new-client': { redirect_uris: 'http://plain.example/callback' },
      '/admin/new-person': { name: 'ada' },
      [`${person}/edit`]: { email: 'no address' },
      '/admin/groups': { name: 'No Name!' },
      '/admin/groups/staff': { person: 'nobody' },
      '/admin/attributes': { name: 'sub' },
      '/admin/new-resource': { identifier: 'no address' },
      '/admin/registration/tokens/new': { lifetime: '0' },
      '/admin/registration/check': { metadata: 'no JSON' },
      '/admin/emails': { to: 'no address' },
    };
    for (const [path, fields] of Object.entries(refused)) {
      await tab.goto(server.issuer + path);
      await send(tab, fields);
      await see(`${path} refused`);
      const [[name, value]] = Object.entries(fields);
      assert.equal(await tab.locator(`main [name=${name}]:visible`).first().inputValue(), value, `${path}: nothing is typed twice`);
    }
    await close();
  });
}
