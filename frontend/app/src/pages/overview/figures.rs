use charts::{AreaChart, BarChart, BarSeries, LineChart, Series, Unit};
use leptos::prelude::*;
use types::overview::Overview;
use ui::Card;

use crate::pages::trend::{line, millis};

/// How fresh the data is, and how full.
#[component]
pub fn Figures(overview: Signal<Overview>) -> impl IntoView {
    let freshness = Memo::new(move |_| {
        overview.with(|overview| {
            let mut series = line("Mean age of the newest value", &overview.freshness_trend);
            for (_, value) in &mut series.points {
                *value = value.map(|hours| hours * 3600.0);
            }
            vec![series]
        })
    });
    let buckets = Memo::new(move |_| {
        overview.with(|overview| {
            overview.null_distribution.iter().map(|bucket| bucket.label.clone()).collect::<Vec<_>>()
        })
    });
    let columns = Memo::new(move |_| {
        overview.with(|overview| {
            vec![BarSeries {
                name: "Columns".to_owned(),
                values: overview.null_distribution.iter().map(|bucket| f64::from(bucket.count)).collect(),
                ..BarSeries::default()
            }]
        })
    });
    view! {
        <div class="mt-4 grid gap-4 xl:grid-cols-3">
            <Card
                title="Freshness trend"
                description="Time since the newest value, mean over tables that have a rhythm, by day"
                class="xl:col-span-2"
            >
                <LineChart series=freshness label="Freshness trend" unit=Unit::Seconds height=240.0 />
            </Card>
            <Card title="Null-rate distribution" description="How many columns have how many NULLs">
                <BarChart categories=buckets series=columns label="Null-rate distribution" height=240.0 />
            </Card>
        </div>
    }
}

/// How the schema grew.
#[component]
pub fn GrowthCard(overview: Signal<Overview>) -> impl IntoView {
    let growth = Memo::new(move |_| {
        overview.with(|overview| {
            let of = |name: &str, count: fn(&types::overview::GrowthPoint) -> u32| {
                Series::new(
                    name,
                    overview
                        .schema_growth
                        .iter()
                        .map(|point| (millis(point.at), Some(f64::from(count(point)))))
                        .collect(),
                )
            };
            vec![of("Columns", |point| point.columns), of("Tables", |point| point.tables)]
        })
    });
    view! {
        <Card title="Schema growth over time" description="Tables and columns, by version">
            <AreaChart series=growth label="Schema growth over time" unit=Unit::Count height=260.0 />
        </Card>
    }
}
