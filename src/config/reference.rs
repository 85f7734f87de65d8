//! The page `docs/configuration.md`, made from the table of settings.

use super::settings::{SETTINGS, Setting};

/// The whole page, in Markdown.
#[must_use]
pub fn reference() -> String {
    let mut page = include_str!("reference.md").replace("EXAMPLE", include_str!("example.toml"));
    let mut section = None;
    for setting in SETTINGS {
        let of = setting.key.split_once('.').map_or("", |(section, _)| section);
        if section != Some(of) {
            let title = if of.is_empty() { "Outside any section".to_owned() } else { format!("`[{of}]`") };
            page.push_str("\n## ");
            page.push_str(&title);
            page.push_str("\n\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n");
            section = Some(of);
        }
        page.push_str(&row(setting));
    }
    page
}

fn row(setting: &Setting) -> String {
    let default =
        if setting.default.is_empty() { "–".to_owned() } else { format!("`{}`", setting.default) };
    let secret = if setting.secret { " Secret." } else { "" };
    format!(
        "| `{}`<br>`{}` | {} | {default} | {}{secret} |\n",
        setting.key,
        setting.variable(),
        setting.kind.describe(),
        setting.meaning,
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Config;
    use super::*;

    #[test]
    fn the_page_is_what_the_table_says() {
        let page = include_str!("../../docs/configuration.md");
        assert!(
            page == reference(),
            "docs/configuration.md differs from the code: cargo run -- config reference > docs/configuration.md"
        );
    }

    #[test]
    fn no_meaning_breaks_its_row() {
        for setting in SETTINGS {
            assert!(!setting.meaning.contains(['|', '\n']), "{}", setting.key);
            assert!(setting.meaning.ends_with('.'), "{}", setting.key);
        }
    }

    #[test]
    fn the_example_is_a_configuration() {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/example.toml");
        let config = Config::load(Some(&example), []).unwrap();
        assert_eq!(config.issuer.as_str(), "https://auth.example.com");
        assert_eq!(config.scopes.len(), 12);
        assert_eq!(config.resources.len(), 1);
    }
}
