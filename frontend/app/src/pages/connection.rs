//! Testing a way to an agent: a ladder, rung by rung.

use leptos::prelude::*;
use types::organization::ConnectionReport;
use ui::{Glyph, Icon, Tone, format, prose};

fn rung(name: &str) -> String {
    match name {
        "address" => "Address may be called".to_owned(),
        "health" => "Something answers".to_owned(),
        "api_key" => "API key is accepted".to_owned(),
        "gateway" => "MCP gateway is reachable".to_owned(),
        "tools" => "bastion-mcp's tools are there".to_owned(),
        "agent" => "Agent answers".to_owned(),
        "database" => "Database is reachable".to_owned(),
        "read_only" => "Role can only read".to_owned(),
        other => other.replace('_', " "),
    }
}

fn mark(status: &str) -> (Glyph, Tone) {
    match status {
        "ok" => (Glyph::CircleCheck, Tone::Ok),
        "warning" => (Glyph::TriangleAlert, Tone::Warn),
        "failed" => (Glyph::CircleX, Tone::Bad),
        _ => (Glyph::Minus, Tone::Neutral),
    }
}

/// What each rung of a connection test found, and what to do where it broke.
#[component]
pub fn ConnectionLadder(report: ConnectionReport) -> impl IntoView {
    let (glyph, tone, verdict) = if report.ok {
        (Glyph::CircleCheck, Tone::Ok, "The connection works")
    } else {
        (Glyph::CircleX, Tone::Bad, "The connection does not work yet")
    };
    let steps = report
        .steps
        .into_iter()
        .map(|step| {
            let (glyph, tone) = mark(&step.status);
            view! {
                <li class="flex gap-3 py-2">
                    <span class=format!("mt-0.5 {}", tone.text())>
                        <Icon glyph=glyph label=step.status.clone() />
                    </span>
                    <div class="min-w-0 flex-1">
                        <p class="flex justify-between gap-4">
                            <span class="font-medium">{rung(&step.name)}</span>
                            <span class="text-label text-text-3">
                                {format::milliseconds(u64::from(step.elapsed_ms))}
                            </span>
                        </p>
                        <p class="text-table break-words text-text-2">{prose(&step.detail)}</p>
                        {step.remedy.map(|remedy| view! { <p class="mt-0.5 text-table break-words text-warn">{prose(&remedy)}</p> })}
                    </div>
                </li>
            }
        })
        .collect_view();
    view! {
        <div role="status" class="rounded-control border border-border bg-bg px-4 py-3" data-connection=report.ok.to_string()>
            <p class=format!("flex items-center gap-2 font-medium {}", tone.text())>
                <Icon glyph=glyph />
                {verdict}
            </p>
            <ol class="mt-2 divide-y divide-border">{steps}</ol>
        </div>
    }
}
