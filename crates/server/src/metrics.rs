//! Figures for whoever watches over the server, in the text format of Prometheus, on an address of their own.
//!
//! No label holds whose something is, nor a path with an id in it: there would be a series for each.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::dev::Server;
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use actix_web::{App, HttpResponse, HttpServer, web};
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use service::Context;
use store::Store;
use store::metric::{JOBS, Pool, STATEMENTS, WAIT};
use tokio_util::sync::CancellationToken;

/// Where they are asked for.
pub(crate) const PATH: &str = "/metrics";

const REQUESTS: &str = "bastion_http_request_duration_seconds";
const QUEUE: &str = "bastion_job_queue_length";
const OLDEST: &str = "bastion_job_queue_oldest_seconds";
const CONNECTIONS: &str = "bastion_database_connections";
const MOST: &str = "bastion_database_connections_max";
const UP: &str = "bastion_database_up";
const REDIS: &str = "bastion_redis_up";
const BUILD: &str = "bastion_build_info";
// As Prometheus' own clients call them.
const STARTED: &str = "process_start_time_seconds";
const MEMORY: &str = "process_resident_memory_bytes";
const FILES: &str = "process_open_fds";
const THREADS: &str = "process_threads";

/// The upper bounds of the histograms' buckets, in seconds.
const BOUNDS: [f64; 12] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// How long the database may take to tell the length of the queue.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often what was measured is put into its buckets, asked for or not: until then each value is kept.
const UPKEEP: Duration = Duration::from_secs(5);

/// Starts counting, and answers `GET /metrics` until the server stops.
pub(crate) fn serve(
    listener: TcpListener,
    context: Context,
    stopping: CancellationToken,
) -> Result<(), io::Error> {
    let figures = start()?;
    let address = listener.local_addr()?;
    tokio::spawn(keep_up(figures.clone(), stopping.clone()));
    let server = listen(listener, figures, context)?;
    tracing::info!(%address, "metrics are served");
    let handle = server.handle();
    tokio::spawn(server);
    tokio::spawn(async move {
        stopping.cancelled().await;
        handle.stop(false).await;
    });
    Ok(())
}

/// Has everything counted from now on; once in a process.
fn start() -> Result<PrometheusHandle, io::Error> {
    let recorder = PrometheusBuilder::new().set_buckets(&BOUNDS).map_err(io::Error::other)?.build_recorder();
    let figures = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| io::Error::other("they are already"))?;
    describe_histogram!(
        REQUESTS,
        Unit::Seconds,
        "From a request's first byte to the head of its answer, by route, method and class of status"
    );
    describe_histogram!(WAIT, Unit::Seconds, "From asking for a transaction to having one");
    describe_counter!(
        STATEMENTS,
        "Statements sent to the database, but for those that begin and end transactions"
    );
    describe_counter!(JOBS, "Attempts to do a job, by its kind and what came of them");
    describe_gauge!(QUEUE, "Jobs that wait though their time has come, and jobs that are being done");
    describe_gauge!(OLDEST, Unit::Seconds, "For how long the oldest waiting job could have been begun");
    describe_gauge!(CONNECTIONS, "Connections to the database that are in use, and idle ones");
    describe_gauge!(MOST, "The most connections to the database that there may be");
    describe_gauge!(UP, "Whether the database answered when these figures were asked for");
    describe_gauge!(
        REDIS,
        "Whether Redis answered when these figures were asked for; if not, each server counts for itself"
    );
    describe_gauge!(BUILD, "The version that runs");
    describe_gauge!(STARTED, Unit::Seconds, "When the server was started, in seconds since 1970");
    describe_gauge!(MEMORY, Unit::Bytes, "Memory of the process that is not swapped out");
    describe_gauge!(FILES, "Files and sockets that the process has open");
    describe_gauge!(THREADS, "Threads of the process");
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    gauge!(STARTED).set(since.as_secs_f64());
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(figures)
}

async fn keep_up(figures: PrometheusHandle, stopping: CancellationToken) {
    let mut ticks = tokio::time::interval(UPKEEP);
    while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        figures.run_upkeep();
    }
}

fn listen(listener: TcpListener, figures: PrometheusHandle, context: Context) -> Result<Server, io::Error> {
    let app = move || {
        App::new()
            .app_data(web::Data::new(figures.clone()))
            .app_data(web::Data::new(context.clone()))
            .route(PATH, web::get().to(show))
    };
    Ok(HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run())
}

async fn show(figures: web::Data<PrometheusHandle>, context: web::Data<Context>) -> HttpResponse {
    look(&context).await;
    look_at_process();
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(figures.render())
}

/// What is not counted as it happens, but as it is.
async fn look(context: &Context) {
    let jobs = context.job_store.iter().flat_map(Store::pools).map(|pool| Pool { name: "job", ..pool });
    for pool in context.store.pools().into_iter().chain(jobs) {
        gauge!(CONNECTIONS, "pool" => pool.name, "state" => "used").set(pool.used);
        gauge!(CONNECTIONS, "pool" => pool.name, "state" => "idle").set(pool.idle);
        gauge!(MOST, "pool" => pool.name).set(pool.most);
    }
    if let Some(redis) = &context.redis {
        gauge!(REDIS).set(if redis.answers().await { 1.0 } else { 0.0 });
    }
    let now = context.now();
    let queue = tokio::time::timeout(PATIENCE, store::job::queue(&context.store, now)).await;
    let Ok(Ok(queue)) = queue else {
        gauge!(UP).set(0.0);
        return;
    };
    let oldest = queue.oldest_due.map_or(0, |due| now.seconds_since(due));
    gauge!(UP).set(1.0);
    gauge!(QUEUE, "state" => "waiting").set(queue.waiting as f64);
    gauge!(QUEUE, "state" => "running").set(queue.running as f64);
    gauge!(OLDEST).set(oldest as f64);
}

/// What the system tells of this process. Only Linux has these files.
fn look_at_process() {
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        gauge!(FILES).set(files.count() as f64);
    }
    let Ok(status) = fs::read_to_string("/proc/self/status") else { return };
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    if let Some(kibibytes) = number("VmRSS:") {
        gauge!(MEMORY).set(kibibytes * 1024.0);
    }
    if let Some(threads) = number("Threads:") {
        gauge!(THREADS).set(threads);
    }
}

/// Counts a request.
pub(crate) fn answered(method: &Method, route: Option<&str>, status: u16, elapsed: Duration) {
    // Whoever asks chooses the method's word and the path: of those that are unknown there is one series.
    let method = match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    };
    let class = match status {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    };
    let route = route.unwrap_or("other").to_owned();
    histogram!(REQUESTS, "route" => route, "method" => method, "status" => class)
        .record(elapsed.as_secs_f64());
}
