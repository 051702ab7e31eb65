//! The desk for programs: the same reads and commands as the pages, as JSON under `/api/v1`, described by an
//! OpenAPI document. A program asks with a token, which belongs to one municipality and has scopes.

mod commands;
mod people;
mod program;
mod tickets;

use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};

use super::DeskError;
use super::server::Desk;
use super::session::PageError;

pub use program::{ApiScope, issue, revoke_tokens};

/// The addresses under `/api/v1`.
pub fn router() -> Router<Arc<Desk>> {
    Router::new()
        .route("/openapi.json", get(document))
        .route("/tickets", get(tickets::list))
        .route("/tickets/{name}", get(tickets::one))
        .route("/tickets/{name}/history", get(tickets::history))
        .route("/tickets/{name}/commands", post(commands::command))
        .route("/staff", get(people::staff))
        .route("/teams", get(people::teams))
        .route("/figures", get(people::figures))
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "This address does not know this method.")
        })
}

/// Why a request is not answered, by RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `about:blank`: the status says what kind of problem it is.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status of the response.
    status: u16,
    /// What is wrong, and what to do.
    detail: String,
}

impl Problem {
    /// A problem with this status; `detail` says what is wrong.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Problem");
        Self { r#type: "about:blank", title, status: status.as_u16(), detail: detail.into() }
    }

    fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is nothing at this address for this token.")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response = (status, kind, body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        tracing::error!(%error, "the desk could not answer a program");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Something that the desk needs does not answer. Try again later.",
        )
    }
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        match error {
            PageError::SignedOut { .. } => Self::new(StatusCode::UNAUTHORIZED, "Send a token."),
            PageError::NotFound => Self::not_found(),
            PageError::Forbidden(why) => Self::new(StatusCode::FORBIDDEN, why),
            PageError::Bad(why) => Self::bad(why),
            PageError::Failed(error) => error.into(),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad(rejection.body_text())
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

/// What programs can ask.
#[derive(OpenApi)]
#[openapi(
    info(title = "The desk", version = "1", description = "Tickets of one municipality, for its other programs."),
    servers((url = "/api/v1")),
    paths(
        tickets::list,
        tickets::one,
        tickets::history,
        commands::command,
        people::staff,
        people::teams,
        people::figures,
    ),
    components(schemas(Problem)),
    modifiers(&Tokens),
    security(("token" = []))
)]
struct Document;

/// Adds how programs prove who they are.
struct Tokens;

impl Modify for Tokens {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token));
    }
}

async fn document() -> Response {
    Json(Document::openapi()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_openapi_3_1_and_has_every_address() {
        let document = serde_json::to_value(Document::openapi()).unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
        assert_eq!(
            paths,
            [
                "/figures",
                "/staff",
                "/teams",
                "/tickets",
                "/tickets/{name}",
                "/tickets/{name}/commands",
                "/tickets/{name}/history"
            ]
        );
        assert!(document["components"]["securitySchemes"]["token"].is_object());
    }
}
