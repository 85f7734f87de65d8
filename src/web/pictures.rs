//! `/pictures/{name}`: the logo of a client, as this server made it anew. Security statement D08.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Data, Path};

use super::error::{broken_status, log_broken};
use crate::flow::{Means, client_pictures};

/// Cached for ever: another picture has another name. Opened by itself it is a picture and nothing else.
pub async fn get(means: Data<Means>, name: Path<String>) -> HttpResponse {
    match client_pictures::served(&means, &name).await {
        Ok(Some(png)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "image/png"))
            .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .insert_header(("Content-Security-Policy", "default-src 'none'; sandbox"))
            .insert_header(("Cross-Origin-Resource-Policy", "same-origin"))
            .body(png),
        Ok(None) => HttpResponse::NotFound().finish(),
        Err(error) => {
            log_broken(&error);
            HttpResponse::build(broken_status(&error)).finish()
        }
    }
}
