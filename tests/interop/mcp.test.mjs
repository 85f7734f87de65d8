// npm @modelcontextprotocol/sdk: `auth()` finds the authorization server through the MCP server and does the rest.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { after, before, test } from 'node:test';
import { auth, extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js';

import { asUpdate, configurationEndpoint, documents, issuer, mcpResources, person, redirectUri } from './environment.mjs';
import { Browser } from './forms.mjs';
import { startMcpServer } from './mcp_server.mjs';

/** Keeps everything in memory, and "opens" the browser by remembering where to. */
class Provider {
  redirectUrl = redirectUri;
  clientMetadata = {
    client_name: 'An MCP client',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  /** Every client information response in full: the SDK itself drops what RFC 7592 adds to it. */
  registrations = [];
  #state = 'state-of-this-client';
  #information;
  #tokens;
  #verifier;

  state = () => this.#state;
  clientInformation = () => this.#information;
  tokens = () => this.#tokens;
  codeVerifier = () => this.#verifier;
  fetch = async (url, init) => {
    const response = await fetch(url, init);
    if (response.status === 201) this.registrations.push(await response.clone().json());
    return response;
  };
  saveClientInformation(information) {
    this.#information = information;
  }
  saveTokens(tokens) {
    this.#tokens = tokens;
  }
  saveCodeVerifier(verifier) {
    this.#verifier = verifier;
  }
  redirectToAuthorization(url) {
    this.authorizationUrl = url;
  }
  invalidateCredentials(what) {
    if (what === 'all' || what === 'client') this.#information = undefined;
    if (what !== 'verifier') this.#tokens = undefined;
  }
}

const resources = mcpResources();
/** The identifiers: one with a path, and one that is an origin. */
const [tools, origin] = resources.map(({ resource }) => resource);

let stop;
before(async () => {
  stop = await startMcpServer(issuer, resources);
});
after(() => stop?.());

const call = (resource, token) => fetch(resource, { method: 'POST', headers: token && { authorization: `Bearer ${token}` } });

/** From the 401 to a token: what an MCP client does when it is first pointed at a server. */
async function connect(provider, resource = tools) {
  const challenge = extractWWWAuthenticateParams(await call(resource));
  const target = { serverUrl: resource, fetchFn: provider.fetch, ...challenge };
  assert.equal(await auth(provider, target), 'REDIRECT');
  const { callback } = await new Browser().authorize(provider.authorizationUrl, redirectUri, person);
  assert.equal(callback.searchParams.get('state'), provider.state());
  assert.equal(callback.searchParams.get('iss'), issuer);
  assert.equal(await auth(provider, { ...target, authorizationCode: callback.searchParams.get('code') }), 'AUTHORIZED');
  return target;
}

test('an MCP client registers, connects, refreshes, updates and deletes itself', async () => {
  const provider = new Provider();
  const target = await connect(provider);
  assert.equal(provider.authorizationUrl.searchParams.get('resource'), tools);

  const first = provider.tokens();
  const answer = await call(tools, first.access_token);
  assert.equal(answer.status, 200, await answer.clone().text());
  const seen = await answer.json();
  assert.equal(seen.client_id, provider.clientInformation().client_id);
  assert.equal(seen.scope, 'mcp:tools');

  // With a refresh token at hand `auth()` refreshes instead of sending the person away.
  assert.equal(await auth(provider, target), 'AUTHORIZED');
  const second = provider.tokens();
  assert.notEqual(second.access_token, first.access_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.equal((await call(tools, second.access_token)).status, 200);

  const [registered] = provider.registrations;
  assert.equal(provider.registrations.length, 1);
  assert.equal('client_secret' in registered, false);
  const update = await configurationEndpoint(registered, 'PUT', asUpdate(registered, { client_name: 'Renamed' }));
  assert.equal(update.status, 200);
  const updated = { ...registered, ...(await update.json()) };
  assert.equal(updated.client_name, 'Renamed');
  assert.equal((await configurationEndpoint(updated, 'DELETE')).status, 204);
  assert.equal((await configurationEndpoint(updated, 'GET')).status, 401);
  // The JWT has not expired: only the introspection knows.
  assert.deepEqual(await (await call(tools, second.access_token)).json(), { reason: 'inactive' });
});

test('the slash that URL() puts behind an origin is the same resource', async () => {
  const provider = new Provider();
  provider.validateResourceURL = async () => new URL(origin);
  await connect(provider, origin);
  assert.equal(provider.authorizationUrl.searchParams.get('resource'), `${origin}/`);
  const token = provider.tokens().access_token;
  assert.equal(token.split('.').length, 1, 'this resource was added with opaque tokens');
  const answer = await call(origin, token);
  assert.equal(answer.status, 200, await answer.clone().text());
  assert.deepEqual(await (await call(tools, token)).json(), { reason: 'inactive' }, 'a token is for one resource');
  assert.equal((await configurationEndpoint(provider.registrations.at(-1), 'DELETE')).status, 204);
});

test('a deleted MCP client is told invalid_client, registers anew and connects', async () => {
  const provider = new Provider();
  const target = await connect(provider);
  const [deleted] = provider.registrations;
  assert.equal((await configurationEndpoint(deleted, 'DELETE')).status, 204);

  // The SDK registers again if, and only if, the refresh is answered with invalid_client.
  assert.equal(await auth(provider, target), 'REDIRECT');
  assert.equal(provider.registrations.length, 2);
  assert.notEqual(provider.clientInformation().client_id, deleted.client_id);
  await connect(provider);
  assert.equal((await call(tools, provider.tokens().access_token)).status, 200);
  assert.equal((await configurationEndpoint(provider.registrations.at(-1), 'DELETE')).status, 204);
});

test('an unknown resource is refused with invalid_target', async () => {
  const provider = new Provider();
  await connect(provider);
  const unknown = new URL(provider.authorizationUrl);
  unknown.searchParams.set('resource', 'http://localhost:1/unknown');
  const browser = new Browser();
  // Until somebody has signed in, a client that nobody vouches for sends nobody anywhere: the page leads back.
  const page = await browser.open(unknown, { until: redirectUri });
  assert.match(page.text, /invalid_target.*Back to an app/);
  await browser.authorize(provider.authorizationUrl, redirectUri, person);
  const { callback } = await browser.authorize(unknown, redirectUri, person);
  assert.equal(callback.searchParams.get('error'), 'invalid_target');
  assert.equal((await configurationEndpoint(provider.registrations.at(-1), 'DELETE')).status, 204);
});

/** A web site that serves the metadata of the client at its `client_id`. */
async function serveDocument({ port, certificate, key }, document) {
  const site = { requests: 0, url: `https://localhost:${port}/client.json` };
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (_request, response) => {
    site.requests += 1;
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'max-age=600' });
    response.end(JSON.stringify({ client_id: site.url, ...document }));
  });
  await new Promise((listening) => server.listen(port, 'localhost', listening));
  site.close = () => server.close();
  return site;
}

test('an MCP client with a client id metadata document connects and refreshes without registering', async () => {
  const provider = new Provider();
  const site = await serveDocument(documents(), provider.clientMetadata);
  try {
    provider.clientMetadataUrl = site.url;
    const target = await connect(provider);
    assert.equal(provider.authorizationUrl.searchParams.get('client_id'), site.url);
    const first = provider.tokens();
    const answer = await call(tools, first.access_token);
    assert.equal(answer.status, 200, await answer.clone().text());
    assert.equal((await answer.json()).client_id, site.url);
    assert.equal(await auth(provider, target), 'AUTHORIZED');
    assert.notEqual(provider.tokens().refresh_token, first.refresh_token);
    assert.equal(provider.registrations.length, 0);
    assert.equal(site.requests, 1);
  } finally {
    site.close();
  }
});
