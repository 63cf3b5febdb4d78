//! Incidents: what is wrong, who handles it, and what was decided. Detection opens and resolves them; people do the rest.

mod decide;
mod follow;
mod orders;
mod series;
mod view;

use store::Reads;
use store::incident::Incident;
use types::incident::{
    Evidence, IncidentCause, IncidentDetail, IncidentPage, IncidentSeverity, IncidentState, Measure,
};
use types::{DriftId, IncidentId, UserId};

use crate::ownership::Registers;
use crate::page::Paging;
use crate::permission::IncidentRead;
use crate::scan::source_names;
use crate::source::select;
use crate::{Context, Error, Scope, ownership};

pub use decide::{assign, bulk, comment, decide, mark_normal, merge, snooze};
pub(crate) use follow::{follow_drift, follow_expectations, follow_removal};
pub use series::series;

/// How many incidents are looked through at a time for those of somebody's objects.
const BATCH: u64 = 500;

/// Which incidents a list holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Name or id; all sources without it.
    pub source: Option<String>,
    pub state: Option<StateFilter>,
    pub severity: Option<IncidentSeverity>,
    pub cause: Option<IncidentCause>,
    pub assignee: Option<AssigneeFilter>,
    /// Those that an event of drift opened.
    pub drift: Option<DriftId>,
    /// A part of the sentence or of the object's path.
    pub text: Option<String>,
    /// Whose objects, and how tagged.
    pub owned: ownership::Filter,
}

/// Which states a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFilter {
    /// Somebody still has to do something.
    Active,
    Ended,
    One(IncidentState),
}

impl StateFilter {
    /// `active`, `ended` or a state's own word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "active" => Some(Self::Active),
            "ended" => Some(Self::Ended),
            word => IncidentState::parse(word).map(Self::One),
        }
    }

    fn states(self) -> Vec<IncidentState> {
        let all = IncidentState::ALL.iter().copied();
        match self {
            Self::Active => all.filter(|state| state.is_active()).collect(),
            Self::Ended => all.filter(|state| !state.is_active()).collect(),
            Self::One(state) => vec![state],
        }
    }
}

/// Whose incidents a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssigneeFilter {
    Nobody,
    /// Whoever asks.
    Me,
    User(UserId),
}

impl AssigneeFilter {
    /// `none`, `me` or a person's id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "none" => Some(Self::Nobody),
            "me" => Some(Self::Me),
            id => id.parse().ok().map(Self::User),
        }
    }
}

/// A page of incidents, newest first.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source, [`Error::Invalid`] for a foreign cursor.
pub async fn list(
    context: &Context,
    scope: &Scope<IncidentRead>,
    filter: Filter,
    paging: &Paging,
) -> Result<IncidentPage, Error> {
    let after: Option<(i64, IncidentId)> = paging.after()?;
    let owned = filter.owned.asked_by(scope)?;
    let tx = context.store.read(scope.tenant()).await?;
    let source = match &filter.source {
        Some(named) => Some(select(&tx, Some(named)).await?.id),
        None => None,
    };
    let assignee = match filter.assignee {
        None => None,
        Some(AssigneeFilter::Nobody) => Some(store::incident::AssignedTo::Nobody),
        Some(AssigneeFilter::User(user)) => Some(store::incident::AssignedTo::User(user)),
        Some(AssigneeFilter::Me) => {
            let nobody =
                || Error::field("/assignee", "nobody", "A key is nobody to whom an incident is assigned.");
            Some(store::incident::AssignedTo::User(scope.actor().user_id().ok_or_else(nobody)?))
        }
    };
    let filter = store::incident::Filter {
        source,
        states: filter.state.map(StateFilter::states).unwrap_or_default(),
        severity: filter.severity,
        cause: filter.cause,
        assignee,
        drift: filter.drift,
        text: filter.text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
        after,
    };
    let key = |incident: &Incident| (incident.life.opened_at.millis(), incident.id);
    let page = match owned {
        None => {
            let rows = store::incident::list(&tx, &filter, paging.rows()).await?;
            paging.counted(paging.page(rows, key), store::incident::count(&tx, &filter)).await?
        }
        Some(owned) => paging.page(owned_rows(&tx, filter, &owned, paging.rows()).await?, key),
    };
    let active = store::incident::count_active(&tx).await?;
    Ok(IncidentPage {
        items: view::summaries(&tx, page.items).await?,
        next_cursor: page.next_cursor,
        total: page.total,
        active: u32::try_from(active).unwrap_or(u32::MAX),
    })
}

/// At most `rows` of those whose objects the filter wants.
async fn owned_rows(
    tx: &impl Reads,
    mut filter: store::incident::Filter,
    owned: &ownership::Filter,
    rows: u64,
) -> Result<Vec<Incident>, Error> {
    let registers = Registers::whole(tx, &source_names(tx).await?).await?;
    let most = usize::try_from(rows).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    loop {
        let some = store::incident::list(tx, &filter, BATCH).await?;
        let is_last = u64::try_from(some.len()).is_ok_and(|read| read < BATCH);
        filter.after = some.last().map(|incident| (incident.life.opened_at.millis(), incident.id));
        let is_wanted =
            |incident: &Incident| owned.wants(&registers.ask(incident.source_id, &incident.object));
        found.extend(some.into_iter().filter(is_wanted));
        if is_last || found.len() >= most {
            found.truncate(most);
            return Ok(found);
        }
    }
}

/// One incident with its evidence and its timeline.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn get(
    context: &Context,
    scope: &Scope<IncidentRead>,
    id: IncidentId,
) -> Result<IncidentDetail, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    view::detail(&tx, id).await
}

/// What a cause is judged by.
fn measures(cause: IncidentCause) -> &'static [Measure] {
    match cause {
        IncidentCause::Volume => &[Measure::RowCount],
        IncidentCause::Nulls => &[Measure::NullPercent],
        IncidentCause::Uniqueness => &[Measure::UniquenessPercent],
        IncidentCause::Schema | IncidentCause::Freshness | IncidentCause::Expectation => &[],
    }
}

/// The anomalies that an incident consists of or explains.
fn part(incident: &Incident) -> store::anomaly::Part<'_> {
    let far = types::Timestamp(chrono::DateTime::<chrono::Utc>::MAX_UTC);
    store::anomaly::Part {
        source: incident.source_id,
        table: &incident.object,
        measures: measures(incident.cause),
        from: match &incident.evidence {
            Evidence::Series { since, .. } => (*since).min(incident.life.opened_at),
            Evidence::Schema { .. } | Evidence::Freshness { .. } | Evidence::Expectations { .. } => {
                incident.life.opened_at
            }
        },
        to: incident.life.ended_at.unwrap_or(far),
        explained_by: incident.id,
    }
}
