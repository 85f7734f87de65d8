-- The people's side: what accounts, factors, e-mail, groups and sign-in at other providers need.
-- The same tables and columns as migrations/sqlite, in the same order: a test compares them.

-- sign_in_email: the verified address in lower case, by which the person may sign in; one person each, and nobody else's name. Two who had
-- the same address before, and whoever has the name of somebody else for an address, go on signing in by name.
-- locale: the language of pages and e-mails, null = what the browser says. password_changed_at: null = never since the account was made.
-- requires_second_factor: a password alone does not sign this person in. origin: how the account came to be: operator, sign-up, invitation or upstream.
ALTER TABLE users ADD COLUMN sign_in_email TEXT;
ALTER TABLE users ADD COLUMN locale TEXT;
ALTER TABLE users ADD COLUMN password_changed_at BIGINT;
ALTER TABLE users ADD COLUMN requires_second_factor BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN signed_in_at BIGINT;
ALTER TABLE users ADD COLUMN origin TEXT NOT NULL DEFAULT 'operator';
UPDATE users SET sign_in_email = lower(email) WHERE email_verified AND lower(email) NOT IN
    (SELECT lower(other.email) FROM users AS other WHERE other.email_verified GROUP BY lower(other.email) HAVING count(*) > 1)
    AND lower(email) NOT IN (SELECT other.name FROM users AS other WHERE other.id <> users.id);
CREATE UNIQUE INDEX users_sign_in_email ON users (sign_in_email);

-- Failed proofs in a row, whatever the identifier and the factor. who: `user:` and the row id, or `name:` and a keyed digest of a name
-- that nobody has, so that both look the same.
CREATE TABLE sign_in_failures (
    who TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);
CREATE INDEX sign_in_failures_last ON sign_in_failures (last_at);

-- Browsers that a person has signed in with. failures: those of this browser count apart, so that strangers cannot lock it out.
CREATE TABLE known_devices (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device_digest BYTEA NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    last_method TEXT NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, device_digest)
);
CREATE INDEX known_devices_last ON known_devices (last_seen_at);

-- A sign-in that is under way: who it says it is, and what was proven so far. user_id: null = nobody has that name, which the pages do
-- not show. thread_digest: of the authorization request that it is for. return_to: a path of ours. methods: proven so far.
CREATE TABLE sign_ins (
    digest BYTEA NOT NULL PRIMARY KEY,
    browser_digest BYTEA NOT NULL,
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    identifier TEXT NOT NULL,
    thread_digest BYTEA,
    return_to TEXT,
    methods TEXT NOT NULL,
    proven_at BIGINT,
    remember BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_ins_user ON sign_ins (user_id);
CREATE INDEX sign_ins_expiry ON sign_ins (expires_at);

-- acr: how sure this sign-in is. remembered: until expires_at, idle or not.
ALTER TABLE browser_sessions ADD COLUMN acr TEXT NOT NULL DEFAULT '1';
ALTER TABLE browser_sessions ADD COLUMN remembered BOOLEAN NOT NULL DEFAULT FALSE;

-- credential: the public key and its counters as the WebAuthn library writes them, JSON.
CREATE TABLE passkeys (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id BYTEA NOT NULL UNIQUE,
    name TEXT NOT NULL,
    credential TEXT NOT NULL,
    is_backed_up BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX passkeys_user ON passkeys (user_id);

-- A WebAuthn challenge, or the seed of an app for one-time codes before its first code: good once. state: sealed with the master key.
CREATE TABLE passkey_ceremonies (
    digest BYTEA NOT NULL PRIMARY KEY,
    browser_digest BYTEA NOT NULL,
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_ceremonies_user ON passkey_ceremonies (user_id);
CREATE INDEX passkey_ceremonies_expiry ON passkey_ceremonies (expires_at);

-- RFC 6238. sealed_secret: with the master key. confirmed_at: null = no code of it was seen yet. last_step: of the last code that was taken.
CREATE TABLE totp_secrets (
    user_id BIGINT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    sealed_secret BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL,
    last_used_at BIGINT
);

CREATE TABLE recovery_codes (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (user_id, digest)
);

-- Links that work once: to verify an address, to reset a password, to make an account by invitation. details: JSON.
CREATE TABLE account_links (
    digest BYTEA NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    email TEXT,
    details TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX account_links_user ON account_links (user_id);
CREATE INDEX account_links_expiry ON account_links (expires_at);

-- E-mails to be sent. sealed: subject and both parts, which hold links, sealed with the master key; null once it was sent.
CREATE TABLE emails (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    recipient TEXT NOT NULL,
    kind TEXT NOT NULL,
    locale TEXT NOT NULL,
    sealed BYTEA,
    created_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_attempt_at BIGINT,
    sent_at BIGINT,
    failed_at BIGINT,
    last_error TEXT
);
CREATE INDEX emails_due ON emails (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX emails_user ON emails (user_id);
CREATE INDEX emails_created ON emails (created_at);

CREATE TABLE groups_of_people (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    requires_second_factor BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT NOT NULL
);

CREATE TABLE group_members (
    group_id BIGINT NOT NULL REFERENCES groups_of_people (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_members_user ON group_members (user_id);

-- Only members of these may use the client; a client without any is for everybody.
CREATE TABLE client_groups (
    client_key BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    group_id BIGINT NOT NULL REFERENCES groups_of_people (id) ON DELETE CASCADE,
    PRIMARY KEY (client_key, group_id)
);
CREATE INDEX client_groups_group ON client_groups (group_id);
-- A client that is for members of groups stays so when its groups are removed: then nobody may use it.
ALTER TABLE clients ADD COLUMN is_for_groups BOOLEAN NOT NULL DEFAULT FALSE;
-- The least acr with which anybody signs in to it.
ALTER TABLE clients ADD COLUMN least_acr TEXT;

-- What the operator knows of people beside the standard claims. kind: text, number, boolean, texts. scopes: those that open the claim.
CREATE TABLE user_attributes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    kind TEXT NOT NULL,
    claim TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    editable_by_person BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
ALTER TABLE users ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}';

-- OpenID providers by which people sign in. sealed_secret: with the master key. rules: who gets an account, JSON.
CREATE TABLE upstream_providers (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    issuer TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    sealed_secret BYTEA,
    scopes TEXT NOT NULL,
    rules TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE upstream_links (
    provider_id BIGINT NOT NULL REFERENCES upstream_providers (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    shown_name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    PRIMARY KEY (provider_id, subject)
);
CREATE INDEX upstream_links_user ON upstream_links (user_id);

-- A sign-in at another provider that is under way. sealed: nonce, code_verifier, and the authorization request that the sign-in is for. user_id: who wants to link, null = a sign-in.
CREATE TABLE upstream_requests (
    digest BYTEA NOT NULL PRIMARY KEY,
    provider_id BIGINT NOT NULL REFERENCES upstream_providers (id) ON DELETE CASCADE,
    browser_digest BYTEA NOT NULL,
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    return_to TEXT,
    sealed BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX upstream_requests_provider ON upstream_requests (provider_id);
CREATE INDEX upstream_requests_user ON upstream_requests (user_id);
CREATE INDEX upstream_requests_expiry ON upstream_requests (expires_at);

-- What a person did, and what others did to them, for themselves to look at. The subject is the sub of the details, found by an index.
CREATE INDEX audit_events_actor ON audit_events (actor);
ALTER TABLE audit_events ADD COLUMN subject TEXT;
CREATE INDEX audit_events_subject ON audit_events (subject) WHERE subject IS NOT NULL;
