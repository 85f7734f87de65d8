//! The static files, built into the binary, and one version for all of them.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// A file that is served as it is, below the issuer's path.
pub struct Asset {
    /// Begins with `/static/`.
    pub path: &'static str,
    pub content_type: &'static str,
    pub bytes: &'static [u8],
}

/// Every static file. With `?v=` and [`version`] behind its path, a response may be cached for ever.
pub static ASSETS: &[Asset] = &[
    Asset {
        path: "/static/grantor.css",
        content_type: "text/css; charset=utf-8",
        bytes: include_bytes!("../../static/grantor.css"),
    },
    Asset {
        path: "/static/desk.css",
        content_type: "text/css; charset=utf-8",
        bytes: include_bytes!("../../static/desk.css"),
    },
    Asset {
        path: "/static/form_post.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../../static/form_post.js"),
    },
    Asset {
        path: "/static/passkeys.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../../static/passkeys.js"),
    },
    Asset {
        path: "/static/password_hint.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../../static/password_hint.js"),
    },
    Asset {
        path: "/static/show_password.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../../static/show_password.js"),
    },
    Asset {
        path: "/static/signed_out.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../../static/signed_out.js"),
    },
    Asset {
        path: "/static/time_limit.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../../static/time_limit.js"),
    },
    Asset {
        path: "/static/favicon.svg",
        content_type: "image/svg+xml",
        bytes: include_bytes!("../../static/favicon.svg"),
    },
];

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for asset in ASSETS {
        hash.update(asset.path);
        hash.update([0]);
        hash.update(asset.content_type);
        hash.update([0]);
        hash.update(asset.bytes);
        hash.update([0]);
    }
    let mut text = URL_SAFE_NO_PAD.encode(hash.finalize());
    text.truncate(16);
    text
});

/// A hash over the content of all static files: another version when any of them changes.
#[must_use]
pub fn version() -> &'static str {
    &VERSION
}

/// The static file at this path (below the issuer's path), if there is one.
#[must_use]
pub fn find(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}
