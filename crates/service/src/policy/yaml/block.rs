//! A part of a YAML file as its author wrote it.

use super::line_behind;

/// What stands behind a field in a file's text, as a text of its own: with its comments, without its indent. `None` where it
/// is not written line by line below the field.
pub(crate) fn block(text: &str, pointer: &str) -> Option<String> {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    let head = format!("{}:", steps.last()?);
    let lines: Vec<&str> = text.lines().collect();
    let inside = usize::try_from(line_behind(text, &steps)?).ok()?;
    // The parser tells a line within; the field is the nearest of its name above.
    let (at, column) =
        (0..inside.min(lines.len())).rev().find_map(|at| Some((at, field(lines.get(at)?, &head)?)))?;
    let behind = lines.get(at)?.get(column + head.len()..)?.trim();
    if !behind.is_empty() && !behind.starts_with('#') {
        return None;
    }
    let below = lines.get(at + 1..)?;
    let ends = below.iter().position(|line| is_written(line) && indent(line) <= column);
    let body = below.get(..ends.unwrap_or(below.len()))?;
    // What follows the last line and is no deeper than the field belongs to the next one.
    let last = body.iter().rposition(|line| !line.trim().is_empty() && indent(line) > column)?;
    let body = body.get(..=last)?;
    let depth = body.iter().filter(|line| is_written(line)).map(|line| indent(line)).min()?;
    let mut own: Vec<&str> = if behind.is_empty() { Vec::new() } else { vec![behind] };
    own.extend(body.iter().map(|line| line.get(depth.min(indent(line))..).unwrap_or_default()));
    Some(own.join("\n") + "\n")
}

/// Where a line has the field, which may be the first of a list's item.
fn field(line: &str, head: &str) -> Option<usize> {
    let own = line.trim_start_matches([' ', '-']);
    own.starts_with(head).then(|| line.len() - own.len())
}

fn is_written(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with('#')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
version: 1
# For everybody
policy: # agreed on in March
  version: 1
  # nobody reads these
  rules:
  - kind: '*'   # all of it
    action: ignore

# Ours
sources:
- name: shop
  policy:
      # only here

      version: 1
- policy:
    version: 1
  name: other
- name: flow
  policy: {version: 1}
";

    #[test]
    fn a_part_is_taken_out_as_it_was_written() {
        let organization = "# agreed on in March\nversion: 1\n# nobody reads these\nrules:\n- kind: '*'   # all of it\n  \
                            action: ignore\n";
        assert_eq!(block(FILE, "/policy").as_deref(), Some(organization));
        assert_eq!(block(FILE, "/sources/0/policy").as_deref(), Some("# only here\n\nversion: 1\n"));
        assert_eq!(block(FILE, "/sources/1/policy").as_deref(), Some("version: 1\n"));
        assert_eq!(block(FILE, "/sources/2/policy"), None, "all of it on one line");
        assert_eq!(block(FILE, "/sources/9/policy"), None);
        assert_eq!(block("policy:", "/policy"), None);
    }
}
