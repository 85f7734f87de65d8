//! `/admin/api/keys`, `/admin/api/settings` and `/admin/api/overview`: the server itself.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::authorize::By;
use super::clients::Answer;
use super::problem::{Problem, ProblemDetails};
use super::{answer, request};
use crate::config::Origin;
use crate::flow::Means;
use crate::flow::administer::keys::{self, Keys};
use crate::flow::administer::overview::{self, Overview};
use crate::keys::Algorithm;

/// Which keys to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotationRequest {
    /// `ES256`, `RS256`, `PS256` or `EdDSA`; null = a key of each.
    #[serde(default)]
    algorithm: Option<String>,
}

/// A setting as it holds.
#[derive(Serialize, ToSchema)]
pub struct SettingView {
    pub key: &'static str,
    /// As somebody would write it; secrets are `***`; null = it is not set.
    pub value: Option<String>,
    /// `default`, `file`, or the name of the environment variable.
    pub source: String,
}

/// Every setting.
#[derive(Serialize, ToSchema)]
pub struct Settings {
    pub settings: Vec<SettingView>,
}

/// The keys that sign tokens, without their private halves.
#[utoipa::path(get, path = "/admin/api/keys", tag = "server", responses((status = 200, body = Keys)))]
pub async fn list_keys(means: Data<Means>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &keys::list(&means).await?))
}

/// Makes new keys. They are published at once, sign as soon as every cached key set holds them, and need no restart.
#[utoipa::path(post, path = "/admin/api/keys/rotate", tag = "server", request_body = RotationRequest,
    responses((status = 200, body = Keys), (status = 400, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn rotate_keys(means: Data<Means>, by: By, request: HttpRequest, payload: Payload) -> Answer {
    let RotationRequest { algorithm } = request::read(&request, payload).await?;
    let algorithms = match algorithm.as_deref().map(str::parse::<Algorithm>) {
        None => Algorithm::ALL.to_vec(),
        Some(Ok(one)) => vec![one],
        Some(Err(unknown)) => return Err(Problem::invalid(format!("algorithm {unknown}."))),
    };
    keys::rotate(&means, algorithms, by.0).await?;
    Ok(answer(HttpResponse::Ok(), &keys::list(&means).await?))
}

/// The settings that hold, and where each comes from. They are changed where they stand.
#[utoipa::path(get, path = "/admin/api/settings", tag = "server", responses((status = 200, body = Settings)))]
pub async fn settings(means: Data<Means>) -> Answer {
    let settings = means.config.shown.iter().map(|it| SettingView {
        key: it.setting.key,
        value: it.value.clone(),
        source: match &it.origin {
            Origin::Default => "default".to_owned(),
            Origin::File => "file".to_owned(),
            Origin::Environment(variable) => variable.clone(),
        },
    });
    Ok(answer(HttpResponse::Ok(), &Settings { settings: settings.collect() }))
}

/// What there is now, and what the last thirty days brought.
#[utoipa::path(get, path = "/admin/api/overview", tag = "insight", responses((status = 200, body = Overview)))]
pub async fn overview(means: Data<Means>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &overview::overview(&means).await?))
}
