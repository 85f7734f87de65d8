-- What an OpenID provider needs beyond the foundation: what a session and a grant say about the sign-in, the claims parameter,
-- secrets that can be read, keys and pictures of clients, and sign-outs that clients have still to be told of.
-- The same tables and columns as migrations/sqlite, in the same order: a test compares them.

-- sid: the name of the session in ID and logout tokens; unlike the cookie it stays when the person signs in again.
-- amr: how the person signed in, RFC 8176, separated by spaces. address and user_agent: of the last sign-in, for the list of sessions.
ALTER TABLE browser_sessions ADD COLUMN sid TEXT NOT NULL DEFAULT '';
ALTER TABLE browser_sessions ADD COLUMN amr TEXT NOT NULL DEFAULT 'pwd';
ALTER TABLE browser_sessions ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE browser_sessions ADD COLUMN address TEXT;
ALTER TABLE browser_sessions ADD COLUMN user_agent TEXT;
UPDATE browser_sessions SET sid = replace(gen_random_uuid()::text, '-', ''), created_at = authenticated_at;
CREATE UNIQUE INDEX browser_sessions_sid ON browser_sessions (sid);

-- The clients that a session signed in to: they are told when it ends.
CREATE TABLE session_clients (
    session_id BIGINT NOT NULL REFERENCES browser_sessions (id) ON DELETE CASCADE,
    client_key BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    PRIMARY KEY (session_id, client_key)
);
CREATE INDEX session_clients_client ON session_clients (client_key);

-- claims: the claims parameter of the request, JSON. sid, acr and amr: of the session and sign-in that the grant came from.
ALTER TABLE grants ADD COLUMN claims TEXT;
ALTER TABLE grants ADD COLUMN sid TEXT;
ALTER TABLE grants ADD COLUMN acr TEXT;
ALTER TABLE grants ADD COLUMN amr TEXT NOT NULL DEFAULT 'pwd';

-- Only for clients that sign with their secret: sealed with the master key, beside the digest.
ALTER TABLE clients ADD COLUMN sealed_secret BYTEA;
ALTER TABLE clients ADD COLUMN previous_sealed_secret BYTEA;

-- The JWK Set behind a client's jwks_uri, as last fetched. asked_at: when the last fetch began; answered_at: when one last ended, well or
-- not. A fetch is going on while it is before asked_at.
CREATE TABLE client_keys (
    client_key BIGINT NOT NULL PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    uri TEXT NOT NULL,
    keys TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    fetched_at BIGINT NOT NULL,
    fresh_until BIGINT NOT NULL
);

-- Pictures of clients, made anew from what their addresses served. picture: PNG; null = it could not be had.
CREATE TABLE client_pictures (
    client_key BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    uri TEXT NOT NULL,
    name TEXT NOT NULL,
    picture BYTEA,
    asked_at BIGINT NOT NULL,
    fetched_at BIGINT,
    fetch_after BIGINT NOT NULL,
    PRIMARY KEY (client_key, uri)
);
CREATE UNIQUE INDEX client_pictures_name ON client_pictures (name);
CREATE INDEX client_pictures_due ON client_pictures (fetch_after);

-- Sign-outs that a client has still to be told of, OpenID Connect Back-Channel Logout 1.0. The token is made when it is sent.
-- No foreign key: a client that is removed is told as well. sector: of its pairwise subjects; null = they are public.
CREATE TABLE logout_deliveries (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id TEXT NOT NULL,
    uri TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    subject TEXT NOT NULL,
    sector TEXT,
    sid TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_attempt_at BIGINT NOT NULL,
    last_error TEXT
);
CREATE INDEX logout_deliveries_due ON logout_deliveries (next_attempt_at);
