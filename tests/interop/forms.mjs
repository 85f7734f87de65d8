// A very small browser: it keeps cookies, follows redirects and submits the forms that the pages really hold.

import { parse } from 'node-html-parser';

const MOST_STEPS = 12;

/** Cookies as RFC 6265 keeps them for one host: by name and path. The pages under test live on one host. */
class CookieJar {
  #cookies = new Map();

  store(response, url) {
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(';').map((part) => part.trim());
      const equals = pair.indexOf('=');
      const cookie = { name: pair.slice(0, equals), value: pair.slice(equals + 1), path: defaultPath(url) };
      let gone = false;
      for (const attribute of attributes) {
        const [name, value = ''] = attribute.split('=');
        if (name.toLowerCase() === 'path' && value.startsWith('/')) cookie.path = value;
        if (name.toLowerCase() === 'max-age') gone = Number(value) <= 0;
      }
      const key = `${cookie.name};${cookie.path}`;
      if (gone) this.#cookies.delete(key);
      else this.#cookies.set(key, cookie);
    }
  }

  header(url) {
    return [...this.#cookies.values()]
      .filter(({ path }) => url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }
}

function defaultPath(url) {
  const end = url.pathname.lastIndexOf('/');
  return end > 0 ? url.pathname.slice(0, end) : '/';
}

/** A page, and where it was found. */
class Page {
  constructor(url, status, html) {
    this.url = url;
    this.status = status;
    this.html = html;
    this.document = parse(html);
  }

  /** The first form that has a field or a button of this name. */
  formWith(name) {
    return this.document.querySelectorAll('form').find((form) => form.querySelector(`[name="${name}"]`));
  }

  /** What a person reads, for messages. */
  get text() {
    return this.document.textContent.replace(/\s+/g, ' ').trim();
  }
}

/** The fields that a browser would send with this form, hidden ones included, buttons not. HTML §4.10.22.4. */
function fieldsOf(form) {
  const fields = new URLSearchParams();
  for (const control of form.querySelectorAll('input, select, textarea')) {
    const name = control.getAttribute('name');
    const type = (control.getAttribute('type') ?? 'text').toLowerCase();
    if (!name || control.hasAttribute('disabled') || ['submit', 'button', 'reset', 'image'].includes(type)) continue;
    if (['checkbox', 'radio'].includes(type) && !control.hasAttribute('checked')) continue;
    const selected = control.tagName === 'SELECT' ? control.querySelector('option[selected]') ?? control.querySelector('option') : control;
    const missing = ['checkbox', 'radio'].includes(type) ? 'on' : '';
    fields.append(name, control.tagName === 'TEXTAREA' ? control.textContent : selected?.getAttribute('value') ?? missing);
  }
  return fields;
}

/** One person's browser. */
export class Browser {
  #jar = new CookieJar();

  /**
   * Goes to a URL and follows redirects, until a page is shown or a redirect leads to `until`.
   * Answers with the `Page`, or with the `URL` that it was sent to and did not visit.
   */
  async open(url, { until, method = 'GET', body, from } = {}) {
    let next = new URL(url);
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const headers = { accept: 'text/html', cookie: this.#jar.header(next) };
      if (from) Object.assign(headers, { referer: from.href, 'sec-fetch-site': 'same-origin' });
      if (method === 'POST') headers.origin = (from ?? next).origin;
      const response = await fetch(next, { method, body, headers, redirect: 'manual' });
      this.#jar.store(response, next);
      const location = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || !location) {
        return new Page(next, response.status, await response.text());
      }
      await response.body?.cancel();
      if ([307, 308].includes(response.status) && method === 'POST') {
        throw new Error(`${next.pathname} would have the form sent on (${response.status}), password and all`);
      }
      next = new URL(location, next);
      if (until && isAt(next, until)) return next;
      [method, body] = ['GET', undefined];
    }
    throw new Error(`more than ${MOST_STEPS} redirects, the last to ${next}`);
  }

  /** Fills in a form of the page and presses the button of this name and value, or the only one. */
  async submit(page, form, values, { button, until } = {}) {
    const fields = fieldsOf(form);
    for (const [name, value] of Object.entries(values)) {
      if (!form.querySelector(`[name="${name}"]`)) throw new Error(`the form on ${page.url.pathname} has no field ${name}`);
      fields.set(name, value);
    }
    if (button) {
      const [name, value] = button;
      if (!form.querySelector(`button[name="${name}"][value="${value}"]`)) {
        throw new Error(`the form on ${page.url.pathname} has no button ${name}=${value}`);
      }
      fields.append(name, value);
    }
    const action = new URL(form.getAttribute('action') || page.url, page.url);
    const method = (form.getAttribute('method') ?? 'get').toUpperCase();
    if (method === 'GET') {
      action.search = fields;
      return this.open(action, { until, from: page.url });
    }
    return this.open(action, { until, from: page.url, method, body: fields });
  }

  /**
   * Follows an authorization request to its end as a person would: signs in if asked, decides if asked.
   * Answers with the redirect URI and its parameters. RFC 6749 §4.1.2.
   */
  async authorize(authorizationUrl, redirectUri, { name, password, decision = 'allow' }) {
    let at = await this.open(authorizationUrl, { until: redirectUri });
    const seen = { signIn: false, consent: false };
    let named = false;
    while (at instanceof Page) {
      const signIn = at.formWith('password');
      const who = at.formWith('name');
      const consent = at.formWith('decision');
      if (signIn && !seen.signIn) {
        seen.signIn = true;
        at = await this.submit(at, signIn, { name, password }, { until: redirectUri });
      } else if (who && !signIn && !named) {
        named = true;
        at = await this.submit(at, who, { name }, { until: redirectUri });
      } else if (consent && !seen.consent) {
        seen.consent = true;
        at = await this.submit(at, consent, {}, { button: ['decision', decision], until: redirectUri });
      } else {
        throw new Error(`stopped at ${at.url.pathname} (${at.status}): ${at.text.slice(0, 500)}`);
      }
    }
    return { callback: at, ...seen };
  }
}

/** Whether this URL is the redirect URI, whatever parameters were added to it. */
function isAt(url, redirectUri) {
  const wanted = new URL(redirectUri);
  return url.origin === wanted.origin && url.pathname === wanted.pathname;
}
