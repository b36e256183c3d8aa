//! One HTTP request: who asks, is it a WS-Man message, and what is the answer.

use super::auth::{Connection, Verdict};
use super::server::Shared;
use super::work::{Content, Part, Work};
use crate::operation::Principal;
use crate::wsman::charset::{self, Charset, Unsupported};
use crate::wsman::interactive::{self, Exchange};
use crate::wsman::service::Answer;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{ALLOW, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Method, Request, Response, StatusCode};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

type Reply = Response<Content>;

/// The most bytes of a body that is read for a client that is not known: an Identify, or a request that will be sent again.
const UNAUTHENTICATED_BODY: usize = 64 << 10;

pub(super) async fn handle(
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    request: Request<Incoming>,
) -> Result<Reply, Infallible> {
    Ok(answer(shared, connection, request).await.unwrap_or_else(|refusal| refusal))
}

/// The answer, or the refusal that takes its place.
async fn answer(shared: Arc<Shared>, connection: Arc<Connection>, request: Request<Incoming>) -> Result<Reply, Reply> {
    let is_anonymous = match request.uri().path() {
        "/wsman" | "/wsman/" => request.headers().contains_key("wsmanidentify"),
        "/wsman-anon/identify" => true,
        _ => return Err(text(StatusCode::NOT_FOUND, "WS-Management is at /wsman")),
    };
    if request.method() != Method::POST {
        let mut refusal = text(StatusCode::METHOD_NOT_ALLOWED, "WS-Management messages come by POST");
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return Err(refusal);
    }
    let Some(authorization) = request.headers().get(AUTHORIZATION) else {
        return introduce(&shared, &connection, request, is_anonymous).await;
    };
    let principal = authenticate(&shared, &connection, authorization).await?;
    connection.set_authenticated();
    let Ok(declared) = content_type(&request) else {
        let reason = "the content type must be application/soap+xml or text/xml, in UTF-8 or UTF-16";
        return Err(text(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason));
    };
    let body = read_body(&shared, request, shared.limits.body).await?;

    let permit = match shared.requests.clone().try_acquire_owned() {
        Ok(permit) => Some(permit),
        // Those that hold the permits may wait for just this response.
        Err(_) if interactive::may_be_response(&body) => None,
        Err(_) => match shared.requests.clone().acquire_owned().await {
            Ok(permit) => Some(permit),
            Err(_) => return Err(text(StatusCode::SERVICE_UNAVAILABLE, "the server is shutting down")),
        },
    };
    let (worker, exchange) = (shared.clone(), Arc::new(Exchange::default()));
    let work = tokio::task::spawn_blocking({
        let exchange = exchange.clone();
        move || {
            // The permit goes with the work, which goes on for a while when the client leaves.
            let _permit = permit;
            worker.service.converse(&principal, &body, declared, &exchange)
        }
    });
    let mut work = Work::new(exchange, work, shared.limits.abandoned);
    Ok(match work.next().await {
        Part::Answer(answer) => response(answer),
        Part::Message(first) => {
            let Answer { status, content_type, body } = first;
            let mut response = response(Answer { status, content_type, body: Vec::new() });
            *response.body_mut() = Content::Parts { first: Some(Bytes::from(body)), work: Some(Box::new(work)) };
            response
        }
    })
}

/// Answers a request without credentials: Identify where that is asked for, else the schemes to choose from.
async fn introduce(
    shared: &Shared,
    connection: &Connection,
    request: Request<Incoming>,
    is_anonymous: bool,
) -> Result<Reply, Reply> {
    if request.body().size_hint().lower() > UNAUTHENTICATED_BODY as u64 || request.headers().contains_key("expect") {
        // hyper closes the connection when the body is left unread.
        return Err(challenge(shared, connection));
    }
    let declared = content_type(&request).ok().flatten();
    let body = read_body(shared, request, UNAUTHENTICATED_BODY).await?;
    let identity = is_anonymous.then(|| shared.service.identify_anonymously(&body, declared)).flatten();
    identity.map(response).ok_or_else(|| challenge(shared, connection))
}

/// Judges an `Authorization` header, in the turn of its peer.
async fn authenticate(
    shared: &Shared,
    connection: &Connection,
    authorization: &HeaderValue,
) -> Result<Principal, Reply> {
    let peer = connection.peer.ip().to_canonical();
    match shared.throttle.turn(peer, Instant::now()) {
        Ok(wait) if wait.is_zero() => {}
        Ok(wait) => tokio::time::sleep(wait).await,
        Err(_) => {
            let mut refusal = text(StatusCode::TOO_MANY_REQUESTS, "too many failed attempts");
            refusal.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("10"));
            return Err(refusal);
        }
    }
    let header = authorization.to_str().unwrap_or_default();
    let (scheme, credentials) = header.split_once(' ').unwrap_or((header, ""));
    let offered = shared
        .authenticators
        .iter()
        .find(|it| it.scheme().eq_ignore_ascii_case(scheme) && it.challenge(connection).is_some());
    let user = match offered.map(|it| it.authenticate(connection, credentials.trim())) {
        Some(Verdict::Accepted(principal)) => {
            shared.throttle.succeeded(peer);
            return Ok(principal);
        }
        Some(Verdict::Continue(challenge)) => return Err(unauthorized([challenge])),
        Some(Verdict::Refused(user)) => user,
        None => None,
    };
    shared.throttle.failed(peer, Instant::now());
    log::warn!("{}: authentication failed for user {:?}", connection.peer, user.as_deref().unwrap_or("(none)"));
    Err(challenge(shared, connection))
}

/// The refusal that lists the schemes of this connection.
fn challenge(shared: &Shared, connection: &Connection) -> Reply {
    let challenges: Vec<_> = shared.authenticators.iter().filter_map(|it| it.challenge(connection)).collect();
    if challenges.is_empty() {
        let reason = "no way to authenticate is safe on this connection: use https, or http on the machine itself";
        return text(StatusCode::FORBIDDEN, reason);
    }
    unauthorized(challenges)
}

fn unauthorized(challenges: impl IntoIterator<Item = String>) -> Reply {
    let mut refusal = text(StatusCode::UNAUTHORIZED, "credentials are needed");
    for challenge in challenges.into_iter().filter_map(|line| HeaderValue::try_from(line).ok()) {
        refusal.headers_mut().append(WWW_AUTHENTICATE, challenge);
    }
    refusal
}

/// The charset that the `Content-Type` names.
fn content_type(request: &Request<Incoming>) -> Result<Option<Charset>, Unsupported> {
    let value = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    charset::from_content_type(value.unwrap_or_default())
}

/// The whole body. A body that is too large, as far as its head says, is refused before it is read.
async fn read_body(shared: &Shared, request: Request<Incoming>, limit: usize) -> Result<Bytes, Reply> {
    let too_large = || {
        let mut refusal = text(StatusCode::PAYLOAD_TOO_LARGE, format!("the message is larger than {limit} bytes"));
        refusal.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        refusal
    };
    if request.body().size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let reading = Limited::new(request.into_body(), limit).collect();
    match tokio::time::timeout(shared.limits.body_time, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(text(StatusCode::BAD_REQUEST, "the body of the message ended early")),
        Err(_) => Err(text(StatusCode::REQUEST_TIMEOUT, "the body of the message took too long")),
    }
}

fn response(answer: Answer) -> Reply {
    let mut response = Response::new(Content::from(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if answer.status != 204 {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    }
    response
}

fn text(status: StatusCode, reason: impl Into<Bytes>) -> Reply {
    let mut response = Response::new(Content::from(reason.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
    response
}
