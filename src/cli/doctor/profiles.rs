//! The clients that exist, as they register and ask. Hosted clients change without notice: each was read in its source or its
//! published document.

/// How a client becomes known to the server.
#[derive(Clone, Copy, Debug)]
pub(super) enum Door {
    /// It sends this to the registration endpoint. RFC 7591 §3.1.
    Registration(&'static str),
    /// Its `client_id` is the address of this client id metadata document.
    Document(&'static str),
}

/// One client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Profile {
    pub name: &'static str,
    pub door: Door,
    /// Where it has the answer sent: on loopback with a port of the moment, as it is not registered.
    pub redirect_uri: &'static str,
    /// `scope` of its authorization request.
    pub scope: Option<&'static str>,
    /// It runs in a browser and reads the answers across origins.
    pub is_cross_origin: bool,
    /// It looks at `authorization_response_iss_parameter_supported` before it chooses its redirect URI.
    pub needs_iss: bool,
    /// It sends `resource` as `new URL()` writes it: an origin gets a slash at its end.
    pub writes_urls_anew: bool,
}

const fn registers(name: &'static str, metadata: &'static str, redirect_uri: &'static str) -> Profile {
    Profile {
        name,
        door: Door::Registration(metadata),
        redirect_uri,
        scope: None,
        is_cross_origin: false,
        needs_iss: false,
        writes_urls_anew: false,
    }
}

const fn has_document(name: &'static str, document: &'static str, redirect_uri: &'static str) -> Profile {
    Profile { door: Door::Document(document), ..registers(name, "", redirect_uri) }
}

/// All of them, the doors that need nothing from outside first.
pub(super) const PROFILES: [Profile; 19] = [
    registers(
        "Claude (web)",
        r#"{"client_name": "Claude", "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none"}"#,
        "https://claude.ai/api/mcp/auth_callback",
    ),
    registers(
        "Claude (desktop)",
        r#"{"client_name": "Claude", "redirect_uris": ["https://claude.com/api/mcp/auth_callback"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_post"}"#,
        "https://claude.com/api/mcp/auth_callback",
    ),
    registers(
        "Claude Code",
        r#"{"client_name": "Claude Code (notes)", "redirect_uris": ["http://localhost:52119/callback"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none", "application_type": "native"}"#,
        "http://localhost:61534/callback",
    ),
    Profile {
        needs_iss: true,
        ..registers(
            "ChatGPT",
            r#"{"client_name": "ChatGPT", "redirect_uris": ["https://chatgpt.com/connector_platform_oauth_redirect"],
                "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
                "token_endpoint_auth_method": "none"}"#,
            "https://chatgpt.com/connector_platform_oauth_redirect",
        )
    },
    Profile {
        needs_iss: true,
        ..registers(
            "ChatGPT (own connector)",
            r#"{"client_name": "ChatGPT",
                "redirect_uris": ["https://chatgpt.com/connector/oauth/b1946ac92492d2347c6235b4d2611184"],
                "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
                "token_endpoint_auth_method": "none"}"#,
            "https://chatgpt.com/connector/oauth/b1946ac92492d2347c6235b4d2611184",
        )
    },
    registers("VS Code (in the application)", VS_CODE, "http://127.0.0.1:33418/"),
    registers("VS Code (in the browser)", VS_CODE, "https://vscode.dev/redirect"),
    registers("Cursor", CURSOR, "cursor://anysphere.cursor-mcp/oauth/callback"),
    registers("Cursor (agent)", CURSOR, "https://www.cursor.com/agents/mcp/oauth/callback"),
    Profile {
        is_cross_origin: true,
        writes_urls_anew: true,
        ..registers(
            "MCP Inspector",
            r#"{"client_name": "MCP Inspector", "client_uri": "https://github.com/modelcontextprotocol/inspector",
                "redirect_uris": ["http://localhost:6274/oauth/callback"],
                "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
                "token_endpoint_auth_method": "none", "application_type": "native", "scope": ""}"#,
            "http://localhost:6274/oauth/callback",
        )
    },
    registers(
        "mcp-remote",
        r#"{"client_name": "MCP CLI Proxy", "client_uri": "https://github.com/modelcontextprotocol/mcp-cli",
            "redirect_uris": ["http://localhost:3334/oauth/callback"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none", "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d",
            "software_version": "0.1.29"}"#,
        "http://localhost:3334/oauth/callback",
    ),
    registers(
        "Codex",
        r#"{"client_name": "Codex", "redirect_uris": ["http://127.0.0.1:49152/callback"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none"}"#,
        "http://127.0.0.1:49731/callback",
    ),
    registers(
        "OpenCode",
        r#"{"client_name": "OpenCode", "redirect_uris": ["http://127.0.0.1:19876/mcp/oauth/callback"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none"}"#,
        "http://127.0.0.1:19876/mcp/oauth/callback",
    ),
    registers(
        "Zed",
        r#"{"client_name": "Zed", "redirect_uris": ["http://127.0.0.1:51000/callback"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none", "application_type": "native"}"#,
        "http://127.0.0.1:51873/callback",
    ),
    registers(
        "GitHub Copilot CLI",
        r#"{"client_name": "GitHub Copilot CLI", "redirect_uris": ["http://127.0.0.1:60001/"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none", "application_type": "native"}"#,
        "http://127.0.0.1:60417/",
    ),
    registers(
        "Microsoft 365 Copilot",
        r#"{"client_name": "Microsoft 365 Copilot",
            "redirect_uris": ["https://teams.microsoft.com/api/platform/v1.0/oAuthRedirect"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"]}"#,
        "https://teams.microsoft.com/api/platform/v1.0/oAuthRedirect",
    ),
    Profile {
        scope: Some("openid offline_access"),
        writes_urls_anew: true,
        ..registers(
            "MCP TypeScript SDK",
            r#"{"client_name": "MCP client of the TypeScript SDK", "redirect_uris": ["http://localhost:8090/callback"],
                "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
                "token_endpoint_auth_method": "client_secret_post", "scope": "openid offline_access"}"#,
            "http://localhost:8090/callback",
        )
    },
    has_document(
        "Claude (web, by its document)",
        "https://claude.ai/oauth/mcp-oauth-client-metadata",
        "https://claude.ai/api/mcp/auth_callback",
    ),
    has_document(
        "Claude Code (by its document)",
        "https://claude.ai/oauth/claude-code-client-metadata",
        "http://localhost:61534/callback",
    ),
];

const VS_CODE: &str = r#"{"client_name": "Visual Studio Code", "client_uri": "https://code.visualstudio.com",
    "redirect_uris": ["https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect", "http://127.0.0.1/",
        "http://127.0.0.1:33418/"],
    "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    "response_types": ["code"], "token_endpoint_auth_method": "none", "application_type": "native"}"#;

const CURSOR: &str = r#"{"client_name": "Cursor",
    "redirect_uris": ["cursor://anysphere.cursor-mcp/oauth/callback",
        "https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost:8787/callback"],
    "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
    "token_endpoint_auth_method": "none"}"#;
