//! Figures that are promised, measured: a table on the screen, JSON where asked (`-- --json FILE`).

use std::time::Instant;

use serde_json::{Value, json};

/// One measured figure.
pub(crate) struct Figure {
    what: String,
    unit: &'static str,
    pub(crate) runs: Vec<f64>,
    limit: Option<f64>,
}

impl Figure {
    pub(crate) fn new(
        what: impl Into<String>,
        unit: &'static str,
        runs: Vec<f64>,
        limit: Option<f64>,
    ) -> Self {
        Self { what: what.into(), unit, runs, limit }
    }

    /// Milliseconds that `work` takes, several times over.
    pub(crate) fn millis<R>(
        what: impl Into<String>,
        times: usize,
        limit: Option<f64>,
        mut work: impl FnMut() -> R,
    ) -> Self {
        let mut run = || {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed().as_secs_f64() * 1_000.0
        };
        Self::new(what, "ms", (0..times).map(|_| run()).collect(), limit)
    }

    fn median(&self) -> f64 {
        let mut runs = self.runs.clone();
        runs.sort_unstable_by(f64::total_cmp);
        runs[runs.len() / 2]
    }

    fn json(&self, bench: &str) -> Value {
        json!({
            "bench": bench,
            "what": self.what,
            "unit": self.unit,
            "runs": self.runs,
            "limit": self.limit,
            "median": self.median(),
            "least": self.runs.iter().copied().fold(f64::INFINITY, f64::min),
            "most": self.runs.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }
}

/// Prints the figures; writes them where the command line says.
pub(crate) fn report(bench: &str, figures: &[Figure]) {
    println!("\n{:<58} {:>14}  {:>14}  kept", bench, "median", "promised");
    for figure in figures {
        let kept = match figure.limit {
            Some(limit) if figure.median() <= limit => "yes",
            Some(_) => "NO",
            None => "",
        };
        let promised = figure.limit.map_or(String::new(), |limit| format!("≤ {limit} {}", figure.unit));
        let median = format!("{:.3} {}", figure.median(), figure.unit);
        println!("{:<58} {median:>14}  {promised:>14}  {kept}", figure.what);
    }
    let mut arguments = std::env::args().skip_while(|argument| argument != "--json");
    if let Some(file) = arguments.nth(1) {
        let results: Vec<Value> = figures.iter().map(|figure| figure.json(bench)).collect();
        std::fs::write(file, serde_json::to_vec_pretty(&results).unwrap()).unwrap();
    }
}
