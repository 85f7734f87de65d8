//! Reads what comes in: bodies and queries that hold nothing but what is asked for. Security statement X03.

use actix_web::HttpRequest;
use actix_web::web::Payload;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::problem::Problem;
use crate::clock::Seconds;
use crate::protocol::json;
use crate::protocol::params::Params;
use crate::web::body;

/// The one JSON object of the body, without duplicate members.
pub async fn object(request: &HttpRequest, payload: Payload) -> Result<Map<String, Value>, Problem> {
    object_up_to(body::MAX_BODY, request, payload).await
}

/// As [`object`], where another limit of the size is due.
pub async fn object_up_to(
    limit: usize,
    request: &HttpRequest,
    payload: Payload,
) -> Result<Map<String, Value>, Problem> {
    if !body::is_of_type(request, "application/json") {
        return Err(body_type());
    }
    let bytes = body::read_up_to(limit, request, payload).await?;
    json::parse_object(&bytes).map_err(|fault| Problem::invalid(fault.to_string()))
}

/// The body as what the route takes: members that it does not know are refused by name.
pub async fn read<T: DeserializeOwned>(request: &HttpRequest, payload: Payload) -> Result<T, Problem> {
    parse(&object(request, payload).await?)
}

/// The members as what a route takes.
pub fn parse<T: DeserializeOwned>(members: &Map<String, Value>) -> Result<T, Problem> {
    serde_json::from_value(Value::Object(members.clone()))
        .map_err(|error| Problem::invalid(named::<T>(members, &error.to_string())))
}

/// The fault with the member that it is about: the one without which it is another or none.
fn named<T: DeserializeOwned>(members: &Map<String, Value>, fault: &str) -> String {
    let is_about = |name: &&String| {
        let mut others = members.clone();
        others.remove(*name);
        let without = serde_json::from_value::<T>(Value::Object(others));
        without.err().is_none_or(|error| error.to_string() != fault)
    };
    match members.keys().find(is_about) {
        Some(name) if !fault.contains(&format!("`{name}`")) => format!("{name}: {fault}."),
        _ => format!("{fault}."),
    }
}

/// A body where none is due is refused: who puts `dry_run` there must not find it done.
pub async fn nothing(request: &HttpRequest, payload: Payload) -> Result<(), Problem> {
    let bytes = body::read(request, payload).await?;
    if bytes.is_empty() || bytes.as_ref() == b"{}" {
        return Ok(());
    }
    Err(Problem::invalid("This takes no body: its parameters stand in the query.".to_owned()))
}

fn body_type() -> Problem {
    crate::web::error::ApiError::UnsupportedMediaType("application/json").into()
}

/// The parameters of the query, each of them known and there once.
pub struct Query(Params);

impl Query {
    /// Reads the query of a route that takes these.
    pub fn of(request: &HttpRequest, known: &[&str]) -> Result<Self, Problem> {
        let params = Params::parse(request.query_string().as_bytes())
            .map_err(|fault| Problem::invalid(fault.to_string()))?;
        if params.pairs().any(|(name, _)| !known.contains(&name)) {
            return Err(Problem::invalid(format!(
                "The query has a parameter that is not known here. Known are: {}.",
                known.join(", ")
            )));
        }
        Ok(Self(params))
    }

    /// The value of a parameter; an empty one is none.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).filter(|value| !value.is_empty())
    }

    /// `true` or `false`.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        self.text(name)
            .map(|value| {
                value.parse().map_err(|_| Problem::invalid(format!("{name} must be true or false.")))
            })
            .transpose()
    }

    /// Seconds since 1970.
    pub fn time(&self, name: &str) -> Result<Option<Seconds>, Problem> {
        let wrong = || Problem::invalid(format!("{name} must be a number of seconds since 1970."));
        self.text(name)
            .map(|value| value.parse().ok().filter(|seconds| *seconds >= 0).ok_or_else(wrong))
            .transpose()
    }

    /// A number of seconds, at most so many.
    pub fn seconds(&self, name: &str, most: Seconds) -> Result<Option<Seconds>, Problem> {
        let wrong = || Problem::invalid(format!("{name} must be 0 to {most} seconds."));
        self.text(name)
            .map(|value| value.parse().ok().filter(|seconds| (0..=most).contains(seconds)).ok_or_else(wrong))
            .transpose()
    }

    /// How many entries a page has. Security statement X08.
    pub fn page_size(&self) -> Result<i64, Problem> {
        let wrong = || Problem::invalid(format!("page_size must be between 1 and {MAX_PAGE}."));
        match self.text("page_size") {
            None => Ok(DEFAULT_PAGE),
            Some(value) => value.parse().ok().filter(|size| (1..=MAX_PAGE).contains(size)).ok_or_else(wrong),
        }
    }
}

const DEFAULT_PAGE: i64 = 50;
const MAX_PAGE: i64 = 500;
