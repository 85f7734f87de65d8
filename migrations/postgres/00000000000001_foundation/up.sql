-- Times are whole seconds since 1970-01-01T00:00:00Z. Digests are SHA-256, 32 bytes. Lists are separated by spaces.
-- The same tables and columns as migrations/sqlite, in the same order: a test compares them.

-- What the servers on one database agree on: the setup state, the version of the keys and of the resources.
CREATE TABLE server_state (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE setup_links (
    digest BYTEA NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);

-- Private keys are sealed with a key derived from the master key.
CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    private_key BYTEA NOT NULL,
    public_jwk TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    signs_from BIGINT NOT NULL,
    retired_at BIGINT,
    removed_after BIGINT
);

CREATE TABLE users (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    email TEXT,
    email_verified BOOLEAN NOT NULL,
    password_hash TEXT,
    is_administrator BOOLEAN NOT NULL,
    claims TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE initial_access_tokens (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest BYTEA NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes TEXT,
    grant_types TEXT,
    uses_left BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

CREATE TABLE clients (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    metadata TEXT NOT NULL,
    policy TEXT NOT NULL,
    secret_digest BYTEA,
    secret_expires_at BIGINT NOT NULL,
    initial_access_token_id BIGINT REFERENCES initial_access_tokens (id) ON DELETE SET NULL,
    registered_from TEXT,
    user_agent TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    disabled_at BIGINT
);
CREATE INDEX clients_initial_access_token ON clients (initial_access_token_id);

-- superseded_at: a newer one was issued. expires_at: dead from then on.
CREATE TABLE registration_access_tokens (
    digest BYTEA NOT NULL PRIMARY KEY,
    client_key BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    issued_at BIGINT NOT NULL,
    used_at BIGINT,
    superseded_at BIGINT,
    expires_at BIGINT
);
CREATE INDEX registration_access_tokens_client ON registration_access_tokens (client_key);
CREATE INDEX registration_access_tokens_dead ON registration_access_tokens (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE resources (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    identifier TEXT NOT NULL UNIQUE,
    name TEXT,
    scopes TEXT NOT NULL,
    access_token_format TEXT,
    access_token_lifetime BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE resource_introspectors (
    resource_id BIGINT NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
    client_key BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    PRIMARY KEY (resource_id, client_key)
);
CREATE INDEX resource_introspectors_client ON resource_introspectors (client_key);

CREATE TABLE browser_sessions (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest BYTEA NOT NULL UNIQUE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    authenticated_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX browser_sessions_user ON browser_sessions (user_id);
CREATE INDEX browser_sessions_expiry ON browser_sessions (expires_at);

-- An authorization request that waits for a person. Bound to one browser once that browser has loaded it.
-- signed_in_at: when somebody signed in to answer it.
CREATE TABLE authorization_threads (
    digest BYTEA NOT NULL PRIMARY KEY,
    client_key BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    parameters TEXT NOT NULL,
    browser_digest BYTEA,
    signed_in_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX authorization_threads_client ON authorization_threads (client_key);
CREATE INDEX authorization_threads_expiry ON authorization_threads (expires_at);

-- What the page showed: which resources, and where the answer goes. Another of either is asked for again.
CREATE TABLE consents (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_key BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    resources TEXT NOT NULL,
    redirect_target TEXT NOT NULL,
    scopes TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_key, resources, redirect_target)
);
CREATE INDEX consents_client ON consents (client_key);

-- One grant is one family of tokens: what a person allowed a client, once.
CREATE TABLE grants (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_key BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id BIGINT REFERENCES browser_sessions (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    resources TEXT NOT NULL,
    nonce TEXT,
    authenticated_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX grants_client ON grants (client_key);
CREATE INDEX grants_user ON grants (user_id);
CREATE INDEX grants_session ON grants (session_id);
CREATE INDEX grants_expiry ON grants (expires_at);
CREATE INDEX grants_revoked ON grants (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE authorization_codes (
    digest BYTEA NOT NULL PRIMARY KEY,
    grant_id BIGINT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    code_challenge TEXT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX authorization_codes_grant ON authorization_codes (grant_id);
CREATE INDEX authorization_codes_unredeemed ON authorization_codes (expires_at) WHERE used_at IS NULL;

CREATE TABLE refresh_tokens (
    digest BYTEA NOT NULL PRIMARY KEY,
    grant_id BIGINT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX refresh_tokens_grant ON refresh_tokens (grant_id);
-- Rotated ones stay as long as their grant: only the others are looked for by the sweep.
CREATE INDEX refresh_tokens_idle ON refresh_tokens (expires_at) WHERE used_at IS NULL;

-- subject, scopes and audiences are those of this one token; the grant may hold more.
CREATE TABLE access_tokens (
    digest BYTEA NOT NULL PRIMARY KEY,
    client_key BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    grant_id BIGINT REFERENCES grants (id) ON DELETE CASCADE,
    token_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    scopes TEXT NOT NULL,
    audiences TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX access_tokens_client ON access_tokens (client_key);
CREATE INDEX access_tokens_grant ON access_tokens (grant_id);
CREATE INDEX access_tokens_expiry ON access_tokens (expires_at);
