//! Server-sent events that resume where the listener left off.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING};
use bytes::Bytes;
use futures_util::stream::unfold;
use serde::Serialize;
use service::Hint;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// The sequence number; a listener that reconnects names the last it saw.
    pub id: i64,
    /// Such as `log`.
    pub name: &'static str,
    /// JSON on one line.
    pub data: String,
}

impl Event {
    /// An event whose data is the value's JSON.
    ///
    /// # Errors
    /// When the value has no JSON.
    pub fn of(id: i64, name: &'static str, value: &impl Serialize) -> Result<Self, service::Error> {
        let data =
            serde_json::to_string(value).map_err(|error| service::Error::Internal(error.to_string()))?;
        Ok(Self { id, name, data })
    }
}

/// How often it looks although no hint came: another server may have written.
const POLL: Duration = Duration::from_secs(2);
/// How often a comment says that the stream lives.
const COMMENT: Duration = Duration::from_secs(15);

/// The sequence number to resume after: `Last-Event-ID` wins over `?after=`.
#[must_use]
pub fn resume_after(request: &HttpRequest, after: Option<i64>) -> Option<i64> {
    let header = request.headers().get("last-event-id").and_then(|value| value.to_str().ok());
    header.and_then(|value| value.parse().ok()).or(after)
}

struct State<R> {
    stopping: CancellationToken,
    hints: Receiver<Hint>,
    after: i64,
    read: R,
    first: bool,
    ended: bool,
    spoke: Instant,
}

/// Streams what `read(after)` returns, oldest first, whenever a hint that `wanted` accepts comes. An error of `read` ends
/// the stream. Where whoever listens may not any more, the last event is `end` with the problem's code, so that they need
/// not ask again to be refused; after any other they reconnect.
pub fn stream<R, F>(
    stopping: CancellationToken,
    hints: Receiver<Hint>,
    wanted: impl Fn(Hint) -> bool + 'static,
    after: i64,
    read: R,
) -> HttpResponse
where
    R: FnMut(i64) -> F + 'static,
    F: Future<Output = Result<Vec<Event>, service::Error>> + 'static,
{
    let state = State { stopping, hints, after, read, first: true, ended: false, spoke: Instant::now() };
    let chunks = unfold((state, wanted), |(mut state, wanted)| async move {
        let chunk = next_chunk(&mut state, &wanted).await?;
        state.spoke = Instant::now();
        Some((Ok::<_, Infallible>(chunk), (state, wanted)))
    });
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        // Compression and proxies would hold events back.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(Box::pin(chunks))
}

/// `None` ends the stream.
async fn next_chunk<R, F>(state: &mut State<R>, wanted: &impl Fn(Hint) -> bool) -> Option<Bytes>
where
    R: FnMut(i64) -> F,
    F: Future<Output = Result<Vec<Event>, service::Error>>,
{
    loop {
        if state.ended {
            return None;
        }
        let events = match (state.read)(state.after).await {
            Ok(events) => events,
            Err(error) => {
                state.ended = true;
                return refusal(&error);
            }
        };
        if let Some(last) = events.last() {
            state.after = last.id;
            state.first = false;
            return Some(events.iter().map(text).collect::<String>().into());
        }
        if std::mem::take(&mut state.first) || state.spoke.elapsed() >= COMMENT {
            return Some(Bytes::from_static(b": ping\n\n"));
        }
        let stopped = state.stopping.clone();
        tokio::select! {
            () = stopped.cancelled() => return None,
            _ = timeout(POLL, hint(&mut state.hints, wanted)) => {}
        }
    }
}

async fn hint(hints: &mut Receiver<Hint>, wanted: &impl Fn(Hint) -> bool) {
    loop {
        match hints.recv().await {
            Ok(hint) if wanted(hint) => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => sleep(POLL).await,
        }
    }
}

/// The last event, where asking again would be refused as well.
fn refusal(error: &service::Error) -> Option<Bytes> {
    let code = error.code();
    // Not 429, after which they may ask again.
    let refused = matches!(code.status(), 400..=404);
    refused.then(|| format!("event: end\ndata: {}\n\n", serde_json::json!({ "code": code.as_str() })).into())
}

/// The wire form. `data` is JSON, which escapes line ends.
fn text(event: &Event) -> String {
    format!("id: {}\nevent: {}\ndata: {}\n\n", event.id, event.name, event.data)
}
