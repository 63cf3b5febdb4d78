//! What a judgement leaves in the store.

use store::anomaly::{self, Anomaly, TableBounds};
use types::Timestamp;

use super::judge::Judgement;
use super::{Halt, Work};

/// Writes what came of a group of tables; nobody sees it yet.
pub(super) async fn put(
    work: &Work<'_>,
    fitted: &[anomaly::TableModels],
    judgements: &[(String, Judgement)],
    at: Timestamp,
) -> Result<(), Halt> {
    let source = work.source.id;
    let anomalies: Vec<Anomaly> =
        judgements.iter().flat_map(|(_, judgement)| judgement.anomalies.iter().cloned()).collect();
    let judged = judgements.iter().filter(|(_, judgement)| !judgement.bounds.is_empty());
    let bounds: Vec<TableBounds> = judged
        .map(|(table, judgement)| TableBounds { table: table.clone(), at, bounds: judgement.bounds.clone() })
        .collect();
    if !fitted.is_empty() || !anomalies.is_empty() || !bounds.is_empty() {
        let tx = work.hold().await?;
        anomaly::put_models(&tx, source, fitted).await?;
        anomaly::insert(&tx, &anomalies).await?;
        anomaly::put_bounds(&tx, source, &bounds).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Forgets the bounds of points that no chart draws any more: `times` are those of the profiles before this one.
pub(super) async fn forget(work: &Work<'_>, times: &[Timestamp]) -> Result<(), Halt> {
    let Some(oldest) = times.len().checked_sub(anomaly::KEPT - 1).and_then(|first| times.get(first)) else {
        return Ok(());
    };
    while {
        let tx = work.hold().await?;
        let more = anomaly::forget_bounds(&tx, work.source.id, *oldest).await?;
        tx.commit().await?;
        more
    } {}
    Ok(())
}
