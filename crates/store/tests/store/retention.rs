//! Versions that are not kept any more, and the garbage that they leave: what remains is whole.

use std::collections::{BTreeMap, BTreeSet};

use domain::retention::superfluous;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use store::manifest::{self, Entry};
use store::object::{self, Address, Packed};
use store::{Store, Tenant, drift, garbage, retention, run, staged, version};
use types::change::Severity;
use types::drift::DriftStatus;
use types::organization::Retention;
use types::run::{RunState, Trigger};
use types::schema::ObjectCounts;
use types::snapshot::{Engine, SnapshotHeader};
use types::{DriftId, RunId, Timestamp};
use uuid::Uuid;

use crate::database::{SOURCE, TestDatabase, at, on_both_databases, tenant};

on_both_databases![after_any_scans_and_collections_what_is_left_is_whole, only_the_own_versions_are_removed,];

const DAY: i64 = 24 * 60 * 60;
const RULE: Retention = Retention { versions: 2, days: 4 };

/// What is in a database: of each table, in which form it is.
type Catalog = BTreeMap<u8, u8>;

fn content(table: u8, form: u8) -> Vec<u8> {
    format!("table {table} in form {form}").into_bytes()
}

fn entry(table: u8, form: u8) -> Entry {
    let address = Address::of(&content(table, form));
    Entry { path: format!("public.t{table}"), kind: "table".into(), hash: address.to_string(), address }
}

fn entries(catalog: &Catalog) -> Vec<Entry> {
    catalog.iter().map(|(table, form)| entry(*table, *form)).collect()
}

fn header(at: Timestamp) -> SnapshotHeader {
    SnapshotHeader {
        format_version: 1,
        canonical_version: 1,
        engine: Engine::Sqlite,
        engine_version: "3".into(),
        database: "shop".into(),
        captured_at: at,
        root_hash: String::new(),
        column_order: None,
        fingerprint: String::new(),
        physical: None,
        warnings: Vec::new(),
    }
}

fn run_at(now: Timestamp) -> run::Run {
    run::Run {
        id: RunId(Uuid::now_v7()),
        source_id: SOURCE,
        state: RunState::Running,
        trigger: Trigger::Manual,
        created_at: now,
        started_at: Some(now),
        finished_at: None,
        version: None,
        unchanged: None,
        drift_id: None,
        tables_profiled: None,
        error: None,
        cancel_requested: false,
    }
}

/// A source as scans and the housekeeping leave it, and what should be in it.
struct History {
    store: Store,
    tenant: Tenant,
    seconds: i64,
    catalog: Catalog,
    /// A scan that is under way, with what it has read.
    scan: Option<(run::Run, Catalog)>,
    /// What each version is of, from the first.
    versions: Vec<Catalog>,
    swept: u64,
}

impl History {
    fn of(store: &Store, org: u128) -> Self {
        Self {
            store: store.clone(),
            tenant: tenant(org),
            seconds: 0,
            catalog: Catalog::new(),
            scan: None,
            versions: Vec::new(),
            swept: 0,
        }
    }

    fn now(&self) -> Timestamp {
        at(self.seconds)
    }

    /// A scan reads the catalog and stages it.
    async fn begin(&mut self) {
        if self.scan.is_some() {
            return;
        }
        let (run, now) = (run_at(self.now()), self.now());
        let (mut blobs, mut objects) = (Vec::new(), Vec::new());
        for (table, form) in &self.catalog {
            blobs.push(Packed::new(&content(*table, *form)).unwrap());
            objects.push(entry(*table, *form));
        }
        let tx = self.store.write(&self.tenant).await.unwrap();
        run::insert(&tx, &run).await.unwrap();
        object::put_many(&tx, blobs, now).await.unwrap();
        staged::put_objects(&tx, run.id, &objects).await.unwrap();
        tx.commit().await.unwrap();
        self.scan = Some((run, self.catalog.clone()));
    }

    /// What it has staged becomes a version, unless it is as the one before.
    async fn finish(&mut self) {
        let Some((run, catalog)) = self.scan.take() else { return };
        let now = self.now();
        let tx = self.store.write(&self.tenant).await.unwrap();
        if self.versions.last() != Some(&catalog) {
            let read = staged::objects(&tx, run.id).await.unwrap();
            let (manifest, blobs) = manifest::pack(&read).unwrap();
            object::put_many(&tx, blobs, now).await.unwrap();
            self.versions.push(catalog);
            let number = u32::try_from(self.versions.len()).unwrap();
            let version = version::Version {
                source_id: SOURCE,
                version: number,
                root_hash: manifest.to_string(),
                manifest,
                header: header(now),
                counts: ObjectCounts::default(),
                canonical_version: 1,
                captured_at: now,
                verified_at: now,
                run_id: run.id,
                rebased: false,
                drift_id: None,
                removed_at: None,
            };
            version::insert(&tx, &version).await.unwrap();
            if number > 1 {
                let changes = object::put(&tx, &changes(number), now).await.unwrap();
                drift::insert(&tx, &event(number, changes, run.id, now)).await.unwrap();
            }
        }
        staged::clear_objects(&tx, run.id).await.unwrap();
        end(&tx, run, RunState::Succeeded).await;
        tx.commit().await.unwrap();
    }

    /// It dies, and what it has staged is left.
    async fn kill(&mut self) {
        let Some((run, _)) = self.scan.take() else { return };
        let tx = self.store.write(&self.tenant).await.unwrap();
        end(&tx, run, RunState::Failed).await;
        tx.commit().await.unwrap();
    }

    /// As the housekeeping does it. A scan may begin once it is known what is garbage.
    async fn collect(&mut self, scan_between: bool) {
        let now = self.now();
        let tx = self.store.read(&self.tenant).await.unwrap();
        let versions = retention::versions(&tx, SOURCE).await.unwrap();
        let needed = retention::needed(&tx, SOURCE).await.unwrap();
        drop(tx);
        let tx = self.store.write(&self.tenant).await.unwrap();
        let gone = superfluous(RULE, &versions, &needed, now);
        retention::remove(&tx, SOURCE, &gone, now).await.unwrap();
        garbage::clear_staged(&tx).await.unwrap();
        tx.commit().await.unwrap();
        let tx = self.store.read(&self.tenant).await.unwrap();
        let dead = garbage::dead(&tx, now, 1_000).await.unwrap();
        drop(tx);
        if scan_between {
            self.begin().await;
        }
        let tx = self.store.write(&self.tenant).await.unwrap();
        self.swept += garbage::sweep(&tx, &dead, now).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn decide(&self) {
        let tx = self.store.write(&self.tenant).await.unwrap();
        for event in drift::list(&tx, &drift::Filter::default(), 100).await.unwrap() {
            let decision = types::drift::Decision { by: "ada".into(), at: self.now(), reason: None };
            drift::decide(&tx, event.id, DriftStatus::Accepted, &decision).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Somebody compares with a version that is there.
    async fn ask(&self, number: u8) {
        let tx = self.store.write(&self.tenant).await.unwrap();
        version::mark_baseline(&tx, SOURCE, number.into(), self.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Reads all that there should be; answers which versions are removed.
    async fn check(&self) -> BTreeSet<u32> {
        let tx = self.store.read(&self.tenant).await.unwrap();
        let found = version::list(&tx, SOURCE, None, 1_000).await.unwrap();
        assert_eq!(found.len(), self.versions.len(), "no number is lost");
        let mut whole = Vec::new();
        let mut removed = BTreeSet::new();
        for version in found {
            if version.removed_at.is_some() {
                assert_eq!(manifest::read(&tx, &version.manifest).await.unwrap(), []);
                removed.insert(version.version);
                continue;
            }
            let catalog = &self.versions[version.version as usize - 1];
            let read = manifest::read(&tx, &version.manifest).await.unwrap();
            assert_eq!(read, entries(catalog), "version {}", version.version);
            let addresses: Vec<Address> = read.into_iter().map(|entry| entry.address).collect();
            let contents: Vec<_> = catalog.iter().map(|(table, form)| content(*table, *form)).collect();
            assert_eq!(object::get_many(&tx, &addresses).await.unwrap(), contents);
            whole.push((version.manifest, catalog));
        }
        for (old, before) in &whole {
            for (new, after) in &whole {
                let without = |these: &Catalog, those: &Catalog| {
                    let mut these = entries(these);
                    these.retain(|entry| !entries(those).contains(entry));
                    these
                };
                let changed = manifest::changed(&tx, old, new).await.unwrap();
                assert_eq!(changed, (without(before, after), without(after, before)));
            }
        }
        assert!(!removed.contains(&u32::try_from(self.versions.len()).unwrap()), "the newest stays");
        for event in drift::list(&tx, &drift::Filter::default(), 1_000).await.unwrap() {
            assert_eq!(object::get(&tx, &event.changes).await.unwrap(), changes(event.new_version));
            if event.status == DriftStatus::New && event.breaking {
                assert!(!removed.contains(&event.old_version) && !removed.contains(&event.new_version));
            }
        }
        removed
    }
}

async fn end(tx: &store::WriteTx, run: run::Run, state: RunState) {
    run::update(tx, &run::Run { state, ..run }).await.unwrap();
}

fn changes(number: u32) -> Vec<u8> {
    format!("what changed with version {number}").into_bytes()
}

/// Every third one asks for a decision.
fn event(number: u32, changes: Address, run_id: RunId, now: Timestamp) -> drift::Drift {
    let breaking = number.is_multiple_of(3);
    let severity = if breaking { Severity::Breaking } else { Severity::Safe };
    drift::Drift {
        id: DriftId(Uuid::now_v7()),
        source_id: SOURCE,
        old_version: number - 1,
        new_version: number,
        detected_at: now,
        severity,
        found_severity: severity,
        breaking,
        status: DriftStatus::New,
        sentence: "Something changed".into(),
        summary: types::change::ChangeSummary::default(),
        affected: Vec::new(),
        changes,
        run_id,
        decision: None,
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// A table takes another form; none is no table.
    Change(u8, u8),
    Begin,
    Finish,
    Kill,
    Wait(i64),
    Collect {
        scan_between: bool,
    },
    Decide,
    Ask(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..5u8, 0..3u8).prop_map(|(table, form)| Step::Change(table, form)),
        6 => Just(Step::Begin),
        6 => Just(Step::Finish),
        1 => Just(Step::Kill),
        4 => (0..5 * DAY).prop_map(Step::Wait),
        3 => any::<bool>().prop_map(|scan_between| Step::Collect { scan_between }),
        1 => Just(Step::Decide),
        1 => (1..20u8).prop_map(Step::Ask),
    ];
    proptest::collection::vec(step, 80)
}

async fn after_any_scans_and_collections_what_is_left_is_whole(database: &TestDatabase) {
    let mut runner = TestRunner::deterministic();
    let mut history = History::of(&database.store_with_source().await, 1);
    // One after the other: what came before is a part of what may come.
    for _ in 0..3 {
        for step in steps().new_tree(&mut runner).unwrap().current() {
            match step {
                Step::Change(table, 0) => {
                    history.catalog.remove(&table);
                }
                Step::Change(table, form) => {
                    history.catalog.insert(table, form);
                }
                Step::Begin => history.begin().await,
                Step::Finish => history.finish().await,
                Step::Kill => history.kill().await,
                // No scan takes longer than what nobody refers to is kept.
                Step::Wait(_) if history.scan.is_some() => {}
                Step::Wait(seconds) => history.seconds += seconds,
                Step::Collect { scan_between } => {
                    history.collect(scan_between).await;
                    history.check().await;
                }
                Step::Decide => history.decide().await,
                Step::Ask(number) => history.ask(number).await,
            }
        }
    }
    history.finish().await;
    history.decide().await;
    history.seconds += 30 * DAY;
    history.collect(false).await;
    let removed = history.check().await;
    let versions = history.versions.len();
    assert!(versions > 10 && removed.len() > 5, "{versions} versions, {removed:?} removed");
    assert!(history.swept > 10, "{} blobs swept", history.swept);
}

async fn only_the_own_versions_are_removed(database: &TestDatabase) {
    let store = database.store_with_source().await;
    let [mut first, mut second] = [1, 2].map(|org| History::of(&store, org));
    for history in [&mut first, &mut second] {
        for form in 1..=4 {
            history.catalog.insert(1, form);
            history.begin().await;
            history.finish().await;
            history.seconds += DAY;
        }
        history.decide().await;
        history.seconds += 30 * DAY;
    }
    first.collect(false).await;
    assert_eq!((first.check().await, first.swept), (BTreeSet::from([1, 2]), 4));
    assert!(second.check().await.is_empty());
}
