//! The colours of the style sheet, in both themes.

use std::collections::BTreeMap;

use crate::web::assets;

/// The colours of a theme: the first `:root` of the sheet, and the dark one over it.
fn colours(dark: bool) -> BTreeMap<String, [u8; 3]> {
    let sheet =
        std::str::from_utf8(assets::find("/static/grantor.css").expect("the sheet").bytes).expect("text");
    let mut found = BTreeMap::new();
    for block in sheet.split(":root {").skip(1).take(if dark { 2 } else { 1 }) {
        for line in block.split('}').next().expect("a block").lines() {
            let Some((name, value)) = line.trim().trim_end_matches(';').split_once(": #") else { continue };
            let value = u32::from_str_radix(value, 16).expect("a colour of six digits");
            let [_, red, green, blue] = value.to_be_bytes();
            found.insert(name.to_owned(), [red, green, blue]);
        }
    }
    found
}

/// Relative luminance, WCAG 2.2.
fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// WCAG 1.4.3 and 1.4.11: text 4.5:1, borders of controls and the focus ring 3:1, in both themes.
#[test]
fn colours_contrast_in_both_themes() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
    let text = [
        "ink card",
        "ink paper",
        "ink ring",
        "ink wash",
        "muted card",
        "muted wash",
        "accent card",
        "accent-strong card",
        "on-accent accent",
        "on-accent accent-strong",
        "accent-strong tint",
        "danger danger-wash",
        "warn warn-wash",
        "warn wash",
        "warn card",
    ];
    let edges = [
        "control card",
        "control wash",
        "focus card",
        "focus paper",
        "focus wash",
        "danger card",
        "accent card",
    ];
    for dark in [false, true] {
        let colours = colours(dark);
        let wanted = text.iter().map(|pair| (pair, 4.5)).chain(edges.iter().map(|pair| (pair, 3.0)));
        for (pair, least) in wanted {
            let (front, back) = pair.split_once(' ').expect("two names");
            let colour = |name: &str| *colours.get(&format!("--{name}")).expect(name);
            let found = contrast(colour(front), colour(back));
            assert!(found >= least, "{pair} (dark: {dark}): {found:.2}");
        }
    }
}

/// Every colour of the sheet is a property that the test above knows: no other rule names one.
#[test]
fn only_the_themes_name_colours() {
    let sheet =
        std::str::from_utf8(assets::find("/static/grantor.css").expect("the sheet").bytes).expect("text");
    let rules = sheet.split("*, *::before").nth(1).expect("the rules behind the themes");
    assert!(!rules.contains('#') && !rules.contains("rgb"), "a colour outside the themes");
    assert!(!sheet.contains("url(") && !sheet.contains("@import"), "a file from elsewhere");
}
