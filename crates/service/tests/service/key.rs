//! Keys that are replaced while everything goes on: nothing is lost at any moment, and each batch is written down.

use std::sync::Arc;

use secrecy::SecretString;
use service::key::{Vault, reencrypt, rotate, rotate_master};
use service::{Context, Egress, EgressPolicy, Transit, TransitKey, VaultToken, worker};
use store::audit::Filter;
use store::{Error, KeyWrappers, LocalKey, Settings, Store, Tenant, audit, secret};
use testkit::vault::{TOKEN, Vault as FakeVault};
use types::OrgId;
use types::organization::AuditEntry;
use uuid::Uuid;

use crate::crash::Killed;
use crate::database::{TestDatabase, on_both_databases, store};
use crate::world::World;

on_both_databases![
    a_new_master_key_takes_over_after_every_kill_and_is_written_down_in_each_organization,
    secrets_move_to_the_newest_data_key_after_every_kill_and_each_batch_is_written_down_once,
];

/// More than a batch.
const SECRETS: u32 = 150;

fn numbered(number: u128) -> Tenant {
    Tenant::of(OrgId(Uuid::from_u128(number)))
}

async fn put(context: &Context, tenant: &Tenant, secrets: u32) {
    let tx = context.store.write(tenant).await.unwrap();
    for number in 0..secrets {
        let plain = format!("secret {number}");
        secret::put(&tx, "connection", Uuid::nil(), &number.to_string(), &plain, context.now())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn check(store: &Store, tenant: &Tenant, secrets: u32) {
    let tx = store.read(tenant).await.unwrap();
    for number in 0..secrets {
        let opened = secret::open(&tx, "connection", Uuid::nil(), &number.to_string()).await.unwrap();
        assert_eq!(opened.unwrap().as_str(), format!("secret {number}"));
    }
}

async fn written(context: &Context, tenant: &Tenant, action: &str) -> Vec<AuditEntry> {
    let wanted = Filter { action: Some(action.to_owned()), ..Filter::default() };
    let tx = context.store.read(tenant).await.unwrap();
    audit::list(&tx, &wanted, None, 100).await.unwrap()
}

async fn a_new_master_key_takes_over_after_every_kill_and_is_written_down_in_each_organization(
    world: &World,
) {
    let context = &world.context;
    let tenants: Vec<Tenant> = (1..=5).map(numbered).collect();
    for tenant in &tenants {
        put(context, tenant, 2).await;
    }
    for polls in [3, 7, 13, 23, 41, 67] {
        Killed { polls, working: Box::pin(rotate_master(context, |_| {})) }.await;
        for tenant in &tenants {
            check(&context.store, tenant, 2).await;
        }
    }
    rotate_master(context, |_| {}).await.unwrap();
    // Whoever was killed has left a job, which finds nothing to do.
    worker::drain(context).await.unwrap();
    let fresh = store(&world.database).await;
    for tenant in &tenants {
        check(&fresh, tenant, 2).await;
        let rows = written(context, tenant, "master_key.rotated").await;
        let [newest, ..] = rows.as_slice() else { panic!("nothing is written down") };
        assert_eq!((newest.actor.as_str(), &newest.detail["data_keys"]), ("system", &1.into()));
        assert!(audit::verify(&context.store.read(tenant).await.unwrap()).await.unwrap().intact);
    }
    assert_eq!(world.database.execute("DELETE FROM master_key").await.unwrap(), 1, "the older are forgotten");
}

async fn secrets_move_to_the_newest_data_key_after_every_kill_and_each_batch_is_written_down_once(
    world: &World,
) {
    let (context, tenant) = (&world.context, world.tenant().await);
    put(context, &tenant, SECRETS).await;
    let there = secret::count(&context.store.read(&tenant).await.unwrap()).await.unwrap();
    rotate(context, &world.scope().await).await.unwrap();
    let asked = reencrypt(context, &world.scope().await).await.unwrap();
    assert_eq!((asked.secrets_on_old_key, asked.running), (there, true));
    for polls in [11, 29, 53, 97, 211, 401] {
        Killed { polls, working: Box::pin(worker::drain(context)) }.await;
        check(&context.store, &tenant, SECRETS).await;
        world.advance(120);
    }
    worker::drain(context).await.unwrap();
    check(&context.store, &tenant, SECRETS).await;
    let rows = written(context, &tenant, "secrets.re_encrypted").await;
    let rewritten: u64 = rows.iter().map(|row| row.detail["rewritten"].as_u64().unwrap()).sum();
    assert_eq!((rewritten, rows.len() >= 2), (u64::from(there), true), "{rows:?}");
    let contents = world.database.contents(tenant.org()).await.unwrap();
    assert_eq!(contents["data_key"].len(), 1, "the older is gone");
}

fn vault(fake: &FakeVault, token: &str) -> Vault {
    Vault(Transit::new(
        Egress::new(EgressPolicy::parse("", true).unwrap()).unwrap(),
        TransitKey {
            address: fake.base.parse().unwrap(),
            token: VaultToken::Given(SecretString::from(token)),
            namespace: Some("team".to_owned()),
            mount: "transit".to_owned(),
            key: "bastion".to_owned(),
        },
    ))
}

async fn connect(
    database: &TestDatabase,
    current: Vault,
    previous: Option<[u8; 32]>,
) -> Result<Store, Error> {
    let settings = Settings { url: database.url(), owner_url: None, max_connections: 4, dev: false };
    let previous = previous.map(|key| Arc::new(LocalKey::new(key)) as _);
    Store::connect(&settings, KeyWrappers { current: Arc::new(current), previous }).await
}

#[tokio::test]
async fn vault_takes_the_master_key_over_and_is_asked_at_the_start_alone() {
    let world = World::new(TestDatabase::sqlite().await).await;
    let fake = FakeVault::start(Some("team")).await;
    put(&world.context, &numbered(1), 2).await;
    let mut context = world.context.clone();
    context.store = connect(&world.database, vault(&fake, TOKEN), Some([1; 32])).await.unwrap();
    check(&context.store, &numbered(1), 2).await;
    rotate_master(&context, |_| {}).await.unwrap();

    // A later start of Vault's key alone, and a version of it that took the place of another.
    fake.rotate();
    context.store = connect(&world.database, vault(&fake, TOKEN), None).await.unwrap();
    rotate_master(&context, |_| {}).await.unwrap();
    fake.forget_older();
    context.store = connect(&world.database, vault(&fake, TOKEN), None).await.unwrap();
    let asked = fake.calls().len();
    check(&context.store, &numbered(1), 2).await;
    put(&context, &numbered(2), 1).await;
    assert_eq!(fake.calls().len(), asked);

    fake.seal(true);
    put(&context, &numbered(3), 1).await;
    for (token, sealed, reason) in
        [(TOKEN, true, "Vault is sealed"), ("hvs.wrong", false, "refused the token")]
    {
        fake.seal(sealed);
        let refused = connect(&world.database, vault(&fake, token), None).await.err().unwrap().to_string();
        assert!(refused.contains(reason) && !refused.contains(token), "{refused}");
    }
    // Whoever has the database and the earlier key alone opens nothing.
    let settings = Settings { url: world.database.url(), owner_url: None, max_connections: 4, dev: false };
    let earlier = store::MasterKeys { current: [1; 32], previous: None };
    assert_eq!(Store::connect(&settings, earlier).await.err(), Some(Error::WrongMasterKey));
}
