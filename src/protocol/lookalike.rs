//! Names and hosts that look like somebody else's. RFC 7591 §5, Unicode Technical Standard 39 §4 and §5.
//!
//! A name is compared by its skeleton: what is left when letters that look alike are made one, in whatever script. What
//! is found here is told to a person and refuses nothing: a name may be like another one by chance.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::MixedScript as _;
use unicode_security::skeleton;

use super::display::{display_name, is_unseen};

/// Somebody whose name is worth borrowing, and the hosts that are theirs, with all below them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub name: String,
    pub hosts: Vec<String>,
    /// Whether the name counts inside a longer one, too: `Claude Code (Notes)` connects to Notes and does not claim to be it.
    pub as_word: bool,
}

/// How much of a resemblance it is. RFC 7591 §5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The very name, in the very letters: it may be the one, and nobody says that it is.
    SameName,
    /// Other letters that look the same: nobody writes the own name so.
    Disguised,
}

/// A name that looks like a known one. RFC 7591 §5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookalike {
    /// The known name.
    pub of: String,
    pub likeness: Likeness,
}

/// Products that people here will have heard of, with the hosts that are theirs. Those whose names are common words are
/// not among them.
const PRODUCTS: [(&str, &[&str]); 30] = [
    ("Claude", &["claude.ai", "claude.com", "anthropic.com"]),
    ("Anthropic", &["claude.ai", "claude.com", "anthropic.com"]),
    ("ChatGPT", &["chatgpt.com", "openai.com"]),
    ("OpenAI", &["chatgpt.com", "openai.com"]),
    ("Codex", &["chatgpt.com", "openai.com"]),
    ("Cursor", &["cursor.com", "cursor.sh"]),
    ("VS Code", &["vscode.dev", "visualstudio.com", "microsoft.com"]),
    ("Visual Studio Code", &["vscode.dev", "visualstudio.com", "microsoft.com"]),
    ("Copilot", &["github.com", "microsoft.com", "microsoftonline.com", "powerplatform.com"]),
    ("Microsoft", &["microsoft.com", "microsoftonline.com", "office.com", "live.com", "powerplatform.com"]),
    ("Outlook", &["outlook.com", "microsoft.com", "office.com", "live.com"]),
    ("GitHub", &["github.com", "github.dev"]),
    ("GitLab", &["gitlab.com"]),
    ("Google", &["google.com", "googleusercontent.com", "withgoogle.com"]),
    ("Gemini", &["google.com", "googleusercontent.com"]),
    ("Gmail", &["google.com"]),
    ("Perplexity", &["perplexity.ai", "perplexity.com"]),
    ("Mistral", &["mistral.ai"]),
    ("DeepSeek", &["deepseek.com"]),
    ("Grok", &["x.ai", "grok.com", "x.com"]),
    ("Slack", &["slack.com"]),
    ("Notion", &["notion.so", "notion.com"]),
    ("Zapier", &["zapier.com"]),
    ("Dropbox", &["dropbox.com"]),
    ("Salesforce", &["salesforce.com", "force.com"]),
    ("Atlassian", &["atlassian.com", "atlassian.net"]),
    ("PayPal", &["paypal.com"]),
    ("Apple", &["apple.com", "icloud.com"]),
    ("Amazon", &["amazon.com", "amazonaws.com"]),
    ("Facebook", &["facebook.com", "meta.com"]),
];

/// The products that everybody knows. RFC 7591 §5.
#[must_use]
pub fn products() -> Vec<Known> {
    let hosts = |hosts: &[&str]| hosts.iter().map(|host| (*host).to_owned()).collect();
    PRODUCTS
        .iter()
        .map(|(name, of)| Known { name: (*name).to_owned(), hosts: hosts(of), as_word: true })
        .collect()
}

/// The known name that a client's name looks like or holds as a word, unless the client is at a host of that name. The worst
/// likeness is found first. RFC 7591 §5.
#[must_use]
pub fn of_name<'a>(
    name: &str,
    client_hosts: &[String],
    known: impl IntoIterator<Item = &'a Known>,
) -> Option<Lookalike> {
    let written = Runs::of(&name.to_lowercase());
    let seen = folds(name).map(|folded| Runs::of(&folded));
    let mut same = None;
    for known in known {
        let is_theirs = client_hosts.iter().any(|host| known.hosts.iter().any(|own| is_within(host, own)));
        let wanted = words(&known.name.to_lowercase()).concat();
        if is_theirs || wanted.chars().count() < SHORTEST {
            continue;
        }
        let found = |likeness| Lookalike { of: display_name(&known.name), likeness };
        if written.hold(&wanted, known.as_word) {
            same.get_or_insert_with(|| found(Likeness::SameName));
        } else if folds(&known.name)
            .into_iter()
            .zip(&seen)
            .any(|(fold, runs)| runs.hold(&words(&fold).concat(), known.as_word))
        {
            return Some(found(Likeness::Disguised));
        }
    }
    same
}

/// What is odd about a host. RFC 7591 §5, Unicode Technical Standard 39 §5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostConcern {
    /// Its letters look like this other host.
    LooksLike(String),
    /// One of its labels mixes scripts that no language mixes.
    MixedScripts,
}

/// Whether a host in A-label form looks like a known one, or like one that is spelled in plain letters. RFC 7591 §5, Unicode
/// Technical Standard 39 §5.
#[must_use]
pub fn of_host(host: &str, known: &[String]) -> Option<HostConcern> {
    if known.iter().any(|own| is_within(host, own)) {
        return None;
    }
    let (shown, _) = idna::domain_to_unicode(host);
    let [seen, _] = folds(&shown);
    let looks_like = |other: &&String| {
        let [wanted, _] = folds(other);
        is_within(&seen, &wanted) || seen.starts_with(&format!("{wanted}."))
    };
    if let Some(other) = known.iter().find(looks_like) {
        return Some(HostConcern::LooksLike(other.clone()));
    }
    let spelled: Option<String> = shown.chars().map(in_ascii).collect();
    match spelled {
        Some(spelled) if spelled != shown => Some(HostConcern::LooksLike(spelled)),
        _ => shown.split('.').any(|label| !label.is_single_script()).then_some(HostConcern::MixedScripts),
    }
}

/// A host as its owner writes it, if that differs from its A-labels and all of it can be seen. RFC 5891 §4.4.
#[must_use]
pub fn unicode_host(host: &str) -> Option<String> {
    let (shown, result) = idna::domain_to_unicode(host);
    (result.is_ok() && shown != host && !shown.chars().any(is_unseen)).then_some(shown)
}

/// Whether `host` is `own` or below it. RFC 1034 §3.1.
#[must_use]
pub fn is_within(host: &str, own: &str) -> bool {
    host.strip_suffix(own).is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

/// Names that are shorter are in too many words.
const SHORTEST: usize = 3;

/// The ASCII letter that this one looks like.
fn in_ascii(letter: char) -> Option<char> {
    if letter.is_ascii() {
        return Some(letter);
    }
    let text = letter.to_string();
    let mut looks = skeleton(&text);
    let first = looks.next().filter(char::is_ascii)?;
    looks.next().is_none().then_some(first)
}

/// What is left of a text when letters that look alike are one: as small letters, and as they are written. `I`, `l` and `1`
/// are one letter, as are `m` and `rn`, and marks on letters do not count.
fn folds(text: &str) -> [String; 2] {
    let composed: String = text.nfkc().collect();
    [composed.to_lowercase(), composed].map(|text| {
        let looks: String = skeleton(&text).filter(|letter| !is_combining_mark(*letter)).collect();
        looks.to_lowercase().replace('i', "l")
    })
}

/// The words of a text: letters and digits, and plain ones apart from others.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = None;
    for letter in text.chars() {
        let kind = letter.is_alphanumeric().then_some(letter.is_ascii());
        match words.last_mut().filter(|_| kind == last) {
            _ if kind.is_none() => {}
            Some(word) => word.push(letter),
            None => words.push(letter.to_string()),
        }
        last = kind;
    }
    words
}

/// A text without what stands between its words, and every run of words in it: `C l a u d e` is a name, too.
struct Runs {
    whole: String,
    parts: HashSet<String>,
}

impl Runs {
    fn of(text: &str) -> Self {
        let words = words(text);
        let mut parts = HashSet::new();
        for start in 0..words.len() {
            let mut run = String::new();
            for word in words.iter().skip(start) {
                run.push_str(word);
                parts.insert(run.clone());
            }
        }
        Self { whole: words.concat(), parts }
    }

    fn hold(&self, wanted: &str, as_word: bool) -> bool {
        self.whole == wanted || (as_word && self.parts.contains(wanted))
    }
}

#[cfg(test)]
mod tests;
