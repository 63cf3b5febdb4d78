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
    /// The database sets it again whenever the row changes.
    pub(crate) follows_changes: bool,
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

/// As [`choose`], for the column by which rows can be counted back: one that says when a row came in and stays so. The time
/// of a row's last change moves it to another day, and one that is filled in later finds it on none.
pub(crate) fn choose_arrival<'a>(
    columns: impl IntoIterator<Item = Option<Candidate<'a>>>,
    asked: Option<&str>,
) -> Option<usize> {
    let eligible = |candidate: &Candidate<'_>| asked == Some(candidate.name) || tells_arrival(candidate);
    choose(columns.into_iter().map(|column| column.filter(eligible)), asked)
}

fn tells_arrival(candidate: &Candidate<'_>) -> bool {
    const LATER: [&str; 4] = ["last", "latest", "seen", "accessed"];
    let name = candidate.name.to_ascii_lowercase();
    let later = candidate.follows_changes || tells_change(&name) || names_one_of(&name, &LATER);
    let sure =
        tells_creation(&name) || candidate.defaults_to_now || candidate.leads_index || !candidate.nullable;
    !later && sure
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
/// of business dates (birth, expiry, due, and whatever is planned) say nothing of when the row came.
fn score(candidate: &Candidate<'_>) -> i32 {
    const BUSINESS: [&str; 34] = [
        "appointment",
        "arrival",
        "arrives",
        "deadline",
        "departs",
        "departure",
        "eta",
        "estimated",
        "expected",
        "expire",
        "from",
        "future",
        "next",
        "planned",
        "promised",
        "renewal",
        "renews",
        "scheduled",
        "target",
        "to",
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
    // The base keeps an unremarkable `payment_date` eligible: better than knowing nothing of freshness.
    let mut score = 2;
    if names_one_of(&name, &BUSINESS) {
        score -= 10;
    } else if tells_change(&name) {
        score += 10;
    } else if tells_creation(&name) {
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

fn tells_change(name: &str) -> bool {
    const CHANGED: [&str; 10] = [
        "updated", "update", "modified", "mtime", "synced", "etl", "loaded", "ingest", "ingested", "fivetran",
    ];
    names_one_of(name, &CHANGED) || name.contains("updatedat") || name.contains("last_update")
}

fn tells_creation(name: &str) -> bool {
    const ARRIVED: [&str; 9] =
        ["created", "inserted", "event", "ts", "occurred", "timestamp", "recorded", "added", "placed"];
    names_one_of(name, &ARRIVED) || name.contains("createdat")
}

/// Whether one of the words of a name, in small letters, is in the list.
fn names_one_of(name: &str, list: &[&str]) -> bool {
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| list.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Candidate<'_> {
        Candidate { name, ..Candidate::default() }
    }

    #[test]
    fn the_time_of_a_change_wins_over_the_time_of_arrival_over_any_other() {
        let cases: [(&[&str], Option<usize>); 9] = [
            (&["created_at", "updated_at"], Some(1)),
            (&["payment_date", "created_at"], Some(1)),
            (&["payment_date"], Some(0)),
            (&["birth_date", "last_update"], Some(1)),
            (&["birth_date"], None),
            (&["due_date", "valid_until"], None),
            (&["departure_at", "scheduled_for", "next_run_at"], None),
            (&["scheduled_at", "recorded_at"], Some(1)),
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

    #[test]
    fn rows_are_counted_back_by_a_time_that_stays() {
        let required = |name| Candidate { nullable: false, ..named(name) };
        let optional = |name| Candidate { nullable: true, ..named(name) };
        let follows = |name| Candidate { follows_changes: true, ..named(name) };
        let cases: [(&[Candidate<'_>], Option<usize>); 8] = [
            (&[required("updated_at"), optional("created_at")], Some(1)),
            (&[required("updated_at")], None),
            (&[required("last_seen_at")], None),
            (&[follows("ts")], None),
            (&[required("payment_date")], Some(0)),
            (&[optional("return_date")], None),
            (&[required("birth_date")], None),
            (&[], None),
        ];
        for (candidates, expected) in cases {
            let columns = candidates.iter().copied().map(Some);
            assert_eq!(choose_arrival(columns, None), expected, "{candidates:?}");
        }
        let both = [required("created_at"), required("updated_at")];
        assert_eq!(choose_arrival(both.map(Some), Some("updated_at")), Some(1), "as asked");
    }
}
