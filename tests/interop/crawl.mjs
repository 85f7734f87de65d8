// Goes to every page that links lead to, as a person who is signed in would find it, and looks at each once.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The rules of WCAG 2.2 A and AA, and what is good practice beside them. */
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** A page may weigh so much, with its style sheet, scripts and icon. */
const heaviest = 30_000;

/** What axe-core finds wrong with the page that is open, in lines. The tab must have been opened with `bypassCSP`. */
export async function faults(tab, name) {
  await tab.evaluate(axe);
  const { violations } = await tab.evaluate((values) => window.axe.run(document, { runOnly: { type: 'tag', values } }), rules);
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) => `${name}: ${id}: ${help}: ${target} ${failureSummary.replace(/\s+/g, ' ')}`));
}

/** The page in both themes, wide and at 320 px: what axe-core finds, and whether it must be scrolled sideways. WCAG 1.4.10. */
export async function look(tab, name, photograph) {
  const found = [];
  for (const [width, height] of [[1000, 760], [320, 640]]) {
    await tab.setViewportSize({ width, height });
    for (const colorScheme of ['light', 'dark']) {
      await tab.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const at = `${name} (${width} px, ${colorScheme})`;
      const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (overflow > 0) found.push(`${at}: ${overflow} px too wide`);
      found.push(...await faults(tab, at));
      if (photograph) await photograph(`${name}-${width}-${colorScheme}`);
    }
  }
  await tab.setViewportSize({ width: 1000, height: 760 });
  await tab.emulateMedia({ colorScheme: 'light' });
  return found;
}

/** The bytes of a page with everything that it loads, without the rows and bars that the operator's own data fill. */
export async function weight(tab) {
  const own = await tab.evaluate(() => {
    const page = document.documentElement.cloneNode(true);
    for (const rows of page.querySelectorAll('tbody, svg, dl.desk-facts')) rows.remove();
    return page.outerHTML.length;
  });
  const addresses = await tab.evaluate(() => [...document.querySelectorAll('link[href], script[src]')].map((it) => it.href || it.src));
  const sizes = await Promise.all(addresses.map(async (it) => (await (await fetch(it)).arrayBuffer()).byteLength));
  return sizes.reduce((sum, size) => sum + size, own);
}

/** Addresses of one kind are one page: ids, numbers and queries do not count. */
export const kind = (path) => path.replace(/\?.*/, '').replace(/\/(?=[^/]*\d)[^/]+/g, '/{id}') || '/';

/**
 * Opens one page of each kind that links lead to from `starts`, and hands it to `visit`.
 * Not followed: what leaves the issuer, downloads, and the way out.
 */
export async function crawl(tab, issuer, starts, visit) {
  const seen = new Set();
  const waiting = [...starts];
  const pages = [];
  while (waiting.length > 0) {
    const path = waiting.shift();
    if (seen.has(kind(path))) continue;
    seen.add(kind(path));
    const answer = await tab.goto(issuer + path).catch(() => null);
    // A download.
    if (!answer || !answer.headers()['content-type']?.startsWith('text/html')) continue;
    const reached = tab.url().slice(issuer.length);
    if (kind(reached) !== kind(path) && seen.has(kind(reached))) continue;
    seen.add(kind(reached));
    pages.push(kind(reached));
    const links = await tab.evaluate(() => [...document.querySelectorAll('a[href]')].map((link) => link.href));
    waiting.push(...links.filter((href) => href.startsWith(`${issuer}/`)).map((href) => href.slice(issuer.length).replace(/#.*/, ''))
      .filter((to) => !/^\/(logout|static|\.well-known|language)|export|download/.test(to)));
    await visit(kind(reached), answer);
  }
  return pages;
}

export { heaviest };
