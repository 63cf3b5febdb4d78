//! Events of Clerk, delivered by Svix: at least once, and in any order.

use integrations::svix::Signed;
use serde::Deserialize;
use serde_json::{Value, json};
use store::inbound_event::{self, InboundEvent};

use super::apply::apply;
use super::change::of_event;
use super::session::end;
use crate::{Context, Error};

/// The most bytes of an event.
const LARGEST: usize = 256 * 1024;
/// What sends them, among all that send events.
const CONNECTION: &str = "clerk";

#[derive(Deserialize)]
struct Event {
    r#type: String,
    data: Value,
    /// In milliseconds.
    #[serde(default)]
    timestamp: Option<i64>,
}

/// Does what an event says, unless that is known already. What it says is not kept but for what it was about.
///
/// # Errors
/// [`Error::NotFound`] where no events of Clerk are taken, [`Error::Refused`] for what Clerk has not signed just now,
/// [`Error::Invalid`] for what is no event. When the store fails it is to be sent again.
pub async fn receive(context: &Context, signed: Signed<'_>, body: &[u8]) -> Result<(), Error> {
    let missing = || Error::NotFound("webhook");
    let clerk = context.clerk.as_deref().ok_or_else(missing)?;
    let secret = clerk.webhook_secret().ok_or_else(missing)?;
    let now = context.now();
    if body.len() > LARGEST {
        return Err(Error::field("", "size", format!("An event has at most {LARGEST} bytes.")));
    }
    if !secret.is_sender(signed, body, now) {
        return Err(Error::Refused(
            "The event's signature does not fit. BASTION_CLERK_WEBHOOK_SECRET has to be the signing secret of this \
             endpoint, and the clock of this server right."
                .to_owned(),
        ));
    }
    let event: Event = serde_json::from_slice(body)
        .map_err(|_| Error::field("", "event", "This is not an event as Clerk sends them."))?;
    let changes = of_event(&event.r#type, &event.data, event.timestamp.unwrap_or(now.millis()));
    let about = changes.last().map(|change| change.object.id.clone());
    let tx = context.store.platform_write().await?;
    let kept = InboundEvent {
        connection: CONNECTION.to_owned(),
        external_id: signed.id.to_owned(),
        org: None,
        verified: true,
        payload: json!({"type": event.r#type.chars().take(100).collect::<String>(), "about": about}),
        received_at: now,
        processed_at: None,
    };
    if !inbound_event::put(&tx, &kept).await? {
        return Ok(());
    }
    inbound_event::done(&tx, CONNECTION, signed.id, now).await?;
    if let ("session.ended" | "session.removed" | "session.revoked", Some(id)) =
        (event.r#type.as_str(), event.data["id"].as_str())
    {
        end(&tx, clerk, id, event.data["user_id"].as_str(), now).await?;
    }
    apply(context, clerk, tx, changes, false).await
}
