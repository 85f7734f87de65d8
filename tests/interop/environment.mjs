// What tests/interop/run hands over.

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start these tests with tests/interop/run`);
  return value;
}

/** The issuer identifier of the server under test, and nothing added to it. */
export const issuer = required('GRANTOR_ISSUER');

/** A person who can sign in there. */
export const person = { name: required('GRANTOR_USER'), password: required('GRANTOR_PASSWORD') };

/** Where nobody listens: the browser stops before it goes there. RFC 8252 §7.3. */
export const redirectUri = 'http://127.0.0.1:1/callback';

/** The link that the server printed when it started. */
export const setupLink = required('GRANTOR_SETUP_LINK');

/** A key for the admin API, as an operator's program has it. */
export const adminKey = required('GRANTOR_ADMIN_KEY');

/** What `grantor resource add --json` printed for the two resources of the stub MCP server. */
export const mcpResources = () => JSON.parse(required('GRANTOR_MCP_RESOURCES'));

/** Where the web site of a client may stand that the server trusts: its port on localhost, and files for TLS. */
export const documents = () => JSON.parse(required('GRANTOR_DOCUMENTS'));

/** The port on this computer from which the server fetches pictures of clients. */
export const picturesPort = () => Number(required('GRANTOR_PICTURES'));

/** The MCP server of the README, built from examples/mcp_server.rs, and the resource that it is. */
export const story = () => ({ resource: required('GRANTOR_STORY_RESOURCE'), binary: required('GRANTOR_STORY_BINARY') });

/** PUT, GET or DELETE on the configuration endpoint. RFC 7592 §2. */
export function configurationEndpoint(client, method, body, token = client.registration_access_token) {
  return fetch(client.registration_client_uri, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
}

/** A client information response as the body of an update: without what only the server sets. RFC 7592 §2.2. */
export function asUpdate(client, changes) {
  const {
    registration_access_token: _token,
    registration_client_uri: _uri,
    client_secret_expires_at: _expires,
    client_id_issued_at: _issued,
    issuer: _stamp,
    ...metadata
  } = client;
  return { ...metadata, ...changes };
}
