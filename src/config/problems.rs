//! What is wrong with the settings, in lines that say what would be right. No line ever holds the value of a secret.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, with the variable it came from if it came from one.
    pub key: String,
    pub wrong: String,
    /// What would be right.
    pub right: String,
}

impl Problem {
    pub(super) fn new(key: impl Into<String>, wrong: impl Into<String>, right: impl Into<String>) -> Self {
        Self { key: key.into(), wrong: wrong.into(), right: right.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.key, self.wrong, self.right)
    }
}

/// Everything that is wrong, one line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// What is wrong with one value, before it is known where the value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Which part of the value: empty, or like ` #2 name` for a list of tables.
    pub place: String,
    pub what: String,
    pub right: String,
}

impl Wrong {
    pub fn new(wrong: impl Into<String>, right: impl Into<String>) -> Self {
        Self { place: String::new(), what: wrong.into(), right: right.into() }
    }
}

/// The candidate that somebody most likely meant, if one is near enough.
pub(super) fn nearest<'a>(typed: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (distance(typed, candidate), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= (typed.chars().count() / 3).max(2))
        .map(|(_, candidate)| candidate)
}

/// How many characters must be added, dropped or changed (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (count, typed) in from.chars().enumerate() {
        let mut next = vec![count + 1];
        let mut left = count + 1;
        for (wanted, pair) in to.iter().zip(row.windows(2)) {
            let (diagonal, above) = match pair {
                [diagonal, above] => (*diagonal, *above),
                _ => continue,
            };
            left = (left + 1).min(above + 1).min(diagonal + usize::from(*wanted != typed));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_additions_omissions_and_changes() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn nearest_names_a_near_key_and_nothing_for_a_far_one() {
        let keys = ["issuer", "listen", "tokens.code_lifetime"];
        assert_eq!(nearest("isuer", keys.into_iter()), Some("issuer"));
        assert_eq!(nearest("token.code_life_time", keys.into_iter()), Some("tokens.code_lifetime"));
        assert_eq!(nearest("frobnicate", keys.into_iter()), None);
    }
}
