// A stub of a protected MCP server: it names its authorization server (RFC 9728) and asks for a token (RFC 6750). What it
// says and what it introspects with is what `grantor resource add --json` printed.

import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';

/** Listens for these resources, all of one origin, and answers with a way to stop. */
export async function startMcpServer(issuer, resources) {
  const configuration = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
  const keys = createRemoteJWKSet(new URL(configuration.jwks_uri));
  const at = (path) => resources.find(({ resource }) => new URL(resource).pathname === path);
  const metadataAt = (path) => resources.find(({ protected_resource_metadata_url: url }) => new URL(url).pathname === path);

  /** RFC 7662 §2; and a JWT proves itself, too: RFC 9068 §4. */
  async function check(token, { resource, client_id: id, client_secret: secret }) {
    const answer = await fetch(configuration.introspection_endpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}` },
      body: new URLSearchParams({ token }),
    });
    if (answer.status !== 200) throw new Error(`introspection answered ${answer.status}`);
    const seen = await answer.json();
    if (!seen.active) throw new Error('inactive');
    if (![seen.aud].flat().includes(resource)) throw new Error(`for ${seen.aud}`);
    if (token.includes('.')) {
      const { payload } = await jwtVerify(token, keys, { issuer, audience: resource, typ: 'at+jwt' });
      for (const name of ['sub', 'client_id', 'scope', 'exp']) {
        if (payload[name] !== seen[name]) throw new Error(`the token and its introspection differ in ${name}`);
      }
    }
    return { sub: seen.sub, client_id: seen.client_id, scope: seen.scope };
  }

  const server = createServer(async (request, response) => {
    const answer = (status, body, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
    };
    const described = metadataAt(request.url);
    if (described) return answer(200, described.protected_resource_metadata);
    const resource = at(request.url);
    if (!resource) return answer(404, {});
    const challenge = resource.www_authenticate;
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!token) return answer(401, {}, { 'www-authenticate': challenge });
    try {
      return answer(200, await check(token, resource));
    } catch (error) {
      return answer(401, { reason: error.message }, { 'www-authenticate': `${challenge}, error="invalid_token"` });
    }
  });
  const { port } = new URL(resources[0].resource);
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, 'localhost', resolve));
  return () => new Promise((resolve) => server.close(resolve));
}
