//! Which column says when a row came in.

/// What is known of a column that holds times.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Candidate<'a> {
    pub(crate) name: &'a str,
    /// A date without a time of day says less.
    pub(crate) date_only: bool,
    pub(crate) leads_index: bool,
    /// Its default is the present time.
    pub(crate) defaults_to_now: bool,
    pub(crate) nullable: bool,
}

/// The index of the column asked for, if it is there and holds times; else of the one that looks best, if any does.
/// Columns that hold no times are `None`.
pub(crate) fn choose<'a>(
    columns: impl IntoIterator<Item = Option<Candidate<'a>>>,
    asked: Option<&str>,
) -> Option<usize> {
    let times = columns.into_iter().enumerate().filter_map(|(index, column)| Some((index, column?)));
    let (indexes, candidates): (Vec<usize>, Vec<Candidate<'_>>) = times.unzip();
    let place = asked
        .and_then(|name| candidates.iter().position(|candidate| candidate.name == name))
        .or_else(|| best(&candidates))?;
    indexes.get(place).copied()
}

/// The index of the best candidate; `None` when none of them looks like the time of a row's arrival or change.
fn best(candidates: &[Candidate<'_>]) -> Option<usize> {
    let mut best: Option<(usize, i32)> = None;
    for (index, candidate) in candidates.iter().enumerate() {
        let score = score(candidate);
        // The first of equals: a table's own order puts the important ones first.
        if score > 0 && best.is_none_or(|(_, most)| score > most) {
            best = Some((index, score));
        }
    }
    best.map(|(index, _)| index)
}

/// Tenths of a point, after the weights of the field's practice: names of change first, names of arrival next; names
/// of business dates (birth, expiry, due) say nothing of when the row came.
fn score(candidate: &Candidate<'_>) -> i32 {
    const CHANGED: [&str; 10] = [
        "updated", "update", "modified", "mtime", "synced", "etl", "loaded", "ingest", "ingested", "fivetran",
    ];
    const ARRIVED: [&str; 9] =
        ["created", "inserted", "event", "ts", "occurred", "timestamp", "recorded", "added", "placed"];
    const BUSINESS: [&str; 14] = [
        "birth",
        "birthday",
        "birthdate",
        "born",
        "dob",
        "expiry",
        "expires",
        "expiration",
        "due",
        "valid",
        "start",
        "end",
        "deleted",
        "until",
    ];
    let name = candidate.name.to_ascii_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let names_one_of = |list: &[&str]| words.iter().any(|word| list.contains(word));
    // The base keeps an unremarkable `payment_date` eligible: better than knowing nothing of freshness.
    let mut score = 2;
    if names_one_of(&BUSINESS) {
        score -= 10;
    } else if names_one_of(&CHANGED) || name.contains("updatedat") || name.contains("last_update") {
        score += 10;
    } else if names_one_of(&ARRIVED) || name.contains("createdat") {
        score += 8;
    }
    if candidate.leads_index {
        score += 3;
    }
    if candidate.defaults_to_now {
        score += 3;
    }
    if !candidate.nullable {
        score += 1;
    }
    if candidate.date_only {
        score -= 1;
    }
    score
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Candidate<'_> {
        Candidate { name, ..Candidate::default() }
    }

    #[test]
    fn the_time_of_a_change_wins_over_the_time_of_arrival_over_any_other() {
        let cases: [(&[&str], Option<usize>); 7] = [
            (&["created_at", "updated_at"], Some(1)),
            (&["payment_date", "created_at"], Some(1)),
            (&["payment_date"], Some(0)),
            (&["birth_date", "last_update"], Some(1)),
            (&["birth_date"], None),
            (&["due_date", "valid_until"], None),
            (&[], None),
        ];
        for (names, expected) in cases {
            let candidates: Vec<_> = names.iter().map(|name| named(name)).collect();
            assert_eq!(best(&candidates), expected, "{names:?}");
        }
    }

    #[test]
    fn an_index_and_a_default_decide_between_equal_names() {
        let indexed = Candidate { leads_index: true, ..named("b_date") };
        assert_eq!(best(&[named("a_date"), indexed]), Some(1));
        let defaulted = Candidate { defaults_to_now: true, ..named("b_date") };
        assert_eq!(best(&[named("a_date"), defaulted]), Some(1));
    }
}
