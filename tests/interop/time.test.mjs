// A page that is about to end says so in time, and whoever needs more time has it. WCAG 2.2.1.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { launch, listen, missing, openTab, photograph } from './chromium.mjs';
import { look } from './crawl.mjs';
import { missingBinary, startServer } from './own_server.mjs';

const skip = missing || missingBinary;
const password = randomBytes(18).toString('base64');
let browser;
let client;

before(async () => {
  if (skip) return;
  [browser, client] = await Promise.all([launch(), listen()]);
});
after(async () => {
  await browser?.close();
  await client?.stop();
});

/** A server on which requests wait so long, with Ada and an application, and what its sign-in begins at. */
async function start(lifetime) {
  const server = await startServer({ GRANTOR_SESSION__THREAD_LIFETIME: lifetime });
  server.run(['user', 'add', 'ada', '--email', 'ada@example.org', '--password-stdin'], `${password}\n`);
  const answer = await fetch(`${server.issuer}/register`, {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Notebook', redirect_uris: [client.redirectUri], token_endpoint_auth_method: 'none' }),
  });
  const { client_id: clientId } = await answer.json();
  const url = `${server.issuer}/authorize?${new URLSearchParams({
    response_type: 'code', client_id: clientId, redirect_uri: client.redirectUri, scope: 'openid', state: 'kept',
    code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'), code_challenge_method: 'S256',
  })}`;
  return { server, url };
}

const submit = (tab) => tab.locator('main form button.primary').first().click();

async function signIn(tab) {
  await tab.locator('[autocomplete~=username]').fill('ada');
  if (await tab.locator('[autocomplete=current-password]').count() === 0) await submit(tab);
  await tab.locator('[autocomplete=current-password]').fill(password);
  await submit(tab);
}

test('a page warns two minutes before its end, and lasts longer if somebody wants that', { skip, timeout: 120_000 }, async () => {
  const { server, url } = await start('600s');
  const { tab, close } = await openTab(browser, [server.issuer, new URL(client.redirectUri).origin]);
  await tab.clock.install();
  await tab.goto(url);
  const name = tab.locator('[autocomplete~=username]');
  await name.fill('ad');
  const box = tab.locator('form.time-limit');
  await tab.clock.fastForward(470_000);
  assert.equal(await box.isVisible(), false);
  await tab.clock.fastForward(20_000);
  await box.getByRole('status').getByText('This page is about to expire.').waitFor();
  // Nobody loses what they type, nor the place where they type it.
  assert.equal(await name.evaluate((field) => field === document.activeElement && field.value), 'ad');
  await photograph(tab, 'time-soon');
  await tab.keyboard.press('Shift+Tab');
  await box.getByRole('button', { name: 'More time' }).focus();
  await tab.keyboard.press('Enter');
  await box.getByText('You have more time now.').waitFor();
  assert.equal(await name.inputValue(), 'ad');
  await tab.clock.fastForward(490_000);
  await box.getByText('This page is about to expire.').waitFor();
  await tab.clock.fastForward(120_000);
  await box.getByText('This page has expired.').waitFor();
  await photograph(tab, 'time-over');
  await box.getByRole('button', { name: 'Begin again' }).click();
  await tab.waitForURL(/\/login\?thread=/);
  await signIn(tab);
  await tab.waitForURL(/\/consent/);
  await tab.clock.fastForward(490_000);
  await tab.locator('form.time-limit').getByText('This page is about to expire.').waitFor();
  await photograph(tab, 'time-consent');
  await tab.locator('[name=decision][value=allow]').click();
  await tab.waitForURL((at) => at.href.startsWith(client.redirectUri));
  assert.equal(client.take().query.get('state'), 'kept');
  await close();
  await server.stop();
});

test('the warning and the page that is over are for everybody', { skip, timeout: 120_000 }, async () => {
  const { server, url } = await start('600s');
  for (const locale of ['en', 'de']) {
    const context = await browser.newContext({ bypassCSP: true, locale });
    const tab = await context.newPage();
    await tab.clock.install();
    await tab.goto(url);
    await tab.clock.fastForward(490_000);
    await tab.locator('form.time-limit').waitFor();
    assert.deepEqual(await look(tab, `about to expire (${locale})`), []);
    await context.close();
  }
  await server.stop();
});

test('without script, what is over begins again where it was', { skip, timeout: 120_000 }, async () => {
  const { server, url } = await start('4s');
  const { tab, close } = await openTab(browser, [server.issuer, new URL(client.redirectUri).origin], { javaScriptEnabled: false });
  await tab.goto(url);
  assert.equal(await tab.locator('form.time-limit').isVisible(), false);
  assert.equal(await tab.locator('.or').isVisible(), false, 'no lone “or” before a button that only a script shows');
  await tab.waitForTimeout(4_500);
  await tab.locator('[autocomplete~=username]').fill('ada');
  await submit(tab);
  await tab.getByText('This page has expired').waitFor();
  await photograph(tab, 'time-begin-again');
  await tab.getByRole('button', { name: 'Begin again' }).click();
  await signIn(tab);
  await tab.locator('[name=decision][value=allow]').click();
  await tab.waitForURL((at) => at.href.startsWith(client.redirectUri));
  assert.equal(client.take().query.get('state'), 'kept');
  await close();
  await server.stop();
});
