//! `cargo bench -p domain --bench anomaly`: the speed of the detector, and what it finds beside the peer.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program for people, which may fail")]

#[path = "../tests/anomaly/corpus.rs"]
mod corpus;
mod figure;
#[path = "../tests/anomaly/measure.rs"]
mod measure;

use corpus::{Class, Series};
use domain::anomaly::{Model, Sensitivity, fit};
use figure::{Figure, report};
use measure::{Tally, bastion, elementary};

/// The seeds with which the rules were found; the test holds them with others.
const TUNING_SEEDS: std::ops::Range<u64> = 0..200;
const SERIES: usize = 200_000;
const POINTS: usize = 60;

fn main() {
    let mut figures = speed();
    for class in Class::ALL {
        let (mut ours, mut theirs) = (Tally::default(), Tally::default());
        for seed in TUNING_SEEDS {
            let series = corpus::series(class, seed);
            ours.add(&series, &bastion(&series));
            theirs.add(&series, &elementary(&series));
        }
        println!("{:<12} Bastion {ours}\n{:<12} z-score {theirs}", format!("{class:?}"), "");
        for (who, tally) in [("", ours), (", z-score of Elementary", theirs)] {
            let missed = 100.0 - 100.0 * tally.recall();
            let ours = who.is_empty();
            figures.push(Figure::new(
                format!("missed, {class:?}{who}"),
                "%",
                vec![missed],
                ours.then_some(5.0),
            ));
            figures.push(Figure::new(
                format!("false alarms per 1,000, {class:?}{who}"),
                "",
                vec![tally.false_alarms_per_thousand()],
                ours.then_some(1.0),
            ));
        }
    }
    report("anomaly", &figures);
}

/// On one core: refitting, scoring against stored models, and that both are linear.
fn speed() -> Vec<Figure> {
    let corpus: Vec<Series> =
        (0..50).flat_map(|seed| Class::ALL.map(|class| corpus::series(class, seed))).collect();
    let mut figures = Vec::new();
    for (count, times) in [(SERIES / 100, 5), (SERIES / 10, 3), (SERIES, 3)] {
        let limit = |seconds: f64| (count == SERIES).then_some(seconds * 1_000.0);
        let mut models: Vec<Model> = Vec::new();
        figures.push(Figure::millis(
            format!("refitting {count} series of {POINTS} points"),
            times,
            limit(60.0),
            || {
                models = (0..count)
                    .map(|index| {
                        let series = &corpus[index % corpus.len()];
                        fit(series.metric, &series.samples[..POINTS])
                    })
                    .collect();
            },
        ));
        figures.push(Figure::millis(
            format!("scoring the newest point of {count}"),
            times,
            limit(2.0),
            || {
                let odd = models.iter().enumerate().filter(|(index, model)| {
                    let newest = &corpus[index % corpus.len()].samples[POINTS];
                    model.score(newest.at, newest.value, Sensitivity::Medium).is_anomaly()
                });
                odd.count()
            },
        ));
        if count == SERIES {
            let stored: Vec<String> =
                models.iter().map(|model| serde_json::to_string(model).unwrap()).collect();
            figures.push(Figure::millis("the same from models stored as JSON", times, limit(2.0), || {
                let odd = stored.iter().enumerate().filter(|(index, model)| {
                    let model: Model = serde_json::from_str(model).unwrap();
                    let newest = &corpus[index % corpus.len()].samples[POINTS];
                    model.score(newest.at, newest.value, Sensitivity::Medium).is_anomaly()
                });
                odd.count()
            }));
        }
    }
    figures
}
