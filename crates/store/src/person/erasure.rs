//! Doing away with a person's name and address, wherever they may be changed.
//!
//! The audit log and the versions of policies are not touched: they can only be added to.

use sea_orm::sea_query::{Condition, Expr, ExprTrait as _, Func};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait,
    Statement, Value,
};
use types::UserId;

use super::{Named, told};
use crate::entity::{
    activity, api_key, audit, connection, description, drift, expectation, incident, incident_event,
    invitation, job, membership, ownership, sensitivity, user,
};
use crate::transaction::{Connected, Owned};
use crate::{Error, PlatformWrites, Reads, WriteTx, scoped, sign_up};

/// What stands where the name or the address of a person was.
pub const ERASED: &str = "Erased person";
/// The kind of jobs that send mail.
const MAIL: &str = "mail";

/// Removes the account with all that is part of it, and what names it beside it: invitations of its address, a sign-up that
/// waits, and mail to it that was not sent.
///
/// # Errors
/// When the database fails.
pub async fn erase_account(tx: &impl PlatformWrites, id: UserId, email: &str) -> Result<(), Error> {
    let by_them = invitation::Column::CreatedBy;
    invitation::Entity::update_many()
        .col_expr(by_them, Expr::value(None::<uuid::Uuid>))
        .filter(by_them.eq(id.0))
        .exec(tx.connection())
        .await?;
    let theirs = invitation::Column::Email.eq(email);
    invitation::Entity::delete_many().filter(theirs).exec(tx.connection()).await?;
    let by_them = api_key::Column::CreatedBy;
    api_key::Entity::update_many()
        .col_expr(by_them, Expr::value(None::<uuid::Uuid>))
        .filter(by_them.eq(id.0))
        .exec(tx.connection())
        .await?;
    sign_up::remove(tx, email).await?;
    let mails = job::Entity::find().filter(job::Column::Kind.eq(MAIL)).all(tx.connection()).await?;
    let is_theirs = |row: &job::Model| {
        let is =
            |name: &str, value: &str| row.payload.get(name).and_then(|found| found.as_str()) == Some(value);
        is("email", email) || is("user", &id.to_string())
    };
    let theirs: Vec<_> = mails.into_iter().filter(is_theirs).map(|row| row.id).collect();
    for some in theirs.chunks(500) {
        let of_them = job::Column::Id.is_in(some.iter().copied());
        job::Entity::delete_many().filter(of_them).exec(tx.connection()).await?;
    }
    crate::user::remove(tx, id).await
}

/// Whether the organization's audit log names the address: then other rows may name the person as well.
///
/// # Errors
/// When the database fails.
pub async fn is_named(tx: &impl Reads, email: &str) -> Result<bool, Error> {
    let named = Condition::any().add(audit::Column::Actor.eq(email)).add(audit::Column::Subject.eq(email));
    Ok(scoped::find::<audit::Entity>(tx).filter(named).one(tx.connection()).await?.is_some())
}

/// Whether somebody else of the organization has the name, so that it does not tell whose a row is.
///
/// # Errors
/// When the database fails.
pub async fn shares_name(tx: &impl Reads, name: &str, but: UserId) -> Result<bool, Error> {
    let people = membership::Entity::find()
        .select_only()
        .column(membership::Column::UserId)
        .filter(membership::Column::OrgId.eq(tx.org_id()))
        .into_query();
    let others = user::Entity::find()
        .filter(user::Column::Name.eq(name))
        .filter(user::Column::Id.ne(but.0))
        .filter(user::Column::Id.in_subquery(people));
    Ok(others.count(tx.connection()).await? > 0)
}

/// Puts [`ERASED`] in the place of the address, and of the name unless `only_address`, in all rows of the organization that
/// may be changed, and takes from the person what is assigned to them or said to be theirs. Done again, it changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn erase_names(tx: &WriteTx, person: Named<'_>, only_address: bool) -> Result<(), Error> {
    use incident::Column::Assignee;
    scoped::update::<incident::Entity>(tx)
        .col_expr(Assignee, Expr::value(None::<uuid::Uuid>))
        .filter(Assignee.eq(person.id.0))
        .exec(tx.connection())
        .await?;
    macro_rules! erase {
        ($text:expr, $($table:ident: $column:ident),*) => {
            $(scoped::update::<$table::Entity>(tx)
                .col_expr($table::Column::$column, Expr::value(ERASED))
                .filter($table::Column::$column.eq($text))
                .exec(tx.connection())
                .await?;)*
        };
    }
    erase!(person.email, description: UpdatedBy);
    let owns = Func::lower(Expr::col(description::Column::Owner));
    scoped::update::<description::Entity>(tx)
        .col_expr(description::Column::Owner, Expr::value(None::<String>))
        .filter(Expr::expr(owns).eq(person.email))
        .exec(tx.connection())
        .await?;
    if only_address {
        return Ok(());
    }
    erase!(person.name, incident_event: Actor, expectation: Author, drift: DecidedBy, sensitivity: Author,
        ownership: Author);
    erase_in_incidents(tx, person.name).await?;
    erase_in_settings(tx, person.name).await?;
    erase_in_activity(tx, person.name).await
}

/// Whom an incident was given to is in a sentence: by hand it ends with the name, and by the rules it goes on after it.
async fn erase_in_incidents(tx: &WriteTx, name: &str) -> Result<(), Error> {
    let assigned = |name: &str| format!("Assigned to {name}");
    scoped::update::<incident_event::Entity>(tx)
        .col_expr(incident_event::Column::Message, Expr::value(assigned(ERASED)))
        .filter(incident_event::Column::Message.eq(assigned(name)))
        .exec(tx.connection())
        .await?;
    let routed = |name: &str| format!("Assigned to {name}, who owns ");
    let begins = routed(name);
    let sql = r#"UPDATE "incident_event" SET "message" = $4 || substr("message", $2 + 1)
                 WHERE "org_id" = $1 AND "kind" = 'routed' AND substr("message", 1, $2) = $3"#;
    let values = [tx.org_id().into(), length(&begins, 0).into(), begins.into(), Value::from(routed(ERASED))];
    let backend = tx.connection().get_database_backend();
    tx.connection().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// Who last changed the settings of a kind of connection is in the settings themselves.
async fn erase_in_settings(tx: &WriteTx, name: &str) -> Result<(), Error> {
    for row in scoped::find::<connection::Entity>(tx).all(tx.connection()).await? {
        let mut config = row.config;
        let Some(author) = config.get_mut("author").filter(|author| author.as_str() == Some(name)) else {
            continue;
        };
        *author = ERASED.into();
        scoped::update::<connection::Entity>(tx)
            .col_expr(connection::Column::Config, Expr::value(config))
            .filter(connection::Column::Id.eq(row.id))
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}

/// A sentence begins with the name of whoever did it, or with that and a colon; others tell of the person with another actor.
async fn erase_in_activity(tx: &WriteTx, name: &str) -> Result<(), Error> {
    for (before, after) in told(name).into_iter().zip(told(ERASED)) {
        scoped::update::<activity::Entity>(tx)
            .col_expr(activity::Column::Message, Expr::value(after))
            .filter(activity::Column::Message.eq(before))
            .exec(tx.connection())
            .await?;
    }
    let sql = r#"UPDATE "activity" SET "actor" = $2, "message" =
                   CASE WHEN substr("message", 1, $3) IN ($4, $5) THEN $2 || substr("message", $3)
                        ELSE "message" END
                 WHERE "org_id" = $1 AND "actor" = $6"#;
    let org: Value = tx.org_id().into();
    let values = [
        org.clone(),
        ERASED.into(),
        length(name, 1).into(),
        format!("{name} ").into(),
        format!("{name}:").into(),
        name.to_owned().into(),
    ];
    let backend = tx.connection().get_database_backend();
    tx.connection().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let assigned = |name: &str| format!("(assigned to {name})");
    let sql = r#"UPDATE "activity" SET "message" = substr("message", 1, length("message") - $2) || $4
                 WHERE "org_id" = $1 AND "kind" = 'incident.assigned'
                   AND length("message") > $2 AND substr("message", length("message") - $2 + 1) = $3"#;
    let end = assigned(name);
    let values = [org, length(&end, 0).into(), end.into(), assigned(ERASED).into()];
    tx.connection().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// So many characters, and some.
fn length(text: &str, more: usize) -> i32 {
    i32::try_from(text.chars().count() + more).unwrap_or(i32::MAX)
}
