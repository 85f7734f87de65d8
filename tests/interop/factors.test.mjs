// Passkeys, an authenticator app and recovery codes in a real browser, with an authenticator that Chromium simulates.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { authenticator, oneTimeCode } from './authenticators.mjs';
import { launch, missing, openTab, photograph } from './chromium.mjs';
import { missingBinary, startServer } from './own_server.mjs';

const skip = missing || missingBinary;
const password = randomBytes(18).toString('base64');
let browser;
let server;

before(async () => {
  if (skip) return;
  [browser, server] = await Promise.all([launch(), startServer()]);
  for (const name of ['ada', 'bob', 'eve']) {
    server.run(['user', 'add', name, '--email', `${name}@example.org`, '--password-stdin'], `${password}\n`);
  }
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const open = (options) => openTab(browser, [server.issuer], options);
const press = (tab, name) => tab.getByRole('button', { name, exact: true }).click();
const submit = (tab) => tab.locator('main form button.primary').first().click();

async function signIn(tab, name, path = '/account/factors') {
  await tab.goto(`${server.issuer}/login?${new URLSearchParams({ return: path })}`);
  await tab.locator('[autocomplete~=username]').fill(name);
  if (await tab.locator('[autocomplete=current-password]').count() === 0) await submit(tab);
  await tab.locator('[autocomplete=current-password]').fill(password);
  await submit(tab);
}

test('a passkey is added, and signs in by itself from the suggestions of the browser', { skip, timeout: 120_000 }, async () => {
  const { tab, close } = await open();
  const device = await authenticator(tab);
  await signIn(tab, 'ada');
  await photograph(tab, 'factors-none');
  await tab.getByLabel('Name of the passkey').fill('Ada’s phone');
  await press(tab, 'Add a passkey');
  await tab.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
  assert.equal(await tab.locator('.codes li').count(), 10);
  await photograph(tab, 'factors-codes');
  await tab.getByRole('link', { name: 'I have kept them' }).click();
  await tab.getByText('Ada’s phone').first().waitFor();
  await photograph(tab, 'factors-passkey');
  const [credential] = await device.credentials();
  assert.equal(credential.isResidentCredential, true);
  assert.equal(credential.rpId, 'localhost');

  // The same device a second time: the browser knows it.
  await press(tab, 'Add a passkey');
  await tab.getByText('This passkey is in use already.').waitFor();

  await tab.locator('.account-nav').getByRole('button', { name: 'Sign out' }).click();
  await tab.goto(`${server.issuer}/login?return=%2Faccount%2Ffactors`);
  // Conditional mediation: whoever is verified and present at once needs no click.
  await tab.waitForURL(`${server.issuer}/account/factors`);
  await tab.getByText('last used on').waitFor();
  await close();
});

test('a passkey signs in by its button, and a device that verifies nobody does not', { skip, timeout: 120_000 }, async () => {
  const first = await open();
  const device = await authenticator(first.tab);
  await signIn(first.tab, 'bob');
  await press(first.tab, 'Add a passkey');
  await first.tab.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
  const [credential] = await device.credentials();
  await first.close();

  const { tab, close } = await open();
  // Without suggestions, as in a browser that knows none.
  await tab.addInitScript(() => { PublicKeyCredential.isConditionalMediationAvailable = undefined; });
  const other = await authenticator(tab);
  await other.add(credential);
  await tab.goto(`${server.issuer}/login?return=%2Faccount%2Ffactors`);
  await photograph(tab, 'factors-sign-in');
  await other.verifies(false);
  await press(tab, 'Sign in with a passkey');
  await tab.getByRole('alert').getByText('The passkey did not sign you in.').waitFor();
  await photograph(tab, 'factors-sign-in-failed');
  await other.verifies(true);
  await press(tab, 'Sign in with a passkey');
  await tab.waitForURL(`${server.issuer}/account/factors`);

  await tab.getByText('Rename or remove “Passkey”').click();
  const [name] = [tab.locator('details input[name=name]')];
  await name.fill('Blue key');
  await press(tab, 'Save the name');
  await tab.getByText('The passkey has another name.').waitFor();
  await tab.getByText('Rename or remove “Blue key”').click();
  await photograph(tab, 'factors-rename');
  await press(tab, 'Remove this passkey');
  await tab.getByText('The passkey is removed.').waitFor();
  await photograph(tab, 'factors-removed');
  await close();
});

test('an app is set up and asked for, and a recovery code stands in for it', { skip, timeout: 120_000 }, async () => {
  const { tab, close } = await open();
  await signIn(tab, 'eve');
  await press(tab, 'Set up an app');
  const secret = await tab.locator('code.secret').textContent();
  await photograph(tab, 'factors-app');
  await tab.getByLabel('Code of six digits').fill('000000');
  await press(tab, 'Confirm');
  await tab.getByText('The code is wrong.').waitFor();
  assert.match(await tab.title(), /^Error: /);
  await photograph(tab, 'factors-app-wrong');
  await tab.getByLabel('Code of six digits').fill(oneTimeCode(secret));
  await press(tab, 'Confirm');
  const recovery = await tab.locator('.codes code').allTextContents();
  await tab.getByRole('link', { name: 'I have kept them' }).click();
  await photograph(tab, 'factors-everything');
  await tab.goto(`${server.issuer}/account`);
  assert.match(await tab.getByRole('main').innerText(), /Passkeys and codes\s+Authenticator app/);
  await close();

  const again = await open();
  await signIn(again.tab, 'eve');
  const field = again.tab.locator('[autocomplete=one-time-code]');
  await photograph(again.tab, 'factors-second-step');
  // The code of now was used up when the app was set up.
  await field.fill(oneTimeCode(secret, 1));
  await submit(again.tab);
  await again.tab.waitForURL(`${server.issuer}/account/factors`);
  await again.close();

  const lost = await open();
  await signIn(lost.tab, 'eve');
  await lost.tab.locator('[autocomplete=one-time-code]').fill(recovery[0]);
  await submit(lost.tab);
  await lost.tab.waitForURL(`${server.issuer}/account/factors`);
  await lost.tab.getByText('9 codes are left.').waitFor();
  await lost.close();
});

test('the pages of factors need no script but for passkeys', { skip, timeout: 120_000 }, async () => {
  const { tab, close } = await open({ javaScriptEnabled: false });
  await signIn(tab, 'bob');
  await tab.locator('noscript p').waitFor();
  await press(tab, 'Set up an app');
  await tab.locator('code.secret').waitFor();
  await tab.goto(`${server.issuer}/login`);
  assert.equal(await tab.locator('form[data-passkey]').isVisible(), false);
  await close();
});
