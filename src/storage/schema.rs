//! The tables, as Diesel sees them. `migrations/` is the truth; a test compares both databases.

diesel::table! {
    server_state (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    setup_links (digest) {
        digest -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        algorithm -> Text,
        private_key -> Binary,
        public_jwk -> Text,
        published_at -> BigInt,
        signs_from -> BigInt,
        retired_at -> Nullable<BigInt>,
        removed_after -> Nullable<BigInt>,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        subject -> Text,
        name -> Text,
        email -> Nullable<Text>,
        email_verified -> Bool,
        password_hash -> Nullable<Text>,
        is_administrator -> Bool,
        claims -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        disabled_at -> Nullable<BigInt>,
        sign_in_email -> Nullable<Text>,
        locale -> Nullable<Text>,
        password_changed_at -> Nullable<BigInt>,
        requires_second_factor -> Bool,
        signed_in_at -> Nullable<BigInt>,
        origin -> Text,
        attributes -> Text,
    }
}

diesel::table! {
    initial_access_tokens (id) {
        id -> BigInt,
        digest -> Binary,
        name -> Text,
        scopes -> Nullable<Text>,
        grant_types -> Nullable<Text>,
        uses_left -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        policy -> Nullable<Text>,
        issued_by -> Nullable<Text>,
    }
}

diesel::table! {
    clients (id) {
        id -> BigInt,
        client_id -> Text,
        source -> Text,
        metadata -> Text,
        policy -> Text,
        secret_digest -> Nullable<Binary>,
        secret_expires_at -> BigInt,
        initial_access_token_id -> Nullable<BigInt>,
        registered_from -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        disabled_at -> Nullable<BigInt>,
        pending_since -> Nullable<BigInt>,
        disabled_reason -> Nullable<Text>,
        verified_by -> Nullable<Text>,
        owner_id -> Nullable<BigInt>,
        product -> Text,
        redirect_hosts -> Text,
        first_consent_at -> Nullable<BigInt>,
        last_authorized_at -> Nullable<BigInt>,
        last_token_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        previous_secret_digest -> Nullable<Binary>,
        previous_secret_expires_at -> Nullable<BigInt>,
        policy_name -> Nullable<Text>,
        sealed_secret -> Nullable<Binary>,
        previous_sealed_secret -> Nullable<Binary>,
        is_for_groups -> Bool,
        least_acr -> Nullable<Text>,
    }
}

diesel::table! {
    registration_access_tokens (digest) {
        digest -> Binary,
        client_key -> BigInt,
        issued_at -> BigInt,
        used_at -> Nullable<BigInt>,
        superseded_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        uses -> BigInt,
        successors -> BigInt,
    }
}

diesel::table! {
    resources (id) {
        id -> BigInt,
        identifier -> Text,
        name -> Nullable<Text>,
        scopes -> Text,
        access_token_format -> Nullable<Text>,
        access_token_lifetime -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    resource_introspectors (resource_id, client_key) {
        resource_id -> BigInt,
        client_key -> BigInt,
    }
}

diesel::table! {
    browser_sessions (id) {
        id -> BigInt,
        digest -> Binary,
        user_id -> BigInt,
        authenticated_at -> BigInt,
        seen_at -> BigInt,
        expires_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        sid -> Text,
        amr -> Text,
        created_at -> BigInt,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        acr -> Text,
        remembered -> Bool,
    }
}

diesel::table! {
    authorization_threads (digest) {
        digest -> Binary,
        client_key -> BigInt,
        parameters -> Text,
        browser_digest -> Nullable<Binary>,
        signed_in_at -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    consents (user_id, client_key, resources, redirect_target) {
        user_id -> BigInt,
        client_key -> BigInt,
        resources -> Text,
        redirect_target -> Text,
        scopes -> Text,
        granted_at -> BigInt,
        identity -> Text,
    }
}

diesel::table! {
    grants (id) {
        id -> BigInt,
        client_key -> BigInt,
        user_id -> BigInt,
        session_id -> Nullable<BigInt>,
        scopes -> Text,
        resources -> Text,
        nonce -> Nullable<Text>,
        authenticated_at -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        claims -> Nullable<Text>,
        sid -> Nullable<Text>,
        acr -> Nullable<Text>,
        amr -> Text,
    }
}

diesel::table! {
    authorization_codes (digest) {
        digest -> Binary,
        grant_id -> BigInt,
        redirect_uri -> Text,
        code_challenge -> Nullable<Text>,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    refresh_tokens (digest) {
        digest -> Binary,
        grant_id -> BigInt,
        issued_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    access_tokens (digest) {
        digest -> Binary,
        client_key -> BigInt,
        grant_id -> Nullable<BigInt>,
        token_id -> Text,
        subject -> Text,
        scopes -> Text,
        audiences -> Text,
        issued_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    client_documents (client_key) {
        client_key -> BigInt,
        fetched_at -> BigInt,
        fresh_until -> BigInt,
        etag -> Nullable<Text>,
        digest -> Binary,
    }
}

diesel::table! {
    tombstones (client_id) {
        client_id -> Text,
        name -> Nullable<Text>,
        source -> Text,
        reason -> Text,
        removed_at -> BigInt,
        expires_at -> BigInt,
        restorable_until -> Nullable<BigInt>,
        snapshot -> Nullable<Text>,
    }
}

diesel::table! {
    budgets (kind, subject, window_began) {
        kind -> Text,
        subject -> Text,
        window_began -> BigInt,
        used -> BigInt,
    }
}

diesel::table! {
    spent_assertions (client_key, digest) {
        client_key -> BigInt,
        digest -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    audit_events (id) {
        id -> BigInt,
        at -> BigInt,
        kind -> Text,
        actor -> Text,
        client_id -> Nullable<Text>,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
        details -> Text,
        sequence -> Nullable<BigInt>,
        hash -> Nullable<Binary>,
        subject -> Nullable<Text>,
    }
}

diesel::table! {
    audit_counts (minute, reason, block) {
        minute -> BigInt,
        reason -> Text,
        block -> Text,
        count -> BigInt,
    }
}

diesel::table! {
    api_keys (id) {
        id -> BigInt,
        digest -> Binary,
        name -> Text,
        rights -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    resource_aliases (alias) {
        alias -> Text,
        resource_id -> BigInt,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        holder -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    session_clients (session_id, client_key) {
        session_id -> BigInt,
        client_key -> BigInt,
    }
}

diesel::table! {
    client_keys (client_key) {
        client_key -> BigInt,
        uri -> Text,
        keys -> Text,
        asked_at -> BigInt,
        answered_at -> BigInt,
        fetched_at -> BigInt,
        fresh_until -> BigInt,
    }
}

diesel::table! {
    client_pictures (client_key, uri) {
        client_key -> BigInt,
        uri -> Text,
        name -> Text,
        picture -> Nullable<Binary>,
        asked_at -> BigInt,
        fetched_at -> Nullable<BigInt>,
        fetch_after -> BigInt,
    }
}

diesel::table! {
    logout_deliveries (id) {
        id -> BigInt,
        client_id -> Text,
        uri -> Text,
        algorithm -> Text,
        subject -> Text,
        sector -> Nullable<Text>,
        sid -> Text,
        created_at -> BigInt,
        attempts -> BigInt,
        next_attempt_at -> BigInt,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    sign_in_failures (who) {
        who -> Text,
        failures -> BigInt,
        last_at -> BigInt,
        blocked_until -> BigInt,
    }
}

diesel::table! {
    known_devices (user_id, device_digest) {
        user_id -> BigInt,
        device_digest -> Binary,
        first_seen_at -> BigInt,
        last_seen_at -> BigInt,
        last_method -> Text,
        failures -> BigInt,
    }
}

diesel::table! {
    sign_ins (digest) {
        digest -> Binary,
        browser_digest -> Binary,
        user_id -> Nullable<BigInt>,
        identifier -> Text,
        thread_digest -> Nullable<Binary>,
        return_to -> Nullable<Text>,
        methods -> Text,
        proven_at -> Nullable<BigInt>,
        remember -> Bool,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    passkeys (id) {
        id -> BigInt,
        user_id -> BigInt,
        credential_id -> Binary,
        name -> Text,
        credential -> Text,
        is_backed_up -> Bool,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    passkey_ceremonies (digest) {
        digest -> Binary,
        browser_digest -> Binary,
        user_id -> Nullable<BigInt>,
        purpose -> Text,
        state -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    totp_secrets (user_id) {
        user_id -> BigInt,
        sealed_secret -> Binary,
        created_at -> BigInt,
        confirmed_at -> Nullable<BigInt>,
        last_step -> BigInt,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    recovery_codes (user_id, digest) {
        user_id -> BigInt,
        digest -> Binary,
        created_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    account_links (digest) {
        digest -> Binary,
        id -> Text,
        purpose -> Text,
        user_id -> Nullable<BigInt>,
        email -> Nullable<Text>,
        details -> Text,
        created_by -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    emails (id) {
        id -> BigInt,
        user_id -> Nullable<BigInt>,
        recipient -> Text,
        kind -> Text,
        locale -> Text,
        sealed -> Nullable<Binary>,
        created_at -> BigInt,
        attempts -> BigInt,
        next_attempt_at -> Nullable<BigInt>,
        sent_at -> Nullable<BigInt>,
        failed_at -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    groups_of_people (id) {
        id -> BigInt,
        name -> Text,
        description -> Text,
        requires_second_factor -> Bool,
        created_at -> BigInt,
    }
}

diesel::table! {
    group_members (group_id, user_id) {
        group_id -> BigInt,
        user_id -> BigInt,
        added_at -> BigInt,
    }
}

diesel::table! {
    client_groups (client_key, group_id) {
        client_key -> BigInt,
        group_id -> BigInt,
    }
}

diesel::table! {
    user_attributes (id) {
        id -> BigInt,
        name -> Text,
        label -> Text,
        kind -> Text,
        claim -> Text,
        scopes -> Text,
        editable_by_person -> Bool,
        created_at -> BigInt,
    }
}

diesel::table! {
    upstream_providers (id) {
        id -> BigInt,
        name -> Text,
        label -> Text,
        issuer -> Text,
        client_id -> Text,
        sealed_secret -> Nullable<Binary>,
        scopes -> Text,
        rules -> Text,
        created_at -> BigInt,
        disabled_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    upstream_links (provider_id, subject) {
        provider_id -> BigInt,
        subject -> Text,
        user_id -> BigInt,
        shown_name -> Text,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    upstream_requests (digest) {
        digest -> Binary,
        provider_id -> BigInt,
        browser_digest -> Binary,
        user_id -> Nullable<BigInt>,
        return_to -> Nullable<Text>,
        sealed -> Binary,
        expires_at -> BigInt,
    }
}

diesel::joinable!(session_clients -> browser_sessions (session_id));
diesel::joinable!(session_clients -> clients (client_key));
diesel::joinable!(client_keys -> clients (client_key));
diesel::joinable!(client_pictures -> clients (client_key));
diesel::joinable!(clients -> initial_access_tokens (initial_access_token_id));
diesel::joinable!(clients -> users (owner_id));
diesel::joinable!(client_documents -> clients (client_key));
diesel::joinable!(spent_assertions -> clients (client_key));
diesel::joinable!(resource_aliases -> resources (resource_id));
diesel::joinable!(registration_access_tokens -> clients (client_key));
diesel::joinable!(resource_introspectors -> resources (resource_id));
diesel::joinable!(resource_introspectors -> clients (client_key));
diesel::joinable!(browser_sessions -> users (user_id));
diesel::joinable!(authorization_threads -> clients (client_key));
diesel::joinable!(consents -> users (user_id));
diesel::joinable!(consents -> clients (client_key));
diesel::joinable!(grants -> clients (client_key));
diesel::joinable!(grants -> users (user_id));
diesel::joinable!(grants -> browser_sessions (session_id));
diesel::joinable!(authorization_codes -> grants (grant_id));
diesel::joinable!(refresh_tokens -> grants (grant_id));
diesel::joinable!(access_tokens -> clients (client_key));
diesel::joinable!(access_tokens -> grants (grant_id));
diesel::joinable!(known_devices -> users (user_id));
diesel::joinable!(sign_ins -> users (user_id));
diesel::joinable!(passkeys -> users (user_id));
diesel::joinable!(passkey_ceremonies -> users (user_id));
diesel::joinable!(totp_secrets -> users (user_id));
diesel::joinable!(recovery_codes -> users (user_id));
diesel::joinable!(account_links -> users (user_id));
diesel::joinable!(emails -> users (user_id));
diesel::joinable!(group_members -> groups_of_people (group_id));
diesel::joinable!(group_members -> users (user_id));
diesel::joinable!(client_groups -> clients (client_key));
diesel::joinable!(client_groups -> groups_of_people (group_id));
diesel::joinable!(upstream_links -> upstream_providers (provider_id));
diesel::joinable!(upstream_links -> users (user_id));
diesel::joinable!(upstream_requests -> upstream_providers (provider_id));
diesel::joinable!(upstream_requests -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    server_state,
    setup_links,
    signing_keys,
    users,
    initial_access_tokens,
    clients,
    registration_access_tokens,
    resources,
    resource_introspectors,
    browser_sessions,
    authorization_threads,
    consents,
    grants,
    authorization_codes,
    refresh_tokens,
    access_tokens,
    client_documents,
    tombstones,
    budgets,
    spent_assertions,
    audit_events,
    audit_counts,
    api_keys,
    resource_aliases,
    leases,
    session_clients,
    client_keys,
    client_pictures,
    logout_deliveries,
    sign_in_failures,
    known_devices,
    sign_ins,
    passkeys,
    passkey_ceremonies,
    totp_secrets,
    recovery_codes,
    account_links,
    emails,
    groups_of_people,
    group_members,
    client_groups,
    user_attributes,
    upstream_providers,
    upstream_links,
    upstream_requests
);
