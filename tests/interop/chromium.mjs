// Chromium for the tests of the pages: every page that is opened is watched, and photographed when asked.

import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const named = process.env.GRANTOR_TEST_CHROMIUM;
const executablePath = named || '/usr/bin/chromium';
const screenshots = fileURLToPath(new URL('../screenshots/', import.meta.url));

/** A host that nobody answers for: to be sent there is enough. */
export const elsewhere = 'client.example';

/** Why the tests cannot run here; `false` if they can. A browser that was named must be there. */
export const missing = !named && !existsSync(executablePath)
  && `there is no browser: ${executablePath} does not exist and GRANTOR_TEST_CHROMIUM names no other`;

/** Starts the browser. */
export function launch() {
  mkdirSync(screenshots, { recursive: true });
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--no-proxy-server', '--no-first-run', `--host-resolver-rules=MAP ${elsewhere} ~NOTFOUND`],
  });
}

/** Catches what is sent to a redirect URI on a loopback address. RFC 8252 §7.3. */
export async function listen() {
  const requests = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const url = new URL(request.url, 'http://127.0.0.1');
    // Whatever else a browser asks for, an icon for example.
    if (url.pathname !== '/callback') return response.writeHead(204).end();
    requests.push({ method: request.method, query: url.searchParams, form: new URLSearchParams(body) });
    response.writeHead(200, { 'content-type': 'text/html' });
    return response.end('<!doctype html><title>The client</title><p>You are back.');
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    redirectUri: `http://127.0.0.1:${server.address().port}/callback`,
    /** The only request since the last time. */
    take() {
      assert.equal(requests.length, 1, 'requests at the redirect URI');
      return requests.pop();
    },
    stop: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }),
  };
}

/** Serves a picture for clients at this port; what people see of it is drawn here. */
export async function serveLogo(browser, port) {
  const tab = await browser.newPage();
  await tab.setContent('<style>body{margin:0}div{width:400px;height:400px;display:grid;place-items:center;border-radius:50%;background:#233a7d;color:#ffd166;font:700 220px Georgia,serif}</style><div>N</div>');
  const png = await tab.screenshot({ clip: { x: 0, y: 0, width: 400, height: 400 }, omitBackground: true });
  await tab.close();
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(request.headers);
    response.writeHead(200, { 'content-type': 'image/png' }).end(png);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    uri: `http://127.0.0.1:${port}/logo.png`,
    requests,
    stop: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }),
  };
}

/** RFC 8252 §7.1. */
const isForApp = (request) => !/^https?:/.test(request.url());

/** A tab in a context of its own. What the browser complains about is kept; `origins` are all that it may talk to. */
export async function openTab(browser, origins, options = {}) {
  const context = await browser.newContext(options);
  const tab = await context.newPage();
  const complaints = [];
  tab.on('console', (message) => {
    // Chromium reports the status of an error page as an error, too.
    const isStatus = message.text().startsWith('Failed to load resource: the server responded with a status of')
      && message.location().url === tab.url();
    if (!isStatus) complaints.push(`${message.type()}: ${message.text()}`);
  });
  tab.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
  tab.on('request', (request) => {
    if (!isForApp(request) && !origins.includes(new URL(request.url()).origin)) complaints.push(`request to ${request.url()}`);
  });
  tab.on('requestfailed', (request) => {
    // Somebody who is quick leaves the page before the browser has all of it, or its icon. What the policy forbids has another name.
    const isQuick = request.isNavigationRequest() || request.url().includes('/favicon');
    const isLeft = isQuick && request.failure()?.errorText === 'net::ERR_ABORTED';
    if (!isLeft && !isForApp(request) && new URL(request.url()).host !== elsewhere) complaints.push(`failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  return {
    tab,
    context,
    complaints,
    /** Nothing was blocked, nothing failed, nobody else was asked. */
    async close() {
      assert.deepEqual(complaints, []);
      await context.close();
    },
  };
}

/** In both themes, wide and at 320 px, where nothing may need to be scrolled sideways (WCAG 1.4.10). */
export async function photograph(tab, name) {
  for (const [width, height] of [[1000, 760], [320, 640]]) {
    await tab.setViewportSize({ width, height });
    const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${name} is ${overflow} px too wide at ${width} px`);
    for (const colorScheme of ['light', 'dark']) {
      await tab.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await tab.screenshot({ path: `${screenshots}${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
  await tab.setViewportSize({ width: 1000, height: 760 });
}
