//! The colours of the style sheet, in both themes.

use std::collections::BTreeMap;

use crate::brand::{BuiltIn, Colour, DARK, LIGHT};
use crate::web::assets;

fn sheet() -> &'static str {
    std::str::from_utf8(assets::find("/static/grantor.css").expect("the sheet").bytes).expect("text")
}

/// The sheet says what `brand` checks the contrast of: neither has a colour that the other lacks.
#[test]
fn the_sheet_has_the_colours_that_are_checked() {
    let blocks: Vec<&str> = sheet().split(":root {").skip(1).take(2).collect();
    for (block, built_in) in blocks.into_iter().zip([&LIGHT, &DARK] as [&BuiltIn; 2]) {
        let lines = block.split('}').next().expect("a block").lines();
        let mut said: BTreeMap<&str, Colour> = lines
            .filter_map(|line| line.trim().trim_start_matches("--").trim_end_matches(';').split_once(": "))
            .filter_map(|(name, value)| Some((name, Colour::parse(value)?)))
            .collect();
        // It is the same in both themes and said once.
        said.entry("tile").or_insert(Colour([255; 3]));
        let known: BTreeMap<&str, Colour> =
            built_in.iter().map(|(name, value)| (*name, Colour(*value))).collect();
        assert_eq!(said, known);
    }
}

/// The cells of the desk's tables have classes of their own: a part of another page that is laid out under the same name would
/// lay out every cell.
#[test]
fn no_part_of_a_page_is_named_as_the_cells_of_the_desk() {
    for name in ["time", "code"] {
        let class = format!(".{name}");
        let behind = sheet().split(class.as_str()).skip(1);
        let is_longer = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        assert_eq!(behind.filter(|rest| !is_longer(rest)).count(), 0, "grantor.css has a rule for {class}");
    }
}

/// Every colour of the sheet is a property that the test above knows: no other rule names one.
#[test]
fn only_the_themes_name_colours() {
    let rules = sheet().split("*, *::before").nth(1).expect("the rules behind the themes");
    assert!(!rules.contains('#') && !rules.contains("rgb"), "a colour outside the themes");
    assert!(!sheet().contains("url(") && !sheet().contains("@import"), "a file from elsewhere");
}
