//! The operator's commands, run as they are run.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use service::identity::{self, Admission, second_factor};
use service::{
    Context, Credentials, Egress, EgressPolicy, Outbound, Settings, SignUpRule, SystemClock, authenticate,
};
use store::{MasterKeys, Store, Tenant, audit, organization, secret};
use tempfile::TempDir;
use testkit::authenticator::Authenticator;
use testkit::database::{RUNTIME, TestDatabase};
use testkit::postgres::{Role, Server};
use types::email::ResetPassword;
use types::second_factor::ConfirmSecondFactor;
use types::session::SignIn;
use types::{OrgId, Timestamp};
use uuid::Uuid;

use crate::app::PASSWORD;

/// Runs `bastion` on a data folder, with nothing else set than what is given.
pub(crate) fn bastion(data: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bastion"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .args(["--ui", "off"])
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

pub(crate) fn succeeded(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    out.into_owned()
}

pub(crate) fn refused(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn url(file: &Path) -> String {
    format!("sqlite://{}?mode=rwc", file.display())
}

fn key_in(data: &Path) -> MasterKeys {
    let text = fs::read_to_string(data.join("master.key")).unwrap();
    let current = STANDARD.decode(text.trim()).unwrap().try_into().unwrap();
    MasterKeys { current, previous: None }
}

async fn store(file: &Path, keys: MasterKeys) -> Result<Store, store::Error> {
    let settings = store::Settings { url: url(file), owner_url: None, max_connections: 2, dev: false };
    Store::connect(&settings, keys).await
}

/// What a server on the database in the file works with.
async fn context(file: &Path, keys: MasterKeys) -> Context {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let egress = Egress::new(EgressPolicy::default()).unwrap();
    let settings = Settings {
        public_url: "http://localhost".into(),
        sign_up: SignUpRule::Invite,
        notice: None,
        deletion_grace_days: Settings::DELETION_GRACE_DAYS,
    };
    let store = store(file, keys).await.unwrap();
    Context::new(store, Arc::new(SystemClock), Arc::new(Outbound::new(egress)), settings)
}

fn nobody() -> Credentials {
    Credentials {
        session: None,
        api_key: None,
        clerk: None,
        org: None,
        request_id: "test".into(),
        ip: Ipv4Addr::LOCALHOST.into(),
        user_agent: None,
    }
}

/// Whether the password signs in to the database in the file.
async fn signs_in(file: &Path, keys: MasterKeys, email: &str, password: &str) -> bool {
    let (context, nobody) = (context(file, keys).await, nobody());
    let input = SignIn { email: email.into(), password: password.into() };
    identity::sign_in(&context, &nobody, input).await.and_then(Admission::session).is_ok()
}

#[test]
fn a_bad_configuration_lists_its_faults_and_a_good_one_what_has_no_effect() {
    let folder = TempDir::new().unwrap();
    let bad = [("BASTION_LISTEN", "nowhere"), ("BASTION_SIGN_UP", "maybe")];
    let faults = refused(&bastion(folder.path(), &["check-config"], &bad), 78);
    assert!(faults.contains("BASTION_LISTEN") && faults.contains("BASTION_SIGN_UP"), "{faults}");
    let odd = [("BASTION_OIDC_ISSUER", "https://id.example"), ("BASTION_JAEGER_URL", "http://localhost")];
    let said = succeeded(&bastion(folder.path(), &["check-config"], &odd));
    for (name, _) in odd {
        assert!(said.contains(&format!("warning: {name} is not supported by this version")), "{said}");
    }
    assert!(said.contains("mail        none, links are logged"), "{said}");
    assert!(said.contains("metrics     off"), "{said}");
    assert!(said.contains("redis       none, each server counts for itself"), "{said}");
    assert!(said.contains("clerk       off"), "{said}");
    let mail = [
        ("BASTION_SMTP_URL", "smtps://bastion:hunter2@mail.example"),
        ("BASTION_MAIL_FROM", "Bastion <bastion@example.org>"),
        ("BASTION_REDIS_URL", "rediss://bastion:hunter2@redis.example/1"),
    ];
    let said = succeeded(&bastion(folder.path(), &["check-config"], &mail));
    assert!(said.contains("redis       redis.example:6379 (database 1, TLS)"), "{said}");
    assert!(said.contains("mail        mail.example:465 (Tls)") && !said.contains("hunter2"), "{said}");
}

#[test]
fn the_description_of_the_api_is_printed_as_it_is_checked_in() {
    let folder = TempDir::new().unwrap();
    let said = succeeded(&bastion(folder.path(), &["openapi"], &[]));
    let checked_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/bastion.json");
    assert!(said.trim_end() == fs::read_to_string(checked_in).unwrap().trim_end(), "{}", &said[..200]);
}

#[test]
fn the_doctor_says_what_is_missing_and_then_that_all_is_well() {
    let folder = TempDir::new().unwrap();
    let missing = refused(&bastion(folder.path(), &["doctor"], &[]), 1);
    assert!(missing.contains("bastion migrate up"), "{missing}");
    succeeded(&bastion(folder.path(), &["migrate", "up"], &[]));
    let said = succeeded(&bastion(folder.path(), &["doctor"], &[]));
    assert_eq!(said.lines().filter(|line| line.starts_with("ok  ")).count(), 3, "{said}");
    // The server does without Redis.
    let silent = [("BASTION_REDIS_URL", "redis+unix:///nowhere?pass=hunter2")];
    let said = succeeded(&bastion(folder.path(), &["doctor"], &silent));
    assert!(said.contains("warning: Redis does not answer (") && !said.contains("hunter2"), "{said}");
    // The key that the database was sealed with is part of it.
    let other = [("BASTION_MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")];
    let wrong = refused(&bastion(folder.path(), &["doctor"], &other), 78);
    assert!(wrong.contains("master key"), "{wrong}");
}

#[tokio::test]
async fn an_administrator_is_made_once_and_signs_in_also_from_a_backup() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let password_file = folder.path().join("password");
    fs::write(&password_file, PASSWORD).unwrap();
    let password_file = password_file.display().to_string();
    let create = ["create-admin", "ada@example.org", "--password-file", &password_file];
    let closed = [("BASTION_SIGN_UP", "invite")];
    let said = succeeded(&bastion(&data, &create, &closed));
    assert!(said.contains("ada@example.org") && !said.contains(PASSWORD), "{said}");
    refused(&bastion(&data, &create, &closed), 1);
    let database = data.join("bastion.db");
    assert!(signs_in(&database, key_in(&data), "ada@example.org", PASSWORD).await);
    // Without a file a password is made and shown.
    let said = succeeded(&bastion(&data, &["create-admin", "bob@example.org"], &closed));
    let shown = said.lines().find_map(|line| line.strip_prefix("Password: ")).unwrap();
    assert!(signs_in(&database, key_in(&data), "bob@example.org", shown).await);

    let copy = folder.path().join("copy.db");
    let backup = ["backup", &copy.display().to_string()];
    assert!(succeeded(&bastion(&data, &backup, &[])).contains("master.key"));
    let again = refused(&bastion(&data, &backup, &[]), 2);
    assert!(again.contains("exists already"), "{again}");
    assert!(signs_in(&copy, key_in(&data), "ada@example.org", PASSWORD).await);
    // Restored as the documents say: the copy and the key in a folder of their own.
    let restored = folder.path().join("restored");
    fs::create_dir(&restored).unwrap();
    let backup = ["backup", &restored.join("bastion.db").display().to_string()];
    succeeded(&bastion(&data, &backup, &[]));
    let without_key = [("BASTION_MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")];
    refused(&bastion(&restored, &["doctor"], &without_key), 78);
    fs::copy(data.join("master.key"), restored.join("master.key")).unwrap();
    succeeded(&bastion(&restored, &["doctor"], &[]));
    succeeded(&bastion(&restored, &["audit", "verify"], &[]));
    assert!(signs_in(&restored.join("bastion.db"), key_in(&restored), "ada@example.org", PASSWORD).await);
}

#[tokio::test]
async fn a_dump_of_postgres_is_restored_whole_and_held_by_row_level_security() {
    let (database, folder) = (TestDatabase::postgres(), TempDir::new().unwrap());
    let connect = async |url: String| {
        let settings = store::Settings { url, owner_url: None, max_connections: 2, dev: false };
        Store::connect(&settings, MasterKeys { current: [1; 32], previous: None }).await.unwrap()
    };
    let (tenant, at) =
        (Tenant::of(OrgId(Uuid::from_u128(1))), Timestamp::from_millis(1_800_000_000_000).unwrap());
    let opened = connect(database.url()).await;
    let tx = opened.write(&tenant).await.unwrap();
    secret::put(&tx, "source", Uuid::nil(), "token", "sealed", at).await.unwrap();
    let (actor, action, subject) = ("ada@example.org", "source.created", "source:shop");
    let deed = audit::New { at, actor, action, subject, detail: serde_json::json!({}), request_id: None };
    audit::record(&tx, deed).await.unwrap();
    tx.commit().await.unwrap();
    opened.close().await.unwrap();

    let file = folder.path().join("bastion.dump");
    let restored = Server::shared().create_database("restored");
    let run = |program: &str, arguments: &[&str]| {
        succeeded(
            &Command::new(Server::shared().program(program)).args(arguments).arg(&file).output().unwrap(),
        )
    };
    run("pg_dump", &["--format=custom", "--dbname", &database.owner_url(), "--file"]);
    run("pg_restore", &["--exit-on-error", "--single-transaction", "--dbname", &restored.url()]);
    let runtime = Role { name: RUNTIME.into(), password: "runtime".into() };
    // The server's role, as start-up checks: a role that owned the tables would be refused.
    let opened = connect(restored.url_as(&runtime)).await;
    let tx = opened.read(&tenant).await.unwrap();
    let token = secret::open(&tx, "source", Uuid::nil(), "token").await.unwrap();
    assert_eq!(token.unwrap().as_str(), "sealed");
    let verified = audit::verify(&tx).await.unwrap();
    assert_eq!((verified.intact, verified.rows), (true, 1));
    drop(tx);
    let elsewhere = Tenant::of(OrgId(Uuid::from_u128(2)));
    assert_eq!(secret::count(&opened.read(&elsewhere).await.unwrap()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_second_factor_is_turned_off_for_whoever_lost_it() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let password_file = folder.path().join("password");
    fs::write(&password_file, PASSWORD).unwrap();
    let password_file = password_file.display().to_string();
    succeeded(&bastion(data, &["create-admin", "ada@example.org", "--password-file", &password_file], &[]));
    let file = data.join("bastion.db");
    let disable = ["disable-second-factor", "Ada@example.org"];
    let refusal = refused(&bastion(data, &disable, &[]), 1);
    assert!(refusal.contains("has no second factor"), "{refusal}");

    let context = context(&file, key_in(data)).await;
    let input = SignIn { email: "ada@example.org".into(), password: PASSWORD.into() };
    let session = identity::sign_in(&context, &nobody(), input).await.unwrap().session().unwrap();
    let credentials = Credentials { session: Some(session.token), ..nobody() };
    let signed_in = authenticate(&context, &credentials).await.unwrap();
    let shown = second_factor::set_up(&context, &signed_in).await.unwrap();
    let code = Authenticator::scan(&shown.uri).code(context.now());
    second_factor::enable(&context, &signed_in, ConfirmSecondFactor { code }).await.unwrap();
    let signs_in = async || signs_in(&file, key_in(data), "ada@example.org", PASSWORD).await;
    assert!(!signs_in().await);

    let said = succeeded(&bastion(data, &disable, &[]));
    assert!(said.contains("ada@example.org signs in with the password alone"), "{said}");
    assert!(signs_in().await);
    assert!(authenticate(&context, &credentials).await.is_err(), "the session did not end");
    let unknown = refused(&bastion(data, &["disable-second-factor", "bob@example.org"], &[]), 1);
    assert!(unknown.contains("no such account"), "{unknown}");
}

#[tokio::test]
async fn whoever_forgot_their_password_is_handed_a_link_by_the_operator() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    succeeded(&bastion(data, &["create-admin", "ada@example.org"], &[]));
    let address = [("BASTION_PUBLIC_URL", "https://bastion.example/")];
    let said = succeeded(&bastion(data, &["reset-password", "Ada@example.org"], &address));
    let (told, link) = said.trim_end().rsplit_once('\n').unwrap();
    assert!(told.contains("Hand this link to ada@example.org."), "{said}");
    let token = link.strip_prefix("https://bastion.example/reset-password#").unwrap();
    let file = data.join("bastion.db");
    let input = ResetPassword { token: token.to_owned(), new: PASSWORD.to_owned() };
    identity::reset_password(&context(&file, key_in(data)).await, &nobody(), input).await.unwrap();
    assert!(signs_in(&file, key_in(data), "ada@example.org", PASSWORD).await);
    let unknown = refused(&bastion(data, &["reset-password", "bob@example.org"], &[]), 1);
    assert!(unknown.contains("no such account"), "{unknown}");
}

#[tokio::test]
async fn an_account_is_exported_deactivated_and_erased_by_the_operator() {
    let folder = TempDir::new().unwrap();
    let (data, ada) = (folder.path(), "ada@example.org");
    let password_file = folder.path().join("password");
    fs::write(&password_file, PASSWORD).unwrap();
    let password_file = password_file.display().to_string();
    succeeded(&bastion(data, &["create-admin", ada, "--password-file", &password_file], &[]));
    let file = data.join("bastion.db");
    let export: serde_json::Value =
        serde_json::from_str(&succeeded(&bastion(data, &["export-person", "Ada@example.org"], &[]))).unwrap();
    assert_eq!(export["account"]["user"]["email"], ada);
    let said = succeeded(&bastion(data, &["deactivate", ada], &[]));
    assert!(said.contains("`bastion reactivate ada@example.org`"), "{said}");
    assert!(!signs_in(&file, key_in(data), ada, PASSWORD).await);
    succeeded(&bastion(data, &["reactivate", ada], &[]));
    assert!(signs_in(&file, key_in(data), ada, PASSWORD).await);
    let refusal = refused(&bastion(data, &["erase-person", ada, "--confirm", "bob@example.org"], &[]), 2);
    assert!(refusal.contains("Nothing was erased."), "{refusal}");
    succeeded(&bastion(data, &["erase-person", ada, "--confirm", ada], &[]));
    assert!(!signs_in(&file, key_in(data), ada, PASSWORD).await);
    for command in [&["deactivate", ada][..], &["reactivate", ada], &["export-person", ada]] {
        let unknown = refused(&bastion(data, command, &[]), 1);
        assert!(unknown.contains("no such account"), "{unknown}");
    }
}

#[tokio::test]
async fn rotated_keys_open_what_the_old_one_sealed() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    succeeded(&bastion(data, &["migrate", "up"], &[]));
    succeeded(&bastion(data, &["create-admin", "ada@example.org"], &[]));
    let database = data.join("bastion.db");
    let old = key_in(data);
    let (tenant, subject) = (Tenant::of(OrgId(Uuid::from_u128(1))), Uuid::from_u128(2));
    let now = Timestamp::from_millis(1_800_000_000_000).unwrap();
    let open = async |keys: MasterKeys| {
        let store = store(&database, keys).await?;
        let tx = store.read(&tenant).await?;
        secret::open(&tx, "source", subject, "token").await.map(|text| text.unwrap().to_string())
    };
    let sealing = store(&database, old.clone()).await.unwrap();
    let tx = sealing.write(&tenant).await.unwrap();
    secret::put(&tx, "source", subject, "token", "sealed", now).await.unwrap();
    tx.commit().await.unwrap();
    drop(sealing);

    let previous = fs::read_to_string(data.join("master.key")).unwrap();
    let fresh = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let keys = [("BASTION_MASTER_KEY", fresh), ("BASTION_MASTER_KEY_PREVIOUS", previous.trim())];
    let said = succeeded(&bastion(data, &["rotate-keys"], &keys));
    assert!(said.starts_with("1 data keys"), "{said}");
    let mut current = [0; 32];
    (0..32).for_each(|byte| current[usize::from(byte)] = byte);
    assert_eq!(open(MasterKeys { current, previous: None }).await.unwrap(), "sealed");
    assert!(open(old).await.is_err());
}

#[tokio::test]
async fn a_row_that_was_changed_in_the_audit_log_is_named() {
    let database = TestDatabase::sqlite().await;
    let TestDatabase::Sqlite(folder) = &database else { panic!("an embedded database is a file") };
    let data = folder.path();
    succeeded(&bastion(data, &["migrate", "up"], &[]));
    assert_eq!(succeeded(&bastion(data, &["audit", "verify"], &[])), "");
    let at = Timestamp::from_millis(1_800_000_000_000).unwrap();
    let opened = store(&data.join("bastion.db"), key_in(data)).await.unwrap();
    for (number, slug) in [(1, "acme"), (2, "other")] {
        let id = OrgId(Uuid::from_u128(number));
        let tx = opened.write(&Tenant::of(id)).await.unwrap();
        let (slug, name, retention) = (slug.to_owned(), slug.to_owned(), Default::default());
        let limits = Default::default();
        let row = organization::Row { id, slug, name, created_at: at, retention, suspended: None, limits };
        organization::insert(&tx, &row).await.unwrap();
        for action in ["organization.created", "organization.renamed"] {
            let (actor, subject, detail) = ("ada@example.org", "acme", serde_json::json!({}));
            let deed = audit::New { at, actor, action, subject, detail, request_id: None };
            audit::record(&tx, deed).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    drop(opened);
    let said = succeeded(&bastion(data, &["audit", "verify"], &[]));
    assert_eq!(said.lines().filter(|line| line.starts_with("ok  ") && line.contains(": 2 rows")).count(), 2);

    database.execute("DROP TRIGGER audit_no_update").await.unwrap();
    let tamper = format!(
        "UPDATE audit SET actor = 'eve@example.org' WHERE seq = 2 AND org_id = {}",
        database.literal(OrgId(Uuid::from_u128(2)))
    );
    assert_eq!(database.execute(&tamper).await.unwrap(), 1);
    let output = bastion(data, &["audit", "verify"], &[]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("BROKEN  other: row 2 was changed after it was written"), "{said}");
    assert!(said.contains("ok  acme"), "{said}");
    refused(&output, 1);
    assert!(succeeded(&bastion(data, &["audit", "verify", "--org", "acme"], &[])).starts_with("ok  acme"));
    refused(&bastion(data, &["audit", "verify", "--org", "nobody"], &[]), 1);
}
