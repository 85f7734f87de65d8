// npm openid-client: an OpenID relying party through a whole life of a registration.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import * as openid from 'openid-client';

import { adminKey, asUpdate, configurationEndpoint, issuer, person, redirectUri } from './environment.mjs';
import { Browser } from './forms.mjs';

const metadata = {
  client_name: 'openid-client',
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  scope: 'openid profile email offline_access',
};

const authentications = {
  none: () => openid.None(),
  client_secret_basic: (secret) => openid.ClientSecretBasic(secret),
  client_secret_post: (secret) => openid.ClientSecretPost(secret),
  client_secret_jwt: (secret) => openid.ClientSecretJwt(secret),
  // openid-client calls the algorithm of an Ed25519 key by its name of RFC 9864, which the provider does not list.
  private_key_jwt: (_, key) =>
    openid.PrivateKeyJwt(key, { [openid.modifyAssertion]: (header) => { if (header.alg === 'Ed25519') header.alg = 'EdDSA'; } }),
};

const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/** A key pair for this algorithm, and the metadata of a client that has it, if its method needs one. */
async function withKey(method, algorithm) {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: `a ${algorithm} key`, alg: algorithm, use: 'sig' };
  const members = { ...metadata, token_endpoint_auth_method: method, id_token_signed_response_alg: algorithm };
  if (method === 'private_key_jwt') Object.assign(members, { jwks: { keys: [jwk] }, token_endpoint_auth_signing_alg: algorithm });
  return { members, key: { key: privateKey, kid: jwk.kid } };
}

/** The client that the provider knows, which verifies the signature of every ID token. */
function configuration(server, information, method, key) {
  const { client_id: id, client_secret: secret } = information;
  const config = new openid.Configuration(server, id, information, authentications[method](secret, key));
  openid.allowInsecureRequests(config);
  openid.enableNonRepudiationChecks(config);
  return config;
}

/** Discovers and registers, then authenticates by the method that it registered. RFC 7591 §3. */
async function register(method, algorithm = 'RS256') {
  const { members, key } = await withKey(method, algorithm);
  const registered = await openid.dynamicClientRegistration(new URL(issuer), members, undefined, {
    execute: [openid.allowInsecureRequests],
  });
  const information = registered.clientMetadata();
  return { config: configuration(registered.serverMetadata(), information, method, key), information };
}

/** A client that an operator made: the server never heard of it by registration. RFC 6749 §2. */
async function made(method, algorithm) {
  const { members, key } = await withKey(method, algorithm);
  const answer = await fetch(`${issuer}/admin/api/clients`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ metadata: members }),
  });
  const client = await answer.json();
  assert.ok(answer.ok, JSON.stringify(client));
  const information = { ...members, client_id: client.client_id, client_secret: client.client_secret };
  const discovered = await openid.discovery(new URL(issuer), client.client_id, undefined, openid.None(), {
    execute: [openid.allowInsecureRequests],
  });
  return { config: configuration(discovered.serverMetadata(), information, method, key), information };
}

/** Authorize, sign in, consent, exchange. */
async function signIn(config, browser = new Browser()) {
  const verifier = openid.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier: verifier, expectedState: openid.randomState(), expectedNonce: openid.randomNonce() };
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: metadata.scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    prompt: 'consent',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const { callback, consent } = await browser.authorize(url, redirectUri, person);
  return { tokens: await openid.authorizationCodeGrant(config, callback, { ...checks, idTokenExpected: true }), callback, consent };
}

for (const method of Object.keys(authentications)) {
  test(`a client with ${method} registers, signs a person in, refreshes, updates and deletes itself`, async () => {
    const { config, information: registered } = await register(method);
    assert.equal(registered.token_endpoint_auth_method, method);
    assert.equal('client_secret' in registered, !['none', 'private_key_jwt'].includes(method));
    assert.ok(registered.registration_client_uri.startsWith(`${issuer}/`));

    const { tokens, callback, consent } = await signIn(config);
    assert.equal(callback.searchParams.get('iss'), issuer);
    assert.ok(consent, 'a self-registered client is never let in without consent');
    const subject = tokens.claims().sub;
    const user = await openid.fetchUserInfo(config, tokens.access_token, subject);
    assert.equal(user.sub, subject);
    assert.match(user.email, /@/);

    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token);
    assert.notEqual(refreshed.access_token, tokens.access_token);
    assert.notEqual(refreshed.refresh_token, tokens.refresh_token);
    assert.equal((await openid.fetchUserInfo(config, refreshed.access_token, subject)).sub, subject);
    if (method !== 'none') assert.equal((await openid.tokenIntrospection(config, refreshed.access_token)).active, true);

    const update = await configurationEndpoint(registered, 'PUT', asUpdate(registered, { client_name: 'renamed' }));
    assert.equal(update.status, 200);
    const updated = { ...registered, ...(await update.json()) };
    assert.equal(updated.client_name, 'renamed');
    const read = await configurationEndpoint(updated, 'GET');
    assert.equal(read.status, 200);
    assert.equal((await read.json()).client_name, 'renamed');

    assert.equal((await configurationEndpoint(updated, 'DELETE')).status, 204);
    await assert.rejects(openid.refreshTokenGrant(config, refreshed.refresh_token), (refusal) => {
      // With Basic the answer carries a challenge, and openid-client reports that instead of the body. RFC 6749 §5.2.
      if (method === 'client_secret_basic') assert.equal(refusal.code, 'OAUTH_WWW_AUTHENTICATE_CHALLENGE');
      else assert.equal(refusal.error, 'invalid_client');
      assert.equal(refusal.status, 401);
      return true;
    });
    assert.equal((await configurationEndpoint(updated, 'GET')).status, 401);
    const userinfo = await fetch(config.serverMetadata().userinfo_endpoint, {
      headers: { authorization: `Bearer ${refreshed.access_token}` },
    });
    assert.equal(userinfo.status, 401);
    assert.match(userinfo.headers.get('www-authenticate'), /error="invalid_token"/);
  });
}

for (const method of Object.keys(authentications)) {
  for (const algorithm of algorithms) {
    for (const [kind, come] of Object.entries({ dynamic: register, static: made })) {
      test(`a ${kind} client with ${method} signs a person in with ${algorithm}`, async () => {
        const { config, information } = await come(method, algorithm);
        const { tokens } = await signIn(config);
        const [header] = tokens.id_token.split('.');
        assert.equal(JSON.parse(Buffer.from(header, 'base64url')).alg, algorithm);
        const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token);
        const subject = tokens.claims().sub;
        assert.equal((await openid.fetchUserInfo(config, refreshed.access_token, subject)).sub, subject);
        if (method !== 'none') assert.equal((await openid.tokenIntrospection(config, refreshed.access_token)).active, true);
        await openid.tokenRevocation(config, refreshed.refresh_token);
        await assert.rejects(openid.refreshTokenGrant(config, refreshed.refresh_token), { error: 'invalid_grant' });
        if (kind === 'dynamic') assert.equal((await configurationEndpoint(information, 'DELETE')).status, 204);
      });
    }
  }
}

test('a person who refuses sends the client access_denied with state and iss', async () => {
  const { config, information } = await register('none');
  const verifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid',
    state: 'a state & more',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const { callback } = await new Browser().authorize(url, redirectUri, { ...person, decision: 'deny' });
  assert.equal(callback.searchParams.get('error'), 'access_denied');
  assert.equal(callback.searchParams.get('state'), 'a state & more');
  assert.equal(callback.searchParams.get('iss'), issuer);
  assert.equal(callback.searchParams.has('code'), false);
  assert.equal((await configurationEndpoint(information, 'DELETE')).status, 204);
});

test('a revoked refresh token and the access token of its grant are dead', async () => {
  const { config, information } = await register('none');
  const { tokens } = await signIn(config);
  await openid.tokenRevocation(config, tokens.refresh_token, { token_type_hint: 'refresh_token' });
  await assert.rejects(openid.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant' });
  await assert.rejects(openid.fetchUserInfo(config, tokens.access_token, tokens.claims().sub));
  assert.equal((await configurationEndpoint(information, 'DELETE')).status, 204);
});
