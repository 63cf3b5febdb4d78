//! The key by which a language model is asked. It is kept beside the other secrets of the default connection, where
//! [`crate::connection::setup`] puts it too.

use serde_json::json;
use store::{Reads, secret};
use types::ai::{AiSettings, SetAi};

use crate::connection::{KIND, SUBJECT, present};
use crate::permission::{ConnectionManage, OrganizationRead};
use crate::{Context, Error, Scope, Topic, activity, audit};

const PURPOSE: &str = "llm_key";
/// The most characters of a key.
const LONGEST: usize = 1_000;

/// Whether there is a key, and its end.
///
/// # Errors
/// When the store fails.
pub async fn get(context: &Context, scope: &Scope<OrganizationRead>) -> Result<AiSettings, Error> {
    view(&context.store.read(scope.tenant()).await?).await
}

/// Puts a key in the place of the one that is kept, or removes it.
///
/// # Errors
/// [`Error::Invalid`] for a key that is too long, [`Error::PreconditionFailed`] when somebody else changed it meanwhile.
pub async fn set(
    context: &Context,
    scope: &Scope<ConnectionManage>,
    input: SetAi,
) -> Result<AiSettings, Error> {
    let now = context.now();
    let key = input.llm_key.trim();
    if key.chars().count() > LONGEST {
        return Err(Error::field("/llm_key", "length", format!("At most {LONGEST} characters.")));
    }
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    let before = view(&tx).await?;
    scope.precondition().check(&before)?;
    let is_set = !key.is_empty();
    if !is_set && !before.llm_key.set {
        return Ok(before);
    }
    let connection = present(&tx, now).await?;
    match is_set {
        true => secret::put(&tx, SUBJECT, connection.0, PURPOSE, key, now).await?,
        false => secret::clear(&tx, SUBJECT, connection.0, PURPOSE).await?,
    };
    audit::record(&tx, scope, now, "ai.changed", KIND, json!({"llm_key": {"set": is_set}})).await?;
    let did = if is_set { "set" } else { "removed" };
    let entry = activity::Entry {
        kind: "ai.changed",
        message: format!("{} {did} the key of the language model", scope.actor().name()),
        link: Some("/dashboard/settings?section=ai".to_owned()),
        source: None,
    };
    activity::record(&tx, scope.actor(), now, entry).await?;
    let settings = view(&tx).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(settings)
}

async fn view(tx: &impl Reads) -> Result<AiSettings, Error> {
    let Some(found) = store::connection::find(tx, KIND).await? else { return Ok(AiSettings::default()) };
    Ok(AiSettings { llm_key: secret::view(tx, SUBJECT, found.id.0, PURPOSE).await? })
}
