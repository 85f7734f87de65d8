//! Why nobody is signed in, in words. Security statement P10: whether anybody has the name shows in none of them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};

use super::super::error::Counted;
use crate::clock::Seconds;
use crate::flow::sign_in::SignInRefusal;
use crate::texts::Texts;

/// Longer waits are told in minutes.
const MANY_SECONDS: Seconds = 180;

pub(super) fn status(refusal: SignInRefusal) -> StatusCode {
    match refusal {
        SignInRefusal::Wrong | SignInRefusal::Disabled | SignInRefusal::Gone => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        SignInRefusal::TooMany(_) | SignInRefusal::Locked => StatusCode::TOO_MANY_REQUESTS,
        SignInRefusal::Busy => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// `wrong`: what is said of a proof that is none.
pub(super) fn sentence(texts: Texts, refusal: SignInRefusal, wrong: &str) -> String {
    match refusal {
        SignInRefusal::Wrong => texts.t(wrong),
        SignInRefusal::Disabled => texts.t("sign-in-disabled"),
        SignInRefusal::Gone => texts.t("sign-in-gone"),
        SignInRefusal::Locked => texts.t("sign-in-locked"),
        SignInRefusal::Busy => texts.t("sign-in-busy"),
        SignInRefusal::TooMany(seconds) if seconds > MANY_SECONDS => {
            texts.count("sign-in-too-many-minutes", (seconds + 59) / 60)
        }
        SignInRefusal::TooMany(seconds) => texts.count("sign-in-too-many", seconds),
    }
}

/// Notes in the answer what the audit log counts, and when to come back.
pub(super) fn mark(response: &mut HttpResponse, refusal: SignInRefusal) {
    let what = match refusal {
        SignInRefusal::Wrong | SignInRefusal::Disabled => Some("wrong_name_or_password"),
        SignInRefusal::TooMany(_) | SignInRefusal::Locked => Some("slow_down"),
        SignInRefusal::Busy | SignInRefusal::Gone => None,
    };
    if let Some(what) = what {
        response.extensions_mut().insert(Counted(what));
    }
    if let SignInRefusal::TooMany(seconds) = refusal {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
}
