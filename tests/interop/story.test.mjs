// The README's story, as Claude Code lives it: an MCP server that asks Grantor for tokens, and a client that knows nothing
// but that server's address.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { issuer, person, story } from './environment.mjs';
import { Browser } from './forms.mjs';

const redirectUri = 'http://localhost:3118/callback';

/** What Claude Code keeps of a server, in memory. */
class ClaudeCode {
  redirectUrl = redirectUri;
  clientMetadata = {
    client_name: 'Claude Code (notes)',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  clientInformation = () => this.information;
  saveClientInformation(information) { this.information = information; }
  tokens = () => this.saved;
  saveTokens(tokens) { this.saved = tokens; }
  codeVerifier = () => this.verifier;
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  redirectToAuthorization(url) { this.authorizationUrl = url; }
}

const { resource, binary } = story();
let server;
before(async () => {
  server = spawn(binary, { env: { ISSUER: issuer, RESOURCE: resource }, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', () => reject(new Error('the MCP server ended')));
    server.stdout.once('data', resolve);
  });
  for (let attempt = 0; attempt < 50; attempt += 1) {
    if (await fetch(resource, { method: 'POST' }).then(() => true, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});
after(() => server?.kill());

test('Claude Code connects to an MCP server that it knows only by its address', async () => {
  const provider = new ClaudeCode();
  const transport = () => new StreamableHTTPClientTransport(new URL(resource), { authProvider: provider });
  const first = transport();
  await assert.rejects(new Client({ name: 'claude-code', version: '1.0.0' }).connect(first), UnauthorizedError);
  const { callback } = await new Browser().authorize(provider.authorizationUrl, redirectUri, person);
  await first.finishAuth(callback.searchParams.get('code'));

  const client = new Client({ name: 'claude-code', version: '1.0.0' });
  await client.connect(transport());
  assert.deepEqual((await client.listTools()).tools.map(({ name }) => name), ['read_notes']);
  const { content } = await client.callTool({ name: 'read_notes', arguments: {} });
  assert.match(content[0].text, /^Nobody but u-.+ may read this\.$/);
  assert.equal(provider.saved.scope, 'notes.read');
  await client.close();
});
