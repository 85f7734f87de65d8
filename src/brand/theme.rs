//! The colours of the pages, and which of them must be told apart. WCAG 2.2, 1.4.3 and 1.4.11.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// `#rrggbb`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// So much of `other` in it, in percent.
    fn mixed(self, other: Self, percent: u16) -> Self {
        let channel = |one: u8, two: u8| {
            let sum = u16::from(one) * (100 - percent) + u16::from(two) * percent;
            u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX)
        };
        let (Self([red, green, blue]), Self([other_red, other_green, other_blue])) = (self, other);
        Self([channel(red, other_red), channel(green, other_green), channel(blue, other_blue)])
    }

    /// Relative luminance, as WCAG 2.2 defines it.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast ratio of the two, 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([red, green, blue]) = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// Name and value of each colour of a built-in theme.
pub type BuiltIn = [(&'static str, [u8; 3]); 18];

/// As `static/grantor.css` has it; a test compares.
pub const LIGHT: BuiltIn = [
    ("paper", [0xf4, 0xef, 0xe4]),
    ("ring", [0xe3, 0xda, 0xc7]),
    ("card", [0xff, 0xfd, 0xf8]),
    ("wash", [0xf5, 0xf1, 0xe7]),
    ("line", [0xe2, 0xd9, 0xc8]),
    ("control", [0x85, 0x79, 0x67]),
    ("ink", [0x24, 0x1f, 0x19]),
    ("muted", [0x62, 0x59, 0x4d]),
    ("accent", [0x1d, 0x5b, 0x49]),
    ("accent-strong", [0x13, 0x43, 0x35]),
    ("on-accent", [0xff, 0xfd, 0xf8]),
    ("tint", [0xe0, 0xec, 0xe4]),
    ("focus", [0xb4, 0x49, 0x0f]),
    ("danger", [0x94, 0x2a, 0x1d]),
    ("danger-wash", [0xfb, 0xea, 0xe4]),
    ("warn", [0x6a, 0x44, 0x00]),
    ("warn-wash", [0xfb, 0xf0, 0xd4]),
    ("tile", [0xff, 0xff, 0xff]),
];

/// The same for people who prefer dark pages.
pub const DARK: BuiltIn = [
    ("paper", [0x17, 0x14, 0x11]),
    ("ring", [0x29, 0x24, 0x20]),
    ("card", [0x21, 0x1d, 0x19]),
    ("wash", [0x2b, 0x26, 0x21]),
    ("line", [0x3d, 0x36, 0x2e]),
    ("control", [0x93, 0x86, 0x6f]),
    ("ink", [0xf2, 0xec, 0xe1]),
    ("muted", [0xb9, 0xae, 0x9d]),
    ("accent", [0x86, 0xcb, 0xb0]),
    ("accent-strong", [0xa5, 0xde, 0xc8]),
    ("on-accent", [0x0e, 0x22, 0x19]),
    ("tint", [0x24, 0x38, 0x2f]),
    ("focus", [0xf2, 0xa7, 0x65]),
    ("danger", [0xff, 0xb8, 0xa8]),
    ("danger-wash", [0x3b, 0x21, 0x1b]),
    ("warn", [0xf2, 0xd5, 0x96]),
    ("warn-wash", [0x36, 0x2b, 0x15]),
    ("tile", [0xff, 0xff, 0xff]),
];

/// What stands on what, and the least contrast of the two: text 4.5, borders of controls and the focus ring 3.
pub const PAIRS: &[(&str, &str, f64)] = &[
    ("ink", "card", 4.5),
    ("ink", "paper", 4.5),
    ("ink", "ring", 4.5),
    ("ink", "wash", 4.5),
    ("muted", "card", 4.5),
    ("muted", "paper", 4.5),
    ("muted", "wash", 4.5),
    ("accent", "card", 4.5),
    ("accent", "paper", 4.5),
    ("accent-strong", "card", 4.5),
    ("accent-strong", "paper", 4.5),
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-strong", 4.5),
    ("accent-strong", "tint", 4.5),
    ("danger", "danger-wash", 4.5),
    ("danger", "card", 4.5),
    ("warn", "warn-wash", 4.5),
    ("warn", "wash", 4.5),
    ("warn", "card", 4.5),
    ("control", "card", 3.0),
    ("control", "wash", 3.0),
    ("focus", "card", 3.0),
    ("focus", "paper", 3.0),
    ("focus", "wash", 3.0),
];

/// The six colours of a theme that an operator may choose. The others follow from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    pub accent: Option<Colour>,
    pub on_accent: Option<Colour>,
    pub paper: Option<Colour>,
    pub card: Option<Colour>,
    pub ink: Option<Colour>,
    pub muted: Option<Colour>,
}

impl Overrides {
    /// Whether nothing is chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Two colours that cannot be told apart well enough.
#[derive(Clone, Debug, PartialEq)]
pub struct Weak {
    pub front: &'static str,
    pub back: &'static str,
    pub contrast: f64,
    pub least: f64,
}

/// All colours of a theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme(BTreeMap<&'static str, Colour>);

impl Theme {
    /// A built-in one.
    #[must_use]
    pub fn of(built_in: &BuiltIn) -> Self {
        Self(built_in.iter().map(|(name, value)| (*name, Colour(*value))).collect())
    }

    /// The colour of this name; black if there is none.
    #[must_use]
    pub fn colour(&self, name: &str) -> Colour {
        self.0.get(name).copied().unwrap_or(Colour([0; 3]))
    }

    /// With the operator's colours in it, and with those that follow from them.
    #[must_use]
    pub fn with(mut self, own: &Overrides) -> Self {
        let chosen = [
            ("accent", own.accent),
            ("on-accent", own.on_accent),
            ("paper", own.paper),
            ("card", own.card),
            ("ink", own.ink),
            ("muted", own.muted),
        ];
        self.0.extend(chosen.into_iter().filter_map(|(name, colour)| Some((name, colour?))));
        let is_set =
            |names: &[&str]| chosen.iter().any(|(name, colour)| colour.is_some() && names.contains(name));
        // Name, what it is mixed of, and how much of the second in percent.
        let mixed = [
            ("accent-strong", "accent", "ink", 30),
            ("tint", "card", "accent", 14),
            ("wash", "card", "ink", 4),
            ("line", "card", "ink", 14),
            ("control", "card", "ink", 56),
            ("ring", "paper", "ink", 8),
        ];
        for (name, one, two, percent) in mixed {
            if is_set(&[one, two]) {
                let colour = self.colour(one).mixed(self.colour(two), percent);
                self.0.insert(name, colour);
            }
        }
        self
    }

    /// What people with low vision could not read.
    pub fn weak(&self) -> impl Iterator<Item = Weak> {
        PAIRS.iter().filter_map(|(front, back, least)| {
            let contrast = self.colour(front).contrast(self.colour(back));
            (contrast < *least).then_some(Weak { front, back, contrast, least: *least })
        })
    }

    /// As properties of CSS, a line each.
    #[must_use]
    pub fn properties(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, (name, colour)| {
            let _ = writeln!(text, "--{name}: {colour};");
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 1.4.3 and 1.4.11: both built-in themes can be read.
    #[test]
    fn colours_contrast_in_both_themes() {
        assert!((Colour([0; 3]).contrast(Colour([255; 3])) - 21.0).abs() < 0.01);
        for theme in [&LIGHT, &DARK] {
            assert_eq!(Theme::of(theme).weak().collect::<Vec<_>>(), []);
        }
    }

    /// Line 8: colours that cannot be read are found, and good ones carry the others with them.
    #[test]
    fn an_operators_colours_are_checked_with_what_follows_from_them() {
        let own = |accent| Overrides { accent: Colour::parse(accent), ..Overrides::default() };
        let pale = Theme::of(&LIGHT).with(&own("#7fd0ff"));
        assert!(pale.weak().any(|weak| (weak.front, weak.back) == ("on-accent", "accent")));
        let blue = Theme::of(&LIGHT).with(&own("#1b4f9c"));
        assert_eq!(blue.weak().collect::<Vec<_>>(), []);
        assert_ne!(blue.colour("tint"), Theme::of(&LIGHT).colour("tint"));
        assert_eq!(blue.colour("wash"), Theme::of(&LIGHT).colour("wash"));
        assert!(blue.properties().contains("--accent: #1b4f9c;\n"));
    }

    #[test]
    fn a_colour_is_six_digits() {
        assert_eq!(Colour::parse("#1D5b49"), Some(Colour([0x1d, 0x5b, 0x49])));
        for bad in ["", "#fff", "1d5b49", "#1d5b4g", "#+d5b49", "#1d5b49;", "red", "#é1d5b"] {
            assert_eq!(Colour::parse(bad), None, "{bad}");
        }
    }
}
