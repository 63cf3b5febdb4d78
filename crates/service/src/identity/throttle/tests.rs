//! The rules, held against the logs of a process and against those in a Redis; then both together.

use std::time::Duration;

use integrations::redis::RedisServer;
use testkit::redis::Server;

use super::*;

/// Logs that are told the time.
enum Logs {
    Memory(Memory),
    Redis(Redis),
}

impl Logs {
    /// How long a refused attempt must wait, in seconds.
    async fn wait(&self, attempt: &Attempt<'_>) -> Option<u64> {
        let wait = match self {
            Self::Memory(memory) => memory.attempt(attempt),
            Self::Redis(redis) => attempt.count(redis, Some(attempt.at.millis())).await.unwrap(),
        };
        match too_many(wait?) {
            Error::TooManyRequests { retry_after_seconds } => Some(retry_after_seconds),
            error => panic!("{error}"),
        }
    }

    async fn succeeded(&self, attempt: &Attempt<'_>) {
        match self {
            Self::Memory(memory) => memory.succeeded(attempt),
            Self::Redis(redis) => attempt.forget(redis).await.unwrap(),
        }
    }
}

fn attempt(account: &str, from: [u8; 4], seconds: i64) -> Attempt<'_> {
    Attempt::new(Kind::SignIn, account, from.into(), Timestamp::from_millis(seconds * 1000).unwrap())
}

const HOME: [u8; 4] = [192, 0, 2, 1];
const OFFICE: [u8; 4] = [192, 0, 2, 2];

async fn the_window_slides_and_says_how_long_to_wait(logs: Logs) {
    for second in 0..10 {
        assert_eq!(logs.wait(&attempt("ada", HOME, second * 10)).await, None);
    }
    assert_eq!(logs.wait(&attempt("ada", HOME, 100)).await, Some(800));
    assert_eq!(logs.wait(&attempt("ada", HOME, 899)).await, Some(1));
    // The first has left the window, and the second not yet.
    assert_eq!(logs.wait(&attempt("ada", HOME, 900)).await, None);
    assert_eq!(logs.wait(&attempt("ada", HOME, 900)).await, Some(10));
}

async fn who_goes_on_for_hours_waits_longer(logs: Logs) {
    for round in 0..4 {
        for _ in 0..10 {
            assert_eq!(logs.wait(&attempt("ada", HOME, round * 900)).await, None);
        }
    }
    assert_eq!(logs.wait(&attempt("ada", HOME, 3600)).await, Some(86_400 - 3600));
}

async fn one_network_does_not_shut_an_account_out_elsewhere_and_many_do_for_a_while(logs: Logs) {
    let stranger = |network: u8| attempt("ada", [198, 51, 100, network], 0);
    for network in 0..5 {
        let owner = attempt("ada", HOME, 0);
        assert_eq!(logs.wait(&owner).await, None);
        logs.succeeded(&owner).await;
        for _ in 0..10 {
            assert_eq!(logs.wait(&stranger(network)).await, None);
        }
        assert_eq!(logs.wait(&stranger(network)).await, Some(900));
    }
    assert_eq!(logs.wait(&attempt("ada", HOME, 1)).await, Some(899));
    assert_eq!(logs.wait(&attempt("ada", HOME, 900)).await, None);
}

async fn a_network_is_stopped_whatever_accounts_it_names_and_another_is_not(logs: Logs) {
    for number in 0..100 {
        let name = format!("person-{number}");
        assert_eq!(logs.wait(&attempt(&name, HOME, 0)).await, None);
    }
    assert_eq!(logs.wait(&attempt("ada", HOME, 60)).await, Some(840));
    assert_eq!(logs.wait(&attempt("ada", OFFICE, 60)).await, None);
}

async fn kinds_are_counted_apart(logs: Logs) {
    let of = |kind| Attempt { kind, id: Uuid::now_v7(), ..attempt("ada", HOME, 0) };
    for _ in 0..5 {
        assert_eq!(logs.wait(&of(Kind::SignUp)).await, None);
    }
    assert_eq!(logs.wait(&of(Kind::SignUp)).await, Some(900));
    assert_eq!(logs.wait(&of(Kind::SignIn)).await, None);
    // It has one limit alone.
    assert_eq!(logs.wait(&of(Kind::Token)).await, None);
}

async fn a_success_forgets_what_the_network_tried_and_a_refusal_is_not_counted(logs: Logs) {
    for round in 0..9 {
        for _ in 0..10 {
            let attempt = attempt("ada", HOME, round);
            assert_eq!(logs.wait(&attempt).await, None);
            logs.succeeded(&attempt).await;
        }
    }
    for _ in 0..10 {
        assert_eq!(logs.wait(&attempt("ada", HOME, 10)).await, None);
    }
    for _ in 0..100 {
        assert_eq!(logs.wait(&attempt("ada", HOME, 11)).await, Some(899));
    }
    assert_eq!(logs.wait(&attempt("bob", OFFICE, 11)).await, None);
}

/// One test for each rule in memory, and one for all of them in Redis, as its server has to be started.
macro_rules! rules {
    ($($rule:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $rule() {
                super::$rule(super::Logs::Memory(super::Memory::default())).await;
            })*
        }

        #[tokio::test]
        async fn each_rule_holds_in_redis_as_well() {
            let server = Server::start();
            $($rule(Logs::Redis(redis(&server))).await;
            server.forget();)*
        }
    };
}

rules!(
    the_window_slides_and_says_how_long_to_wait,
    who_goes_on_for_hours_waits_longer,
    one_network_does_not_shut_an_account_out_elsewhere_and_many_do_for_a_while,
    a_network_is_stopped_whatever_accounts_it_names_and_another_is_not,
    kinds_are_counted_apart,
    a_success_forgets_what_the_network_tried_and_a_refusal_is_not_counted,
);

/// One that is waited for long, and asked again at once.
fn redis(server: &Server) -> Redis {
    let server = RedisServer::parse(&server.url().into()).unwrap();
    Redis::with_patience(server, Duration::from_secs(30), Duration::ZERO)
}

/// How many of so many guesses at once are let through.
async fn guesses(throttle: &Throttle, account: &str, number: usize) -> usize {
    let mut let_through = 0;
    for _ in 0..number {
        let_through += usize::from(throttle.attempt(&attempt(account, HOME, 0)).await.is_ok());
    }
    let_through
}

#[tokio::test]
async fn two_servers_with_one_redis_let_through_what_one_does_and_without_it_neither_is_open() {
    let mut server = Server::start();
    let [one, other] = [0, 1].map(|_| Throttle::with_redis(redis(&server)));
    assert_eq!((guesses(&one, "ada", 6).await, guesses(&other, "ada", 9).await), (6, 4));
    // A success at one frees the other as well.
    let right = attempt("bob", HOME, 0);
    assert_eq!((guesses(&one, "bob", 4).await, guesses(&other, "bob", 5).await), (4, 5));
    one.attempt(&right).await.unwrap();
    one.succeeded(&right).await;
    assert_eq!(guesses(&one, "bob", 9).await, 9);
    // Each goes on from what it has counted itself, and what was refused is not in it.
    server.kill();
    assert_eq!((guesses(&one, "ada", 9).await, guesses(&other, "ada", 9).await), (4, 6));
    // It has lost everything, and the servers have not.
    server.start_again();
    assert_eq!((guesses(&one, "ada", 9).await, guesses(&other, "ada", 9).await), (0, 0));
    assert_eq!((guesses(&one, "eve", 6).await, guesses(&other, "eve", 9).await), (6, 4));
}
