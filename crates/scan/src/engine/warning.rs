//! Warnings, few enough for whoever reads them.

use types::snapshot::Warning;

/// So many warnings that say the same stay apart.
const APART: usize = 5;
/// Of those that are told as one, so many are named.
const NAMED: usize = 10;
/// The most characters of such a name.
const LONGEST: usize = 120;

/// Makes one of those that say the same of many subjects. It counts all of them, and names some.
pub(super) fn folded(warnings: Vec<Warning>) -> Vec<Warning> {
    let mut groups: Vec<Vec<Warning>> = Vec::new();
    let mut places: std::collections::HashMap<(String, String), usize> = std::collections::HashMap::new();
    for warning in warnings {
        let place = *places.entry((warning.code.clone(), warning.message.clone())).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(warning),
            None => groups.push(vec![warning]),
        }
    }
    let fold = |group: Vec<Warning>| match group.first() {
        Some(first) if group.len() > APART => vec![one(first, &group)],
        _ => group,
    };
    groups.into_iter().flat_map(fold).collect()
}

fn one(first: &Warning, group: &[Warning]) -> Warning {
    let names: Vec<String> =
        group.iter().take(NAMED).map(|warning| warning.subject.chars().take(LONGEST).collect()).collect();
    let more = group.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Warning {
        subject: names.first().cloned().unwrap_or_default(),
        count: group.iter().fold(0, |count, warning| count.saturating_add(warning.count)),
        message: format!("{} Of: {}{more}.", first.message, names.join(", ")),
        code: first.code.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(code: &str, subject: &str) -> Warning {
        Warning { code: code.into(), subject: subject.into(), count: 1, message: format!("What is {code}.") }
    }

    #[test]
    fn thousands_of_warnings_that_say_the_same_become_one_and_few_stay_as_they_are() {
        let few: Vec<Warning> = (0..APART).map(|number| warning("few", &format!("main.{number}"))).collect();
        let mut all = few.clone();
        all.extend((0..5000).map(|number| warning("partial", &format!("main.v{number}"))));
        all.push(warning("other", "main.x"));
        let folded = folded(all);
        assert_eq!(folded.len(), APART + 2);
        assert_eq!(folded[..APART], few);
        let one = &folded[APART];
        assert_eq!((one.code.as_str(), one.subject.as_str(), one.count), ("partial", "main.v0", 5000));
        assert!(one.message.starts_with("What is partial. Of: main.v0, main.v1, "), "{}", one.message);
        assert!(one.message.ends_with("main.v9 and 4990 more."), "{}", one.message);
        assert_eq!(folded[APART + 1].subject, "main.x");
    }

    #[test]
    fn names_of_any_length_make_no_warning_long() {
        let long = "x".repeat(1_000_000);
        let one = folded((0..100).map(|number| warning("partial", &format!("{number}{long}"))).collect());
        assert!(
            one.len() == 1 && one[0].subject.len() + one[0].message.len() < 2000,
            "{}",
            one[0].message.len()
        );
    }
}
