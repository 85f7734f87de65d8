-- What registration needs beyond the foundation: policies, budgets, pending and verified clients, overlapping secrets,
-- client id metadata documents, tombstones, audit events, keys of the admin API, leases of background jobs.
-- The same tables and columns as migrations/postgres, in the same order: a test compares them.

-- pending_since: waits for an operator's approval. verified_by: the issuer of its software statement.
-- product: what the client calls itself without what differs between installations; redirect_hosts: with a space at both ends.
-- last_used_at: the later of the two; null = never. policy_name: the declared policy that it came under. The previous secret works until its end, after a rotation.
ALTER TABLE clients ADD COLUMN pending_since BIGINT;
ALTER TABLE clients ADD COLUMN disabled_reason TEXT;
ALTER TABLE clients ADD COLUMN verified_by TEXT;
ALTER TABLE clients ADD COLUMN owner_id BIGINT REFERENCES users (id) ON DELETE SET NULL;
ALTER TABLE clients ADD COLUMN product TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN redirect_hosts TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN first_consent_at BIGINT;
ALTER TABLE clients ADD COLUMN last_authorized_at BIGINT;
ALTER TABLE clients ADD COLUMN last_token_at BIGINT;
ALTER TABLE clients ADD COLUMN last_used_at BIGINT;
ALTER TABLE clients ADD COLUMN previous_secret_digest BLOB;
ALTER TABLE clients ADD COLUMN previous_secret_expires_at BIGINT;
ALTER TABLE clients ADD COLUMN policy_name TEXT;
CREATE INDEX clients_owner ON clients (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX clients_never_used ON clients (created_at, id) WHERE last_used_at IS NULL;
CREATE INDEX clients_last_used ON clients (last_used_at, id) WHERE last_used_at IS NOT NULL;
CREATE INDEX clients_source ON clients (source, id);
CREATE INDEX clients_verified ON clients (verified_by) WHERE verified_by IS NOT NULL;
CREATE INDEX clients_policy_name ON clients (policy_name) WHERE policy_name IS NOT NULL;

-- policy: the name of the policy that the clients of this token come under. issued_by: who made it, in words.
ALTER TABLE initial_access_tokens ADD COLUMN policy TEXT;
ALTER TABLE initial_access_tokens ADD COLUMN issued_by TEXT;

-- uses: how often it opened the configuration endpoint, counted only where rotation asks for it.
-- successors: how often it was rotated, which says what its successor is made of.
ALTER TABLE registration_access_tokens ADD COLUMN uses BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registration_access_tokens ADD COLUMN successors BIGINT NOT NULL DEFAULT 0;

-- identity: the digest of what the page showed of the client. Another one is asked for again.
ALTER TABLE consents ADD COLUMN identity TEXT NOT NULL DEFAULT '';

-- The client id metadata document that a client's row was last made of. Times of failures are never kept.
CREATE TABLE client_documents (
    client_key BIGINT NOT NULL PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    fetched_at BIGINT NOT NULL,
    fresh_until BIGINT NOT NULL,
    etag TEXT,
    digest BLOB NOT NULL
);

-- Clients that are gone. No foreign keys: it outlives everything. snapshot: what an undo needs, JSON, never a secret.
CREATE TABLE tombstones (
    client_id TEXT NOT NULL PRIMARY KEY,
    name TEXT,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    removed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    restorable_until BIGINT,
    snapshot TEXT
);
CREATE INDEX tombstones_expiry ON tombstones (expires_at);
CREATE INDEX tombstones_restorable ON tombstones (restorable_until) WHERE restorable_until IS NOT NULL;

-- How much of a budget is spent in one window, for all servers together. kind and subject say whose budget it is.
CREATE TABLE budgets (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    window_began BIGINT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (kind, subject, window_began)
);
CREATE INDEX budgets_window ON budgets (window_began);

-- JWT ids of client assertions, each good once. RFC 7523 section 3.
CREATE TABLE spent_assertions (
    client_key BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    digest BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (client_key, digest)
);
CREATE INDEX spent_assertions_expiry ON spent_assertions (expires_at);

-- Written in the transaction of the change. sequence and hash are given later, by the job that seals the chain.
CREATE TABLE audit_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    client_id TEXT,
    address TEXT,
    request_id TEXT,
    details TEXT NOT NULL,
    sequence BIGINT UNIQUE,
    hash BLOB
);
CREATE INDEX audit_events_unsealed ON audit_events (id) WHERE sequence IS NULL;
CREATE INDEX audit_events_client ON audit_events (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX audit_events_time ON audit_events (at);

-- Reads and refusals: one row for each minute, reason and address block.
CREATE TABLE audit_counts (
    minute BIGINT NOT NULL,
    reason TEXT NOT NULL,
    block TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (minute, reason, block)
);

-- Keys of the admin API. rights: separated by spaces.
CREATE TABLE api_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    rights TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

-- Other names under which clients may ask for a resource.
CREATE TABLE resource_aliases (
    alias TEXT NOT NULL PRIMARY KEY,
    resource_id BIGINT NOT NULL REFERENCES resources (id) ON DELETE CASCADE
);
CREATE INDEX resource_aliases_resource ON resource_aliases (resource_id);

-- Which server does a job that only one may do, and until when.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
