//! How a name that a stranger chose is shown to a person. RFC 7591 §5: treat client metadata as self-asserted.

use unicode_normalization::char::is_combining_mark;

/// As many characters of a name are shown.
const SHOWN: usize = 64;

/// As many marks may stand on one letter; the scripts of the world need no more, and taller stacks cover other lines.
const MARKS: usize = 3;

/// A client's or user's name without the characters that hide, reorder or cover what stands around it, at most 64
/// characters and then an ellipsis; empty if nothing can be seen of it. RFC 7591 §5.
#[must_use]
pub fn display_name(name: &str) -> String {
    let mut shown = String::new();
    let mut length = 0;
    let mut marks = 0;
    let mut space = false;
    for character in name.chars() {
        // Tab and line feed are control characters too, but they part words.
        if character.is_whitespace() {
            space = true;
            continue;
        }
        if is_unseen(character) {
            continue;
        }
        if is_combining_mark(character) {
            marks += 1;
            if marks > MARKS || space || shown.is_empty() {
                continue;
            }
        } else {
            marks = 0;
        }
        let gap = usize::from(space && !shown.is_empty());
        if length + gap + 1 > SHOWN {
            shown.push('…');
            return shown;
        }
        if gap == 1 {
            shown.push(' ');
        }
        shown.push(character);
        length += gap + 1;
        space = false;
    }
    shown
}

/// The letter or digit that stands for a name in its round badge, or a question mark. RFC 7591 §5: no `logo_uri` is
/// fetched for it.
#[must_use]
pub fn initial(name: &str) -> String {
    display_name(name)
        .chars()
        .find(|character| character.is_alphanumeric())
        .map_or_else(|| "?".to_owned(), |character| character.to_uppercase().collect())
}

/// Control and format characters (general categories Cc and Cf), blank letters, variation selectors, private use. RFC 7591 §5.
#[must_use]
pub fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Soft hyphen, grapheme joiner, Arabic letter mark and number signs, Syriac abbreviation mark.
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{890}' | '\u{891}' | '\u{8e2}'
            // Letters without ink: Hangul fillers, Khmer inherent vowels, Mongolian separators, empty Braille.
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
            // Zero-width space and joiners, directional marks, embeddings, overrides and isolates, invisible operators.
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            // Private use, variation selectors, byte order mark, halfwidth and interlinear specials.
            | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
            // Format characters of single scripts, shorthand and musical notation.
            | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            // Tags, more variation selectors, and everything after them.
            | '\u{e0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::{display_name, initial};

    /// D06: an ordinary name, in whatever script, is shown as it is.
    #[test]
    fn an_honest_name_is_untouched() {
        for name in [
            "Claude Code",
            "Büro & Söhne <Test>",
            "日本語クライアント",
            "متصفح",
            "हिन्दी",
            "Tiếng Việt",
            "🦀 Crab",
        ] {
            assert_eq!(display_name(name), name);
        }
    }

    /// D06: control, bidi and zero-width characters are not displayed.
    #[test]
    fn what_cannot_be_seen_is_removed() {
        let hidden = "\0\u{7}\u{1b}\u{7f}\u{85}\u{ad}\u{34f}\u{61c}\u{115f}\u{180e}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\
            \u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2060}\u{2066}\u{2067}\u{2068}\u{2069}\u{2800}\u{3164}\u{feff}\u{fff9}\u{e0041}";
        for character in hidden.chars() {
            let shown = display_name(&format!("Goo{character}gle"));
            assert!(shown == "Google" || shown == "Goo gle", "{:x} is shown", u32::from(character));
        }
        assert_eq!(display_name("moc.knab\u{202e}"), "moc.knab");
        assert_eq!(display_name(hidden), "");
    }

    /// D06: blanks and line breaks cannot push the rest of the sentence out of sight.
    #[test]
    fn white_space_becomes_one_space() {
        assert_eq!(display_name("  Trusted\n\n\t\u{2028}\u{3000}\u{a0}Bank  "), "Trusted Bank");
    }

    /// D06: 64 characters are shown, and of a longer name the ellipsis says that there is more.
    #[test]
    fn sixty_four_characters_are_shown() {
        assert_eq!(display_name(&"é".repeat(64)), "é".repeat(64));
        assert_eq!(display_name(&"é".repeat(65)), format!("{}…", "é".repeat(64)));
        assert_eq!(display_name(&format!("{} b", "a".repeat(63))), format!("{}…", "a".repeat(63)));
        assert_eq!(display_name(&format!("{}  \n", "a".repeat(64))), "a".repeat(64));
    }

    /// D06: marks piled on a letter cannot cover the lines around it.
    #[test]
    fn piled_marks_are_cut() {
        let piled = format!("a{}b", "\u{301}".repeat(40));
        assert_eq!(display_name(&piled), "a\u{301}\u{301}\u{301}b");
        assert_eq!(
            display_name("\u{301}\u{301}a"),
            "a",
            "a mark without a letter would sit on the words before it"
        );
    }

    /// No image of the client's is loaded: a letter stands for it.
    #[test]
    fn the_initial_is_a_letter_or_a_digit() {
        assert_eq!(initial("claude"), "C");
        assert_eq!(initial("\u{202e}(éclair)"), "É");
        assert_eq!(initial("🦀 7zip"), "7");
        assert_eq!(initial("🦀"), "?");
        assert_eq!(initial(""), "?");
    }
}
