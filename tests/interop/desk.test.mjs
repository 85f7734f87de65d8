// An operator's day at the desk: clients, tokens, resources, keys, the audit log and settings, wide and on a phone.

import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { launch, missing, openTab, photograph } from './chromium.mjs';
import { look } from './crawl.mjs';
import { missingBinary, startServer } from './own_server.mjs';

const skip = missing || missingBinary;
const password = 'correct horse battery staple';
let browser;
let server;
let provider;

before(async () => {
  if (skip) return;
  browser = await launch();
  provider = await startServer();
  // Nobody answers for the mail server.
  server = await startServer({ GRANTOR_OUTBOUND__PORTS: new URL(provider.issuer).port, GRANTOR_DESK__SECOND_FACTOR: 'false', GRANTOR_ACCOUNTS__SIGN_UP: 'invitation', GRANTOR_MAIL__URL: 'smtp://127.0.0.1:1', GRANTOR_MAIL__FROM: 'grantor@example.org' });
  server.run(['user', 'add', 'grace', '--email', 'grace@example.org', '--admin', '--password-stdin'], `${password}\n`);
  const register = (body) => fetch(`${server.issuer}/register`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  });
  await register({ client_name: 'Wiki', redirect_uris: ['https://wiki.example/callback'] });
  await register({ client_name: 'Terminal', redirect_uris: ['http://127.0.0.1/callback'], token_endpoint_auth_method: 'none' });
  await register({ redirect_uris: ['http://plain.example/callback'] });
}, { timeout: 60_000 });

after(async () => {
  if (skip) return;
  await browser.close();
  await Promise.all([server.stop(), provider.stop()]);
});

/** A tab in which Grace is at the desk. */
async function atTheDesk(options) {
  const opened = await openTab(browser, [server.issuer], options);
  const { tab } = opened;
  await tab.goto(`${server.issuer}/admin`);
  await tab.fill('input[name=name]', 'grace');
  if (await tab.locator('input[name=password]').count()) await tab.fill('input[name=password]', password);
  await tab.click('main button.primary');
  if (!tab.url().includes('/admin')) {
    await tab.fill('input[name=password]', password);
    await tab.click('main button.primary');
  }
  await tab.waitForURL(/\/admin/);
  return opened;
}

/** How far the table has to be scrolled sideways, in pixels. */
const excess = (tab) => tab.locator('.scroll').evaluate((it) => it.scrollWidth - it.clientWidth);

test('an operator looks after the server', { skip, timeout: 240_000 }, async () => {
  const { tab, close } = await atTheDesk();
  await photograph(tab, 'desk-overview');
  assert.ok(await tab.locator('svg rect').count() > 0, 'the charts have columns');

  const part = (name) => tab.click(`.desk-nav a:text-is("${name}")`);
  await part('Clients');
  await photograph(tab, 'desk-clients');
  await tab.fill('#filter-text', 'wik');
  await tab.click('#filter button');
  assert.equal(await tab.locator('tbody tr').count(), 1);
  await tab.click('tbody a');
  await photograph(tab, 'desk-client');
  await tab.click('main a:text-is("Disable")');
  await tab.fill('#ask-reason', 'Nobody knows whose it is');
  await tab.click('#ask button');
  assert.match(await tab.innerText('main'), /The change is made\.[^]*Nobody knows whose it is/);
  await tab.click('main a:text-is("Delete")');
  await photograph(tab, 'desk-client-delete');
  await tab.click('#ask button');

  await tab.goto(`${server.issuer}/admin/new-client`);
  await tab.fill('#new-client_name', 'Reports');
  await tab.fill('#new-redirect_uris', 'http://reports.example/callback');
  await tab.click('#new button');
  assert.match(await tab.title(), /^Error: /);
  assert.equal(await tab.inputValue('#new-client_name'), 'Reports');
  await photograph(tab, 'desk-client-refused');
  await tab.fill('#new-redirect_uris', 'https://reports.example/callback');
  await tab.click('#new button');
  assert.ok((await tab.innerText('.secret code')).length > 30);
  await photograph(tab, 'desk-client-made');

  await part('Registration');
  assert.match(await tab.innerText('main'), /invalid_redirect_uri/);
  await photograph(tab, 'desk-registration');
  await tab.click('main a:text-is("Issue an initial access token")');
  await tab.fill('#token-name', 'Partners');
  await tab.click('#token button');
  await tab.click('main a:text-is("Go on")');
  await tab.click('tbody button');
  assert.match(await tab.innerText('main'), /Revoked/);

  await part('Resources and scopes');
  await photograph(tab, 'desk-resources');
  server.run(['user', 'invite', 'henry@example.org']);
  await part('E-mails');
  assert.ok(await excess(tab) <= 0, 'the e-mails fit');
  assert.match(await tab.innerText('tbody'), /henry@example\.org\s+Invitation\s+(Waits|Not sent)/);
  await tab.fill('#test-to', 'grace@example.org');
  await tab.click('#test button');
  assert.match(await tab.innerText('#error'), /could not be sent/);
  await photograph(tab, 'desk-emails');
  await tab.click('tbody button');
  assert.match(await tab.innerText('main'), /The change is made\./);
  await part('Signing keys');
  await tab.click('main a:text-is("Rotate the keys")');
  await tab.selectOption('#rotate-algorithm', 'ES256');
  await tab.click('#rotate button');
  assert.match(await tab.innerText('main'), /Waits/);
  await photograph(tab, 'desk-keys');
  await part('Audit log');
  await tab.selectOption('#filter-kind', 'client_deleted');
  await tab.click('#filter button');
  assert.equal(await tab.locator('tbody tr').count(), 1);
  await photograph(tab, 'desk-audit');
  await tab.click('main a:text-is("Verify the log")');
  assert.match(await tab.innerText('main'), /is as it was written/);
  await part('Settings');
  await photograph(tab, 'desk-settings');
  await close();
});

test('the desk works on a phone, in German', { skip, timeout: 120_000 }, async () => {
  const { tab, close } = await atTheDesk({ locale: 'de-DE', viewport: { width: 360, height: 740 } });
  assert.equal(await tab.locator('.desk-nav').isVisible(), false);
  await tab.click('text=Menü');
  assert.equal(await tab.locator('.desk-nav').isVisible(), true);
  await tab.screenshot({ path: new URL('../screenshots/desk-menu-phone.png', import.meta.url).pathname });
  await tab.click('.desk-nav a:text-is("Einstellungen")');
  assert.equal(await tab.locator('.desk-nav').isVisible(), false);
  assert.equal(await tab.innerText('h1'), 'Einstellungen');
  await close();
});

test('an operator invites somebody and adds a provider', { skip, timeout: 300_000 }, async () => {
  const { tab, close } = await atTheDesk({ bypassCSP: true });
  const found = [];
  const see = async (name) => {
    await photograph(tab, `desk-${name}`);
    found.push(...await look(tab, name));
  };

  await tab.click('.desk-nav a:text-is("People")');
  await tab.click('main a:text-is("Invitations")');
  await tab.click('main a:text-is("Invite somebody")');
  await tab.fill('#invitation-email', 'ida@example.org');
  await tab.fill('#invitation-lifetime', '100');
  await see('invitation');
  await tab.click('#invitation button');
  assert.match(await tab.title(), /^Error: /);
  assert.equal(await tab.inputValue('#invitation-email'), 'ida@example.org');
  assert.equal(await tab.getAttribute('#invitation-lifetime', 'aria-invalid'), 'true');
  await see('invitation-refused');
  await tab.fill('#invitation-lifetime', '3');
  await tab.check('#invitation-show');
  await tab.click('#invitation button');
  assert.match(await tab.innerText('.secret code'), /\/invitation\?token=/);
  await see('invitation-made');
  await tab.click('main a:text-is("Back")');
  assert.match(await tab.innerText('tbody'), /ida@example\.org\s+Handed over as a link/);
  assert.ok(await excess(tab) <= 0, 'the invitations fit');
  await see('invitations');
  await tab.locator('tr', { hasText: 'ida@example.org' }).getByRole('button').click();
  assert.match(await tab.innerText('main'), /The change is made\./);
  assert.doesNotMatch(await tab.innerText('main'), /ida@example\.org/);

  await tab.click('.desk-nav a:text-is("Sign-in providers")');
  await see('providers-none');
  await tab.click('main a:text-is("Add a provider")');
  await see('provider-new');
  await tab.fill('#provider-name', 'example');
  await tab.fill('#provider-issuer', `${provider.issuer}/elsewhere`);
  await tab.fill('#provider-label', 'Example');
  await tab.fill('#provider-client_id', 'grantor');
  await tab.fill('#provider-client_secret', 'not to be seen');
  await tab.click('#provider button');
  assert.match(await tab.title(), /^Error: /);
  assert.equal(await tab.inputValue('#provider-label'), 'Example');
  assert.equal(await tab.inputValue('#provider-client_secret'), '');
  await see('provider-refused');
  await tab.fill('#provider-issuer', provider.issuer);
  await tab.fill('#provider-client_secret', 'not to be seen');
  await tab.check('#provider-create_accounts');
  await tab.click('#provider button');
  assert.match(await tab.innerText('main'), /upstream\/example\/callback/);
  assert.doesNotMatch(await tab.content(), /not to be seen/);
  await see('provider');
  await tab.click('main a:text-is("Edit")');
  await see('provider-edit');
  await tab.click('main a:text-is("Cancel")');
  await tab.click('main a:text-is("Delete")');
  await see('provider-delete');
  await tab.click('#ask a');
  await tab.click('.desk-nav a:text-is("Sign-in providers")');
  assert.ok(await excess(tab) <= 0, 'the providers fit');
  await see('providers');
  await close();
  assert.deepEqual(found, []);
});
