// A stub of a protected MCP server: it names its authorization server (RFC 9728) and asks for a token (RFC 6750).

import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';

/** The scope that the resource was added with. */
export const scope = 'mcp:tools';

/** Listens, and answers with the resource identifier and a way to stop. */
export async function startMcpServer(issuer, port) {
  const origin = `http://localhost:${port}`;
  const resource = `${origin}/mcp`;
  const metadataUrl = `${origin}/.well-known/oauth-protected-resource/mcp`;
  const configuration = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
  const keys = createRemoteJWKSet(new URL(configuration.jwks_uri));

  const server = createServer(async (request, response) => {
    const answer = (status, body, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
    };
    if (request.url === '/.well-known/oauth-protected-resource/mcp') {
      return answer(200, { resource, authorization_servers: [issuer], scopes_supported: [scope], bearer_methods_supported: ['header'] });
    }
    if (request.url !== '/mcp') return answer(404, {});
    const challenge = `Bearer resource_metadata="${metadataUrl}", scope="${scope}"`;
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!token) return answer(401, {}, { 'www-authenticate': challenge });
    try {
      // RFC 9068 §4: the type, the issuer, the audience and the time.
      const { payload } = await jwtVerify(token, keys, { issuer, audience: resource, typ: 'at+jwt' });
      return answer(200, { sub: payload.sub, client_id: payload.client_id, scope: payload.scope });
    } catch (error) {
      return answer(401, { reason: error.message }, { 'www-authenticate': `${challenge}, error="invalid_token"` });
    }
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, 'localhost', resolve));
  return { resource, stop: () => new Promise((resolve) => server.close(resolve)) };
}
