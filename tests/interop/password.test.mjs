// What the page says while a new password is typed, in a real browser: early, in the language of the person, and to nobody else.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, missing, openTab, photograph } from './chromium.mjs';
import { look } from './crawl.mjs';
import { missingBinary, startServer } from './own_server.mjs';

const skip = missing || missingBinary;
const good = 'seven purple kettles';
let browser;
let server;

before(async () => {
  if (skip) return;
  [browser, server] = await Promise.all([launch(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The page where somebody chooses a new password. */
async function choose(name, options) {
  server.run(['user', 'add', name, '--email', `${name}@example.org`, '--password-stdin'], 'an old one that nobody types here\n');
  const link = server.run(['user', 'reset-link', name]).split('\n').find((line) => line.startsWith('http'));
  const opened = await openTab(browser, [server.issuer], options);
  await opened.tab.goto(link);
  return { ...opened, field: opened.tab.locator('[autocomplete=new-password]'), seen: opened.tab.locator('.strength span'), heard: opened.tab.locator('.with-reveal ~ [role=status]') };
}

test('what is typed is judged on the page, and no word leaves it', { skip, timeout: 120_000 }, async () => {
  const { tab, field, seen, heard, close } = await choose('ada');
  const requests = [];
  // The browser may ask for the icon of the page whenever it likes.
  tab.on('request', (request) => request.url().includes('/favicon') || requests.push(request.url()));
  assert.equal(await seen.isVisible(), false);
  for (const [typed, said, state, value] of [
    ['seven pu', '8 of 15 characters', 'short', 8],
    // One character each: what is typed in two parts, and what takes two units of UTF-16.
    ['e\u0301\u{1f980}', '2 of 15 characters', 'short', 2],
    ['abababababababab', 'Long enough, but easy to guess. Add words that do not belong together.', 'weak', 15],
    ['abcdefghijklmnop', 'Long enough, but easy to guess. Add words that do not belong together.', 'weak', 15],
    ['k'.repeat(129), 'Use at most 128 characters.', 'long', 15],
    [good, 'Long enough.', 'good', 15],
  ]) {
    await field.fill(typed);
    assert.equal(await seen.textContent(), said);
    assert.equal(await tab.locator('.strength').getAttribute('data-state'), state);
    assert.equal(await tab.locator('.strength progress').evaluate((bar) => bar.value), value);
    await photograph(tab, `password-hint-${state}`);
  }
  assert.deepEqual(requests, []);
  // Shown while it is typed, read aloud once nobody types. WCAG 4.1.3.
  await tab.waitForFunction(() => document.querySelector('.with-reveal ~ [role=status]').textContent === 'Long enough.');
  await field.fill('');
  await field.pressSequentially('kettle', { delay: 20 });
  assert.equal(await seen.textContent(), '6 of 15 characters');
  assert.equal(await heard.textContent(), 'Long enough.');
  await tab.waitForFunction(() => document.querySelector('.with-reveal ~ [role=status]').textContent === '6 of 15 characters');
  await field.fill('');
  assert.equal(await seen.isVisible(), false);
  await field.fill(good);
  await tab.locator('main form button.primary').click();
  await tab.waitForURL((url) => !url.pathname.startsWith('/reset'));
  await close();
});

test('the own name is no good password, and axe-core finds nothing', { skip, timeout: 120_000 }, async () => {
  const { tab, field, seen, close } = await choose('theodora.longname', { bypassCSP: true });
  await field.fill('theodora.longname 1');
  assert.match(await seen.textContent(), /easy to guess/);
  for (const typed of ['short', 'theodora.longname 1', good]) {
    await field.fill(typed);
    assert.deepEqual(await look(tab, `password-hint: ${typed}`), []);
  }
  await close();
});

test('the hint speaks the language of the page', { skip, timeout: 120_000 }, async () => {
  for (const [locale, said] of [['de', '5 von 15 Zeichen'], ['fr', 'Caractères\u00a0: 5 sur 15'], ['es', 'Caracteres: 5 de 15'], ['ja', '15 文字中 5 文字']]) {
    const { field, seen, close } = await choose(`ada-${locale}`, { locale });
    await field.fill('seven');
    assert.equal(await seen.textContent(), said);
    await close();
  }
});

test('without script the hint above the field is enough', { skip, timeout: 120_000 }, async () => {
  const { tab, field, close } = await choose('eve', { javaScriptEnabled: false });
  assert.equal(await tab.locator('.strength').count(), 0);
  await tab.getByText('At least 15 characters').waitFor();
  await field.fill(good);
  await tab.locator('main form button.primary').click();
  await tab.waitForURL((url) => !url.pathname.startsWith('/reset'));
  await close();
});
