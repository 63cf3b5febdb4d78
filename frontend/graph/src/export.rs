use std::fmt::Write;

use crate::model::{HEAD, ROW};
use crate::scene::Scene;

/// The colours of an exported picture; CSS, such as `#12151f`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    pub background: String,
    pub surface: String,
    pub border: String,
    pub text: String,
    pub text_2: String,
    pub edge: String,
}

/// The text without what XML would read as markup; control characters are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// The whole graph as an SVG file, whatever part of it a window shows.
#[must_use]
pub fn to_svg(scene: &Scene, palette: &Palette) -> String {
    let bounds = scene.bounds().grown(40.0);
    let Palette { background, surface, border, text, text_2, edge } = palette;
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="{x} {y} {w} {h}" font-family="Inter, sans-serif" font-size="13"><rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{background}"/><path d="{path}" fill="none" stroke="{edge}" stroke-width="1.4"/>"#,
        x = bounds.x,
        y = bounds.y,
        w = bounds.width,
        h = bounds.height,
        path = scene.edges_path(),
    );
    for (table, rect) in scene.model().tables.iter().zip(scene.rects()) {
        let _ = write!(
            out,
            r#"<g transform="translate({x} {y})"><rect width="{w}" height="{h}" rx="8" fill="{surface}" stroke="{border}"/><text x="12" y="21" fill="{text}" font-weight="600">{name}</text><text x="12" y="38" fill="{text_2}" font-size="11">{schema}</text>"#,
            x = rect.x,
            y = rect.y,
            w = rect.width,
            h = rect.height,
            name = escaped(&table.name),
            schema = escaped(&table.schema),
        );
        let mut middle = HEAD + ROW / 2.0 + 4.0;
        for column in &table.columns {
            let _ = write!(
                out,
                r#"<text x="12" y="{middle}" fill="{text}">{name}</text><text x="{right}" y="{middle}" fill="{text_2}" text-anchor="end">{kind}</text>"#,
                right = rect.width - 12.0,
                name = escaped(&column.name),
                kind = escaped(&column.data_type),
            );
            middle += ROW;
        }
        out.push_str("</g>");
    }
    out.push_str("</svg>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::model::tests::graph;

    #[test]
    fn a_name_cannot_become_markup() {
        let mut hostile = graph(&[1], &[]);
        hostile.tables[0].name = "<script>\"&\u{7}".to_owned();
        let palette = Palette {
            background: "#000".to_owned(),
            surface: "#111".to_owned(),
            border: "#222".to_owned(),
            text: "#fff".to_owned(),
            text_2: "#aaa".to_owned(),
            edge: "#888".to_owned(),
        };
        let svg = to_svg(&Scene::new(Model::new(&hostile)), &palette);
        assert!(svg.contains("&lt;script&gt;&quot;&amp;</text>"), "{svg}");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
    }
}
