//! The operator's commands about schemas of organizations, run as they are run.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;
use testkit::database::TestDatabase;

use crate::command::{bastion, refused, succeeded};

#[tokio::test]
async fn an_organization_is_placed_and_migrated_from_the_command_line() {
    let (database, folder) = (TestDatabase::postgres(), TempDir::new().unwrap());
    let id = "00000000-0000-0000-0000-000000000001";
    let acme = format!(
        "INSERT INTO organization (id, slug, name, placement, created_at) VALUES ('{id}', 'acme', 'Acme', 'pooled', 0)"
    );
    database.execute(&acme).await.unwrap();
    let (url, owner, key) = (database.url(), database.owner_url(), STANDARD.encode([1; 32]));
    let variables = [
        ("BASTION_DATABASE_URL", &*url),
        ("BASTION_DATABASE_OWNER_URL", &owner),
        ("BASTION_MASTER_KEY", &key),
    ];
    let run = |arguments: &str| bastion(folder.path(), &arguments.split(' ').collect::<Vec<_>>(), &variables);

    assert!(refused(&run("place silo --org nobody"), 2).contains("There is no organization nobody."));
    let placed = succeeded(&run("place silo --org acme"));
    assert!(placed.contains("acme is in the schema t_00000000000000000000000000000001: 0 rows"), "{placed}");
    assert!(refused(&run("place silo --org acme"), 1).contains("The organization is there already."));
    let moved = |schema: &str| {
        format!(
            "SELECT 1 FROM {schema}.audit WHERE action = 'organization.moved' AND actor = 'system' AND subject = 'acme'"
        )
    };
    let own = migrations::silo::schema(uuid::Uuid::from_u128(1));
    assert_eq!(database.execute(&moved(&own)).await.unwrap(), 1);
    let line = |version: &str| format!("live  {version}  {id}  acme");
    let newest = migrations::silo::newest();
    assert!(succeeded(&run("migrate status --all")).contains(&line(&newest)));

    succeeded(&run("migrate down 1 --org acme"));
    assert!(succeeded(&run("migrate status --org acme")).contains(&format!("pending  tenant  {newest}")));
    assert!(refused(&run("doctor"), 1).contains("run `bastion migrate up --all`"));
    let done = run("migrate up --all --canary acme");
    succeeded(&done);
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(told.contains(&format!("the schema of {id} is done, the first")), "{told}");
    assert!(succeeded(&run("migrate status --all")).contains(&line(&newest)));

    assert!(
        succeeded(&run("place pooled --org acme")).contains("acme is in the tables that organizations share")
    );
    assert_eq!(database.execute(&moved("pooled")).await.unwrap(), 2);
    assert!(succeeded(&run("audit verify")).contains("ok  acme: 2 rows"));
    assert!(succeeded(&run("place --clean")).contains("0 organizations"));
    let embedded = bastion(folder.path(), &["place", "silo", "--org", "acme"], &[]);
    assert!(refused(&embedded, 2).contains("Only on PostgreSQL"));
}
