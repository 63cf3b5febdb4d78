//! Jobs: done at least once, by one worker at a time, fairly.

use std::collections::BTreeSet;

use serde_json::json;
use store::job::{self, LEASE_SECONDS, Leased, NewJob};
use store::{Error, Store};
use types::{JobId, OrgId, Timestamp};
use uuid::Uuid;

use crate::database::{TestDatabase, at, in_silos, on_both_databases, tenant};

on_both_databases![
    two_claimers_never_get_the_same_job,
    a_worker_that_lost_its_lease_can_do_nothing_with_the_job,
    a_job_and_what_it_did_are_done_together_or_not_at_all,
    an_organization_with_many_jobs_does_not_delay_another,
    a_job_that_fails_is_tried_again_later_and_is_dead_in_the_end,
    a_job_is_put_in_once_per_key_while_it_waits_or_runs,
    two_who_put_in_a_job_of_one_key_at_once_get_the_same,
    a_job_of_a_rolled_back_transaction_was_never_there,
    a_job_is_not_claimed_before_its_time,
    a_renewed_lease_is_not_reaped,
    a_job_whose_worker_died_each_time_is_dead,
    a_released_job_is_another_workers_at_once,
    a_server_that_starts_alone_takes_over_what_a_killed_one_held,
    a_tick_has_one_winner,
    the_queue_tells_what_waits_what_runs_and_since_when,
];
in_silos![a_job_and_what_it_did_are_done_together_or_not_at_all];

fn new(org: Option<u128>, run_at: Timestamp, key: Option<&str>) -> NewJob<'static> {
    NewJob {
        org: org.map(|number| OrgId(Uuid::from_u128(number))),
        kind: "test",
        payload: json!({"n": 1}),
        run_at,
        max_attempts: 2,
        idempotency_key: key.map(str::to_owned),
    }
}

async fn put(store: &Store, job: NewJob<'_>) -> JobId {
    let tx = store.platform_write().await.unwrap();
    let id = job::enqueue(&tx, job).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn claim(store: &Store, seconds: i64, limit: u32) -> Vec<Leased> {
    job::claim(store, "worker", at(seconds), limit).await.unwrap()
}

async fn claim_one(store: &Store, seconds: i64) -> Leased {
    let mut leased = claim(store, seconds, 10).await;
    assert_eq!(leased.len(), 1);
    leased.pop().unwrap()
}

async fn complete(store: &Store, leased: &Leased) -> Result<(), Error> {
    let tx = store.platform_write().await.unwrap();
    job::complete(&tx, leased).await?;
    tx.commit().await
}

async fn two_claimers_never_get_the_same_job(database: &TestDatabase) {
    let store = database.store().await;
    let mut expected = BTreeSet::new();
    for number in 0..40 {
        expected.insert(put(&store, new(Some(number % 3), at(0), None)).await);
    }
    let claimers: Vec<_> = (0..6)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let leased = job::claim(&store, "worker", at(0), 3).await.unwrap();
                    // PostgreSQL passes over rows that another claimer holds, so an empty answer is not the end.
                    if leased.is_empty() && job::next_due(&store).await.unwrap().is_none() {
                        return mine;
                    }
                    mine.extend(leased.into_iter().map(|job| job.id));
                }
            })
        })
        .collect();
    let mut claimed = Vec::new();
    for claimer in claimers {
        claimed.extend(claimer.await.unwrap());
    }
    assert_eq!(claimed.len(), expected.len());
    assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>(), expected);
}

async fn a_worker_that_lost_its_lease_can_do_nothing_with_the_job(database: &TestDatabase) {
    let store = database.store().await;
    put(&store, new(Some(1), at(0), None)).await;
    let paused = claim_one(&store, 0).await;
    let later = LEASE_SECONDS + 1;
    assert_eq!(job::reap(&store, at(later)).await.unwrap(), 1);
    let successor = claim_one(&store, later).await;
    assert_eq!((successor.id, successor.attempts), (paused.id, 2));

    assert_eq!(complete(&store, &paused).await, Err(Error::LeaseLost));
    assert_eq!(job::heartbeat(&store, &paused, at(later)).await, Err(Error::LeaseLost));
    let failed = job::fail(&store, &paused, at(later), "late", true).await;
    assert_eq!(failed, Err(Error::LeaseLost));
    assert_eq!(job::release(&store, &paused).await, Err(Error::LeaseLost));
    assert_eq!(complete(&store, &successor).await, Ok(()));
    assert_eq!(complete(&store, &successor).await, Err(Error::LeaseLost));
}

async fn a_job_and_what_it_did_are_done_together_or_not_at_all(database: &TestDatabase) {
    let store = database.store().await;
    put(&store, new(Some(1), at(0), None)).await;
    let leased = claim_one(&store, 0).await;
    let tx = store.write(&tenant(1)).await.unwrap();
    let address = store::object::put(&tx, b"work", at(0)).await.unwrap();
    job::complete(&tx, &leased).await.unwrap();
    drop(tx);
    let tx = store.read(&tenant(1)).await.unwrap();
    assert_eq!(store::object::get(&tx, &address).await, Err(Error::NotFound));
    drop(tx);
    assert_eq!(complete(&store, &leased).await, Ok(()));
}

async fn an_organization_with_many_jobs_does_not_delay_another(database: &TestDatabase) {
    let store = database.store().await;
    for _ in 0..20 {
        put(&store, new(Some(1), at(0), None)).await;
    }
    put(&store, new(Some(2), at(5), None)).await;
    let first = claim(&store, 10, 4).await;
    let of_second = |leased: &[Leased]| leased.iter().filter(|job| job.org == Some(tenant(2).org())).count();
    assert_eq!((first.len(), of_second(&first)), (4, 1));
    // What runs counts as well: the first organization has three, so a newcomer goes before its fourth.
    put(&store, new(Some(2), at(9), None)).await;
    let next = claim(&store, 10, 1).await;
    assert_eq!(of_second(&next), 1);
}

async fn a_job_that_fails_is_tried_again_later_and_is_dead_in_the_end(database: &TestDatabase) {
    let store = database.store().await;
    put(&store, new(None, at(0), None)).await;
    let first = claim_one(&store, 0).await;
    job::fail(&store, &first, at(0), "no answer", true).await.unwrap();
    assert!(claim(&store, 4, 10).await.is_empty());
    let second = claim_one(&store, 7).await;
    assert_eq!(second.attempts, 2);
    job::fail(&store, &second, at(7), "no answer", true).await.unwrap();
    assert!(claim(&store, 100_000, 10).await.is_empty());
    assert_eq!(job::next_due(&store).await.unwrap(), None);
}

async fn a_job_is_put_in_once_per_key_while_it_waits_or_runs(database: &TestDatabase) {
    let store = database.store().await;
    for org in [Some(1), None] {
        let first = put(&store, new(org, at(0), Some("k"))).await;
        assert_eq!(put(&store, new(org, at(0), Some("k"))).await, first);
        assert_ne!(put(&store, new(Some(2), at(500), Some("k"))).await, first);
        let leased = claim_one(&store, 0).await;
        assert_eq!(put(&store, new(org, at(0), Some("k"))).await, first);
        complete(&store, &leased).await.unwrap();
        let second = put(&store, new(org, at(0), Some("k"))).await;
        assert_ne!(second, first);
        complete(&store, &claim_one(&store, 0).await).await.unwrap();
    }
}

async fn two_who_put_in_a_job_of_one_key_at_once_get_the_same(database: &TestDatabase) {
    let store = database.store().await;
    for org in [Some(1), None] {
        let tx = store.platform_write().await.unwrap();
        let first = job::enqueue(&tx, new(org, at(0), Some("k"))).await.unwrap();
        let other = {
            let store = store.clone();
            tokio::spawn(async move { put(&store, new(org, at(0), Some("k"))).await })
        };
        // SQLite lets nobody else begin to write.
        if database.0.is_shared() {
            database.0.waited("INSERT INTO \"job\"").await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(other.await.unwrap(), first);
    }
}

async fn a_job_of_a_rolled_back_transaction_was_never_there(database: &TestDatabase) {
    let store = database.store().await;
    let tx = store.write(&tenant(1)).await.unwrap();
    job::enqueue(&tx, new(Some(1), at(0), None)).await.unwrap();
    drop(tx);
    assert!(claim(&store, 0, 10).await.is_empty());
}

async fn a_job_is_not_claimed_before_its_time(database: &TestDatabase) {
    let store = database.store().await;
    put(&store, new(Some(1), at(30), None)).await;
    assert!(claim(&store, 29, 10).await.is_empty());
    assert_eq!(job::next_due(&store).await.unwrap(), Some(at(30)));
    assert_eq!(claim(&store, 30, 10).await.len(), 1);
}

async fn a_renewed_lease_is_not_reaped(database: &TestDatabase) {
    let store = database.store().await;
    put(&store, new(Some(1), at(0), None)).await;
    let leased = claim_one(&store, 0).await;
    job::heartbeat(&store, &leased, at(40)).await.unwrap();
    assert_eq!(job::reap(&store, at(LEASE_SECONDS + 30)).await.unwrap(), 0);
    assert_eq!(job::reap(&store, at(40 + LEASE_SECONDS + 1)).await.unwrap(), 1);
}

async fn a_job_whose_worker_died_each_time_is_dead(database: &TestDatabase) {
    let store = database.store().await;
    put(&store, new(Some(1), at(0), None)).await;
    for round in 0..2 {
        let now = round * (LEASE_SECONDS + 1);
        claim_one(&store, now).await;
        assert_eq!(job::reap(&store, at(now + LEASE_SECONDS + 1)).await.unwrap(), 1);
    }
    assert!(claim(&store, 100_000, 10).await.is_empty());
    let dead = database.execute("UPDATE job SET priority = 1 WHERE state = 'dead'").await;
    assert_eq!(dead.unwrap(), 1);
}

async fn a_released_job_is_another_workers_at_once(database: &TestDatabase) {
    let store = database.store().await;
    put(&store, new(Some(1), at(0), None)).await;
    let leased = claim_one(&store, 0).await;
    job::release(&store, &leased).await.unwrap();
    let leased = claim_one(&store, 0).await;
    assert_eq!(leased.attempts, 1);
    // One that nobody can do yet is nobody's for a while, and that was no attempt either.
    job::postpone(&store, &leased, at(15)).await.unwrap();
    assert!(job::claim(&store, "another", at(14), 1).await.unwrap().is_empty());
    assert_eq!(claim_one(&store, 15).await.attempts, 1);
}

async fn a_server_that_starts_alone_takes_over_what_a_killed_one_held(database: &TestDatabase) {
    let store = database.store().await;
    put(&store, new(Some(1), at(0), None)).await;
    let killed = claim_one(&store, 0).await;
    assert_eq!(job::reap(&store, at(1)).await.unwrap(), 0, "the lease has not ended");
    assert_eq!(job::reap_all(&store, at(1)).await.unwrap(), 1);
    assert_eq!(claim_one(&store, 1).await.attempts, 2);
    // It was not killed after all: it can do nothing any more.
    assert_eq!(complete(&store, &killed).await.unwrap_err(), Error::LeaseLost);
}

async fn a_tick_has_one_winner(database: &TestDatabase) {
    let store = database.store().await;
    let mut winners = 0;
    for (name, seconds) in [("prune", 0), ("prune", 0), ("prune", 60), ("other", 0)] {
        let tx = store.platform_write().await.unwrap();
        winners += u32::from(job::tick(&tx, name, at(seconds)).await.unwrap());
        tx.commit().await.unwrap();
    }
    assert_eq!(winners, 3);
}

async fn the_queue_tells_what_waits_what_runs_and_since_when(database: &TestDatabase) {
    let store = database.store().await;
    let empty = job::Queue { waiting: 0, running: 0, oldest_due: None };
    assert_eq!(job::queue(&store, at(10)).await.unwrap(), empty);
    for seconds in [5, 3, 20] {
        put(&store, new(None, at(seconds), None)).await;
    }
    let two = job::Queue { waiting: 2, running: 0, oldest_due: Some(at(3)) };
    assert_eq!(job::queue(&store, at(10)).await.unwrap(), two);
    let leased = claim(&store, 10, 1).await;
    let one = job::Queue { waiting: 1, running: 1, oldest_due: Some(at(5)) };
    assert_eq!(job::queue(&store, at(10)).await.unwrap(), one);
    complete(&store, &leased[0]).await.unwrap();
    assert_eq!(job::queue(&store, at(10)).await.unwrap(), job::Queue { running: 0, ..one });
    let used = || store.pools().iter().map(|pool| pool.used).sum::<u32>();
    // What was just done gives its connections back in the background.
    while used() > 0 {
        tokio::task::yield_now().await;
    }
    // A transaction that is open holds one.
    let tx = store.platform_write().await.unwrap();
    assert_eq!(used(), 1, "{:?}", store.pools());
    drop(tx);
    assert!(store.pools().iter().all(|pool| pool.used + pool.idle <= pool.most), "{:?}", store.pools());
}
