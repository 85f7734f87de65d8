//! The only way out: every request that this server makes to others goes through [`Fetcher`].
//!
//! Clients write the addresses that we fetch (`client_id` documents, `jwks_uri`, `sector_identifier_uri`), so that each is an
//! attempt to make us call something inside our own network until shown otherwise. What holds for all of them: https, known
//! ports, public addresses only (looked up once and connected to as looked up), no redirects, no proxies, no cookies, no
//! compression, one deadline over everything, short bodies, and budgets.

mod address;
mod answer;
mod limits;
pub mod own_server;
mod resolver;
mod target;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, IF_NONE_MATCH};
use reqwest::{Certificate, Client, RequestBuilder, redirect, retry};

pub use answer::{Conditional, Fetched};
pub use resolver::Resolver;

use crate::clock::Clock;
use crate::config::Config;
use limits::Limits;
use resolver::{Forbidden, Reach, Vetting};
use target::{Target, Terms};

/// A host that does not take the connection by then has more addresses to try, or fails.
const CONNECT_DEADLINE: Duration = Duration::from_secs(2);
/// More header lines than this are refused before they are kept.
const MAX_HEADER_LINES: usize = 64;
const USER_AGENT: &str = concat!("Grantor/", env!("CARGO_PKG_VERSION"));

/// What a request is for: it decides on the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A client id metadata document of a client that is in the registry.
    ClientDocument,
    /// One that is not there yet: anybody can make up its address.
    FirstClientDocument,
    /// The list of redirect URIs at a `sector_identifier_uri`. OpenID Connect Registration §5.
    SectorIdentifier,
    /// The keys of a client or of an issuer. RFC 7517.
    Jwks,
    /// The picture of a client, for the pages on which people see it.
    Logo,
    /// A logout token for a client. OpenID Connect Back-Channel Logout 1.0 §2.5.
    Logout,
    /// An authorization request that the client signed, at a `request_uri`. OpenID Connect Core §6.2.
    RequestObject,
    /// An OpenID provider by which people sign in, which an operator added: its metadata, keys, tokens and claims.
    Upstream,
    /// An address that an operator wrote into the settings: it may be anywhere.
    Webhook,
}

/// Purposes that share a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Account {
    Documents,
    Keys,
    Logos,
    RequestObjects,
    SignIns,
    Notices,
}

impl Purpose {
    fn longest_body(self) -> usize {
        match self {
            Self::ClientDocument | Self::FirstClientDocument => 5 * 1024,
            Self::SectorIdentifier => 16 * 1024,
            Self::Jwks | Self::Logo | Self::Upstream => 64 * 1024,
            Self::RequestObject => crate::protocol::jwt::MAX_LENGTH,
            Self::Logout | Self::Webhook => 0,
        }
    }

    /// For everything from the first wait to the last byte.
    fn deadline(self) -> Duration {
        match self {
            Self::SectorIdentifier => Duration::from_secs(3),
            _ => Duration::from_secs(5),
        }
    }

    /// Requests to one host in a minute, together with those of the same account. Addresses that anybody can make up leave a third
    /// of it, or else a stranger would lock out the clients of a host by spending all of it for a day.
    fn budget(self) -> u32 {
        match self {
            Self::Logout | Self::Webhook => 120,
            // One for each person who signs in to a client that works so.
            Self::RequestObject => 600,
            // Two or three for each person who signs in; strangers can spend one by each code that is none, and the provider, which an
            // operator chose, has limits of its own.
            Self::Upstream => 12_000,
            Self::ClientDocument | Self::Jwks | Self::Logo => 30,
            Self::FirstClientDocument | Self::SectorIdentifier => 20,
        }
    }

    /// What is spent from one budget: that a client is told of many sign-outs must not keep us from its keys.
    fn account(self) -> Account {
        match self {
            Self::ClientDocument | Self::FirstClientDocument | Self::SectorIdentifier => Account::Documents,
            Self::Jwks => Account::Keys,
            Self::Logo => Account::Logos,
            Self::RequestObject => Account::RequestObjects,
            Self::Upstream => Account::SignIns,
            Self::Logout | Self::Webhook => Account::Notices,
        }
    }

    fn accepts(self) -> &'static str {
        match self {
            Self::RequestObject => "application/oauth-authz-req+jwt, application/jwt;q=0.9",
            Self::Logo => "image/png, image/webp, image/jpeg, image/gif",
            _ => "application/json, application/*+json;q=0.9",
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::ClientDocument => "client document",
            Self::FirstClientDocument => "first client document",
            Self::SectorIdentifier => "sector identifier",
            Self::Jwks => "jwks",
            Self::Logo => "logo",
            Self::Logout => "logout",
            Self::RequestObject => "request object",
            Self::Upstream => "upstream",
            Self::Webhook => "webhook",
        }
    }
}

/// Why there is no answer; completes "the address … " or "its answer …" for whoever wrote the address.
///
/// Everything that depends on the network reads the same: who may choose the address must not learn from the answer what is
/// behind it. The log says more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    #[error("it {0}")]
    Address(&'static str),
    #[error("it could not be reached")]
    Forbidden,
    #[error("it could not be reached")]
    Unreachable(String),
    #[error("it could not be reached")]
    TimedOut,
    #[error("it was asked too often in the last minute")]
    TooOften,
    #[error("it answered with the status {0}")]
    Status(u16),
    #[error("its answer is not {0} by its Content-Type")]
    MediaType(&'static str),
    #[error("its answer is compressed")]
    Encoded,
    #[error("its answer is too long")]
    TooLong,
}

impl FetchError {
    /// A failure of the connection, or of what came over it.
    fn broken(error: &reqwest::Error) -> Self {
        let mut detail = Vec::new();
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            if error.is::<Forbidden>() {
                return Self::Forbidden;
            }
            detail.push(error.to_string());
            cause = error.source();
        }
        if error.is_timeout() {
            return Self::TimedOut;
        }
        Self::Unreachable(detail.join(": "))
    }
}

/// Makes requests to others.
pub struct Fetcher {
    terms: Outbound,
    clock: Clock,
    limits: Limits,
    resolver: Resolver,
    /// For addresses that clients wrote.
    guarded: OnceLock<Result<Client, String>>,
    /// For addresses that an operator wrote.
    trusting: OnceLock<Result<Client, String>>,
}

/// What the settings say.
struct Outbound {
    reach: Reach,
    loopback: bool,
    ports: Vec<u16>,
    ca_file: Option<PathBuf>,
}

impl Fetcher {
    /// Reads nothing yet: certificate authorities are loaded by [`Self::prepare`] or the first request.
    #[must_use]
    pub fn new(config: &Config, resolver: Resolver, clock: Clock) -> Self {
        let loopback = config.issuer.is_loopback();
        let networks = Arc::from(config.outbound.networks.as_slice());
        Self {
            terms: Outbound {
                reach: Reach::Public { loopback, networks },
                loopback,
                ports: config.outbound.ports.clone(),
                ca_file: config.outbound.ca_file.clone(),
            },
            clock,
            limits: Limits::default(),
            resolver,
            guarded: OnceLock::new(),
            trusting: OnceLock::new(),
        }
    }

    /// Loads the certificate authorities; what is wrong with them, if anything is.
    pub fn prepare(&self) -> Result<(), String> {
        self.client(Purpose::ClientDocument).map(drop).map_err(str::to_owned)
    }

    /// GETs a document of the kind that the purpose has.
    pub async fn get(&self, url: &str, purpose: Purpose) -> Result<Fetched, FetchError> {
        match self.get_if_changed(url, purpose, None).await? {
            Conditional::Changed(fetched) => Ok(fetched),
            Conditional::Unchanged { .. } => Err(FetchError::Status(304)),
        }
    }

    /// GETs such a document unless it still has this entity tag.
    pub async fn get_if_changed(
        &self,
        url: &str,
        purpose: Purpose,
        etag: Option<&str>,
    ) -> Result<Conditional, FetchError> {
        self.within_limits(url, purpose, async |client: &Client, target: &Target| {
            let mut request = client.get(target.url.clone()).header(ACCEPT, purpose.accepts());
            if let Some(etag) = etag {
                request = request.header(IF_NONE_MATCH, etag);
            }
            answer::read(send(request).await?, purpose, etag.is_some()).await
        })
        .await
    }

    /// GETs JSON with an access token. RFC 6750 §2.1.
    pub async fn get_with_token(
        &self,
        url: &str,
        purpose: Purpose,
        token: &str,
    ) -> Result<Fetched, FetchError> {
        self.within_limits(url, purpose, async |client: &Client, target: &Target| {
            let request = client.get(target.url.clone()).header(ACCEPT, purpose.accepts()).bearer_auth(token);
            body_of(send(request).await?, purpose).await
        })
        .await
    }

    /// POSTs a form and reads the JSON that answers it. `basic`: name and password, as they stand in the header. RFC 6749 §2.3.1.
    pub async fn post_form(
        &self,
        url: &str,
        purpose: Purpose,
        fields: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Result<Fetched, FetchError> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.within_limits(url, purpose, async |client: &Client, target: &Target| {
            let mut request = client
                .post(target.url.clone())
                .header(ACCEPT, purpose.accepts())
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(body);
            if let Some((name, password)) = basic {
                request = request.basic_auth(name, Some(password));
            }
            body_of(send(request).await?, purpose).await
        })
        .await
    }

    /// POSTs JSON, with these headers beside. Any 2xx is success; nothing of the answer is read.
    pub async fn post_json(
        &self,
        url: &str,
        purpose: Purpose,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<(), FetchError> {
        self.within_limits(url, purpose, async |client: &Client, target: &Target| {
            let mut request =
                client.post(target.url.clone()).header(CONTENT_TYPE, "application/json").body(body);
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            taken(send(request).await?.status())
        })
        .await
    }

    /// POSTs a form with one field. Any 2xx is success; nothing of the answer is read.
    pub async fn post_field(
        &self,
        url: &str,
        purpose: Purpose,
        (name, value): (&str, &str),
    ) -> Result<(), FetchError> {
        let body = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        self.within_limits(url, purpose, async |client: &Client, target: &Target| {
            let request = client.post(target.url.clone());
            let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
            taken(send(request).await?.status())
        })
        .await
    }

    async fn within_limits<T>(
        &self,
        url: &str,
        purpose: Purpose,
        work: impl AsyncFnOnce(&Client, &Target) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let done = async {
            let target = Target::check(url, &self.terms(purpose))?;
            let client = self.client(purpose).map_err(|error| FetchError::Unreachable(error.to_owned()))?;
            let permit = self.limits.enter(&target.host, purpose, self.clock.now()).await;
            let _permit = permit.ok_or(FetchError::TooOften)?;
            work(client, &target).await
        };
        let result =
            tokio::time::timeout(purpose.deadline(), done).await.unwrap_or(Err(FetchError::TimedOut));
        if let Err(error) = &result {
            // Without the query, which may say more than an address; quoted, because anybody may have written it.
            let address: String = url.chars().take_while(|c| *c != '?').take(200).collect();
            tracing::info!(
                purpose = purpose.as_str(),
                ?address,
                ?error,
                "a request to another server failed"
            );
        }
        result
    }

    fn terms(&self, purpose: Purpose) -> Terms<'_> {
        let loopback = self.terms.loopback;
        match purpose {
            Purpose::Webhook => Terms { reach: &Reach::Anywhere, ports: None, loopback },
            // The operator wrote the port; where it leads is vetted all the same, because the provider names its endpoints itself.
            Purpose::Upstream => Terms { reach: &self.terms.reach, ports: None, loopback },
            _ => Terms { reach: &self.terms.reach, ports: Some(&self.terms.ports), loopback },
        }
    }

    fn client(&self, purpose: Purpose) -> Result<&Client, &str> {
        let (place, reach) = match purpose {
            Purpose::Webhook => (&self.trusting, Reach::Anywhere),
            _ => (&self.guarded, self.terms.reach.clone()),
        };
        place.get_or_init(|| self.build(reach)).as_ref().map_err(String::as_str)
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that builds an HTTP client")]
    fn build(&self, reach: Reach) -> Result<Client, String> {
        let mut builder = Client::builder()
            .dns_resolver(Vetting { resolver: self.resolver.clone(), reach })
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_DEADLINE)
            .http1_only()
            .http1_max_headers(MAX_HEADER_LINES)
            // No connection outlives its request, so that each is made to an address that was just looked at.
            .pool_max_idle_per_host(0);
        if let Some(file) = &self.terms.ca_file {
            let unusable =
                |error: &dyn std::fmt::Display| format!("outbound.ca_file {}: {error}", file.display());
            let pem = std::fs::read(file).map_err(|error| unusable(&error))?;
            let authorities = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(&error))?;
            if authorities.is_empty() {
                return Err(unusable(&"it holds no certificate"));
            }
            builder = builder.tls_certs_merge(authorities);
        }
        let describe = |error: &reqwest::Error| {
            std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
        };
        builder.build().map_err(|error| describe(&error))
    }
}

async fn body_of(response: reqwest::Response, purpose: Purpose) -> Result<Fetched, FetchError> {
    match answer::read(response, purpose, false).await? {
        Conditional::Changed(fetched) => Ok(fetched),
        Conditional::Unchanged { .. } => Err(FetchError::Status(304)),
    }
}

fn taken(status: reqwest::StatusCode) -> Result<(), FetchError> {
    if status.is_success() { Ok(()) } else { Err(FetchError::Status(status.as_u16())) }
}

async fn send(request: RequestBuilder) -> Result<reqwest::Response, FetchError> {
    let sent = request.header(ACCEPT_ENCODING, "identity").send().await;
    sent.map_err(|error| FetchError::broken(&error.without_url()))
}
