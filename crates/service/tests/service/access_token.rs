//! Access tokens that our own key has signed, and that say what it would never have said.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::Ed25519KeyPair;
use secrecy::SecretString;
use serde_json::{Value, json};
use service::access_token::{holder, issue, key_set, rotate_signing_keys};
use service::{Actor, Credentials, Error, api_key, authorize, permission};
use store::signing_key;
use types::Timestamp;
use types::access_token::CreateAccessToken;
use types::api_key::{ApiKeyLimits, CreateApiKey};
use types::permission::{Permission, Role};
use types::problem::Code;

use crate::database::on_both_databases;
use crate::world::{World, founder};

on_both_databases![
    what_was_not_issued_opens_nothing_though_our_key_has_signed_it,
    keys_take_each_others_place_while_what_they_signed_holds,
];

/// A token for whoever presents `who`, and what presents it.
async fn token(world: &World, who: &Credentials) -> Credentials {
    let holder = holder(&world.context, who).await.unwrap();
    let issued = issue(&world.context, &holder, CreateAccessToken::default()).await.unwrap();
    with(who, issued.access_token)
}

fn with(who: &Credentials, token: String) -> Credentials {
    Credentials { session: None, api_key: Some(SecretString::from(token)), ..who.clone() }
}

fn text(token: &Credentials) -> &str {
    secrecy::ExposeSecret::expose_secret(token.api_key.as_ref().unwrap())
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn name_of_key(token: &Credentials) -> String {
    decoded(text(token).split('.').next().unwrap())["kid"].as_str().unwrap().to_owned()
}

/// The same token with other claims, signed by the key that signs now.
async fn forged(world: &World, token: &Credentials, claims: Value) -> Credentials {
    let tx = world.context.store.platform_read().await.unwrap();
    let signer = signing_key::signer(&tx, world.context.now()).await.unwrap().unwrap();
    let pair = Ed25519KeyPair::from_seed_and_public_key(&signer.seed, &signer.public_key).unwrap();
    let mut parts = text(token).split('.');
    let (header, payload) = (parts.next().unwrap(), parts.next().unwrap());
    let mut said = decoded(payload);
    said.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(said.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()));
    with(token, format!("{message}.{signature}"))
}

async fn reaches(world: &World, who: &Credentials) -> Result<Actor, Error> {
    let scope = authorize::<permission::SourceRead>(&world.context, who).await?;
    Ok(scope.actor().clone())
}

async fn answer(world: &World, who: &Credentials) -> Option<Code> {
    reaches(world, who).await.err().map(|error| error.code())
}

async fn program(world: &World) -> Credentials {
    let (name, role, limits) = ("ci".into(), Role::Admin, ApiKeyLimits::default());
    let input = CreateApiKey { name, role, limits, expires_at: None };
    let made = api_key::create(&world.context, &world.scope().await, input).await.unwrap();
    with(&world.credentials, made.key.unwrap())
}

async fn what_was_not_issued_opens_nothing_though_our_key_has_signed_it(world: &World) {
    let (program, bob) = (program(world).await, founder(&world.context, "bob").await);
    let of_key = token(world, &program).await;
    let of_ada = token(world, &world.credentials).await;
    let of_bob = token(world, &bob).await;
    assert!(matches!(reaches(world, &of_key).await.unwrap(), Actor::ApiKey { name, .. } if name == "ci"));
    assert_eq!(reaches(world, &of_ada).await.unwrap().name(), "ada");
    let claims_of = |token: &Credentials| decoded(text(token).split('.').nth(1).unwrap());
    let (ada, his) = (claims_of(&of_ada), claims_of(&of_bob));
    let now = ada["iat"].as_i64().unwrap();
    for (token, claims, expected) in [
        (&of_key, json!({}), None),
        (&of_ada, json!({}), None),
        // Another organization, which the bearer does not belong to.
        (&of_key, json!({"org": his["org"]}), Some(Code::NotFound)),
        (&of_ada, json!({"org": his["org"]}), Some(Code::NotFound)),
        // Another person's session, who does not belong to the organization, and another person.
        (&of_ada, json!({"sid": his["sid"]}), Some(Code::NotFound)),
        (&of_ada, json!({"sub": his["sub"]}), Some(Code::Unauthenticated)),
        (&of_ada, json!({"sid": "0".repeat(64)}), Some(Code::Unauthenticated)),
        (
            &of_key,
            json!({"sub": "api_key:01a20469-476b-7477-8f26-683c4b76cebe"}),
            Some(Code::Unauthenticated),
        ),
        (&of_key, json!({"iss": "https://evil.example"}), Some(Code::Unauthenticated)),
        (&of_key, json!({"aud": "http://localhost"}), Some(Code::Unauthenticated)),
        (&of_key, json!({"exp": now + 901}), Some(Code::Unauthenticated)),
        (&of_key, json!({"iat": now - 60, "nbf": now - 60, "exp": now - 30}), Some(Code::AccessTokenExpired)),
        (&of_key, json!({"nbf": now + 31}), Some(Code::Unauthenticated)),
        (&of_key, json!({"scope": ""}), Some(Code::Forbidden)),
        (&of_key, json!({"exp": "never"}), Some(Code::Unauthenticated)),
    ] {
        let forged = forged(world, token, claims.clone()).await;
        assert_eq!(answer(world, &forged).await, expected, "{claims}");
    }
    // More than a token may have, and more than its key has.
    let all: Vec<_> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
    let greedy = forged(world, &of_key, json!({"scope": all.join(" "), "role": "owner"})).await;
    let scope = authorize::<permission::SourceRead>(&world.context, &greedy).await.unwrap();
    assert!(scope.may(Permission::MemberManage) && scope.role() == Role::Admin);
    for never in [Permission::ApiKeyManage, Permission::SecretRotate, Permission::OrganizationDelete] {
        assert!(!scope.may(never), "{}", never.as_str());
    }
}

async fn keys_take_each_others_place_while_what_they_signed_holds(world: &World) {
    let who = &world.credentials;
    let names = async || -> Vec<String> {
        let set = key_set(&world.context).await.unwrap();
        set.keys.into_iter().map(|key| key.kid).collect()
    };
    assert!(names().await.is_empty());
    let first = token(world, who).await;
    assert_eq!(names().await, [name_of_key(&first)]);
    let rotated = rotate_signing_keys(&world.context, false).await.unwrap();
    assert_eq!(names().await.len(), 2, "the new key is known before it signs");
    world.advance(299);
    let second = token(world, who).await;
    assert_eq!(name_of_key(&second), name_of_key(&first));
    world.advance(1);
    assert_eq!(rotated.signs_from, world.context.now());
    let third = token(world, who).await;
    assert_eq!(name_of_key(&third), rotated.kid);
    assert_eq!(answer(world, &first).await, None);
    // The longest token that the first key can have signed ends after a quarter of an hour.
    world.advance(929);
    assert_eq!(names().await.len(), 2);
    assert_eq!(answer(world, &first).await, Some(Code::AccessTokenExpired));
    world.advance(1);
    assert_eq!(names().await, std::slice::from_ref(&rotated.kid));
    assert_eq!(answer(world, &first).await, Some(Code::Unauthenticated), "its key is gone");
    // A key that somebody else may have goes at once.
    let fourth = token(world, who).await;
    let revoked = rotate_signing_keys(&world.context, true).await.unwrap();
    assert_eq!(revoked.signs_from, world.context.now());
    assert_eq!(names().await, std::slice::from_ref(&revoked.kid));
    assert_eq!(answer(world, &fourth).await, Some(Code::Unauthenticated));
    assert_eq!(answer(world, &token(world, who).await).await, None);
    // What retired long ago is not kept: neither half of it.
    rotate_signing_keys(&world.context, false).await.unwrap();
    world.wait(1).await;
    world.keep_house().await;
    let tx = world.context.store.platform_read().await.unwrap();
    let long_ago = Timestamp::from_millis(0).unwrap();
    assert_eq!(signing_key::published(&tx, long_ago).await.unwrap().len(), 1);
}
