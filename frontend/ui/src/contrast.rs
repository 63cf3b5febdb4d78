//! The tokens' contrast, as WCAG 2.2 asks: the stylesheet is the one place where colours are, so it is what is tested.

use std::collections::HashMap;

const TOKENS: &str = include_str!("../../styles/tokens.css");

/// The custom properties with a plain colour, of the dark theme and of the light one laid over it.
fn themes() -> [(&'static str, HashMap<&'static str, [f64; 3]>); 2] {
    let (dark, rest) = TOKENS.split_once(":root[data-theme=\"light\"]").unwrap();
    let light = rest.split_once('}').unwrap().0;
    let dark = colours(dark);
    let mut over = dark.clone();
    over.extend(colours(light));
    [("dark", dark), ("light", over)]
}

fn colours(css: &'static str) -> HashMap<&'static str, [f64; 3]> {
    css.lines()
        .filter_map(|line| {
            let (name, value) = line.trim().strip_prefix("--")?.split_once(':')?;
            let hex = value.trim().trim_end_matches(';').strip_prefix('#')?;
            let channel = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
            Some((name, [channel(0)?, channel(2)?, channel(4)?].map(|byte| f64::from(byte) / 255.0)))
        })
        .collect()
}

fn luminance(colour: [f64; 3]) -> f64 {
    let [red, green, blue] =
        colour.map(
            |channel| {
                if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
            },
        );
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// `over` at `share` on `under`, as `color-mix` in sRGB does it.
fn mixed(over: [f64; 3], under: [f64; 3], share: f64) -> [f64; 3] {
    std::array::from_fn(|at| over[at] * share + under[at] * (1.0 - share))
}

#[test]
fn text_reads_on_every_surface() {
    let texts = ["text", "text-2", "text-3", "accent-text", "ok", "warn", "bad", "info"];
    for (theme, tokens) in themes() {
        for text in texts {
            for surface in ["bg", "surface", "surface-2"] {
                let ratio = contrast(tokens[text], tokens[surface]);
                assert!(ratio >= 4.5, "{theme}: {text} on {surface} is {ratio:.2}");
            }
        }
        for button in ["accent", "accent-hover", "danger", "danger-hover"] {
            let ratio = contrast(tokens["on-accent"], tokens[button]);
            assert!(ratio >= 4.5, "{theme}: on-accent on {button} is {ratio:.2}");
        }
    }
}

#[test]
fn a_badge_reads_on_its_own_tint() {
    for (theme, tokens) in themes() {
        for tone in ["text-2", "accent-text", "ok", "warn", "bad", "info"] {
            let tint = mixed(tokens[tone], tokens["surface"], 0.12);
            let ratio = contrast(tokens[tone], tint);
            assert!(ratio >= 4.5, "{theme}: {tone} on its tint is {ratio:.2}");
        }
    }
}

#[test]
fn controls_and_series_stand_out_from_their_surface() {
    let series = (1..=8).map(|index| format!("series-{index}"));
    let names: Vec<String> = series.chain(["control".to_owned()]).collect();
    for (theme, tokens) in themes() {
        for name in &names {
            for surface in ["bg", "surface"] {
                let ratio = contrast(tokens[name.as_str()], tokens[surface]);
                assert!(ratio >= 3.0, "{theme}: {name} on {surface} is {ratio:.2}");
            }
        }
    }
}
