//! Patterns of paths.

/// Whether a path matches a pattern: `*` stands for anything within a part, `**` for anything at all, `?` for one
/// letter that is no dot. `staging.**` is all that is in `staging`.
#[must_use]
pub fn path_matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let path: Vec<char> = path.chars().collect();
    // Which beginnings of the pattern match what was read so far: linear in the path, whatever the pattern.
    let mut reached = vec![false; pattern.len() + 1];
    reached[0] = true;
    skip_stars(&pattern, &mut reached);
    for letter in path {
        let mut next = vec![false; pattern.len() + 1];
        for (at, sign) in pattern.iter().enumerate() {
            if !reached[at] {
                continue;
            }
            let doubled = *sign == '*'
                && (pattern.get(at + 1) == Some(&'*')
                    || at.checked_sub(1).is_some_and(|at| pattern[at] == '*'));
            match sign {
                '*' if doubled || letter != '.' => next[at] = true,
                '*' => {}
                '?' => next[at + 1] |= letter != '.',
                sign => next[at + 1] |= *sign == letter,
            }
        }
        skip_stars(&pattern, &mut next);
        reached = next;
    }
    reached[pattern.len()]
}

/// A star may stand for nothing.
fn skip_stars(pattern: &[char], reached: &mut [bool]) {
    for (at, sign) in pattern.iter().enumerate() {
        if reached[at] && *sign == '*' {
            reached[at + 1] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_within_its_part_and_two_do_not() {
        let cases = [
            ("public.film", "public.film", true),
            ("public.film", "public.film.length", false),
            ("public.*", "public.film", true),
            ("public.*", "public.film.length", false),
            ("public.**", "public.film.length", true),
            ("public.tmp_*.**", "public.tmp_1.id", true),
            ("public.tmp_*.**", "public.film.id", false),
            ("**.id", "public.film.id", true),
            ("**", "anything.at.all", true),
            ("*", "public", true),
            ("*", "public.film", false),
            ("publi?.film", "public.film", true),
            ("public?film", "public.film", false),
            ("", "", true),
            ("", "a", false),
            ("a*b*c", "aXXbYYc", true),
            ("a*b*c", "aXXc", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(path_matches(pattern, path), expected, "{pattern} {path}");
        }
    }
}
