//! What no page and no address of the API takes: a NUL, which is part of no text and which PostgreSQL does
//! not store. It is refused here, before anything reads the request.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::api::Problem;
use super::session::PageError;

/// The largest body of a request, in bytes.
pub const LARGEST_BODY: usize = 64 * 1024;

const HAS_NUL: PageError =
    PageError::Bad("A text has a character that is none (NUL). Take it out, and send the text again.");

/// The kind of a body that a form sends.
const FORM: &str = "application/x-www-form-urlencoded";
/// How a NUL is written in the address and the body of a form.
const IN_A_FORM: &[u8] = b"%00";

/// Gives the request back if nothing in it is a NUL.
///
/// # Errors
/// It has one, or its body is too large: the answer says so, to a program as a problem.
pub async fn examine(request: Request) -> Result<Request, Response> {
    let uri = request.uri().clone();
    if has_nul_of_a_form(uri.path_and_query().map_or(&[], |rest| rest.as_str().as_bytes())) {
        return Err(refuse(&uri));
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else { return Err(too_large(&uri)) };
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    // A body of any other kind is taken only if it is JSON.
    let is_form = kind.is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with(FORM));
    let has_nul = if is_form { has_nul_of_a_form(&body) } else { has_nul_of_json(&body) };
    if has_nul { Err(refuse(&uri)) } else { Ok(Request::from_parts(parts, Body::from(body))) }
}

fn is_of_a_program(uri: &Uri) -> bool {
    uri.path().starts_with("/api/")
}

fn refuse(uri: &Uri) -> Response {
    if is_of_a_program(uri) { Problem::from(HAS_NUL).into_response() } else { HAS_NUL.into_response() }
}

fn too_large(uri: &Uri) -> Response {
    let (status, why) = (StatusCode::PAYLOAD_TOO_LARGE, "The request is larger than 64 kB.");
    if is_of_a_program(uri) {
        Problem::new(status, why).into_response()
    } else {
        (status, why).into_response()
    }
}

fn has_nul_of_a_form(text: &[u8]) -> bool {
    text.contains(&0) || text.windows(IN_A_FORM.len()).any(|part| part == IN_A_FORM)
}

/// Whether a string of the JSON has a NUL. A backslash occurs in strings only; it takes the next letter.
fn has_nul_of_json(body: &Bytes) -> bool {
    let mut rest = body.as_ref();
    while let Some((first, after)) = rest.split_first() {
        match first {
            0 => return true,
            b'\\' if after.starts_with(b"u0000") => return true,
            b'\\' => rest = after.get(1..).unwrap_or_default(),
            _ => rest = after,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_found_however_it_is_written_and_what_looks_like_one_is_not() {
        for (form, has_nul) in [
            ("q=burst+pipe%00", true),
            ("%00", true),
            ("q=%%00", true),
            ("q=a\0b", true),
            ("q=%2500", false),
            ("q=100%25+00", false),
            ("q=\\u0000", false),
        ] {
            assert_eq!(has_nul_of_a_form(form.as_bytes()), has_nul, "{form}");
        }
        for (json, has_nul) in [
            (r#"{"text":"a\u0000b"}"#, true),
            (r#"{"text":"\\\u0000"}"#, true),
            (r#"{"text":"\\u0000"}"#, false),
            (r#"{"text":"%00 \"u0000\" \u00001"}"#, true),
            (r#"{"text":"%00 u0000 \u0001"}"#, false),
            (r#"{"text":"\"#, false),
        ] {
            assert_eq!(has_nul_of_json(&Bytes::from_static(json.as_bytes())), has_nul, "{json}");
        }
    }
}
