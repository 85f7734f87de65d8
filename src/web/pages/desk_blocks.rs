//! What the pages of the operator's desk are made of: `desk_page.html` lays out a list of blocks, each of finished strings. A page
//! that needs more than these has a struct and a template of its own, as [`super::desk`] says.

use askama::Template;

use super::Chrome;
use super::desk::DeskFrame;
use crate::clock::Seconds;

/// A page of the desk.
#[derive(Template)]
#[template(path = "desk_page.html")]
pub struct DeskPage {
    pub chrome: Chrome,
    pub frame: DeskFrame,
    pub blocks: Vec<Block>,
}

/// A part of a page.
#[derive(Debug, Clone)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// A paragraph in a box: `good`, `plain`, `warn` or `danger`.
    Notice(&'static str, String),
    Numbers(Vec<DeskNumber>),
    Chart(Chart),
    Table(DeskTable),
    Facts(Facts),
    /// What a program wrote or reads, with its heading.
    Code(String, String),
    /// What is shown this once: label and secret.
    Secret(String, String),
    /// Ways to other pages.
    Links(Vec<DeskLink>),
    /// A filter: it changes nothing.
    Search(DeskForm),
    Form(DeskForm),
}

/// A number with what it counts.
#[derive(Debug, Clone)]
pub struct DeskNumber {
    pub label: String,
    pub value: String,
    pub href: Option<String>,
}

/// A way to another page.
#[derive(Debug, Clone)]
pub struct DeskLink {
    pub href: String,
    pub label: String,
    /// `primary`, `danger-button` or nothing: a class of the style sheet.
    pub look: &'static str,
}

impl DeskLink {
    /// A plain one.
    #[must_use]
    pub fn to(href: String, label: String) -> Self {
        Self { href, label, look: "" }
    }

    /// The main one of a page.
    #[must_use]
    pub fn main(href: String, label: String) -> Self {
        Self { href, label, look: "primary" }
    }

    /// One to what takes something away.
    #[must_use]
    pub fn dangerous(href: String, label: String) -> Self {
        Self { href, label, look: "danger-button" }
    }
}

/// Names and values.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub heading: Option<String>,
    pub rows: Vec<(String, Cell)>,
}

/// One value.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    pub text: String,
    pub href: Option<String>,
    /// `number`, `code`, `code long`, `tag`, `tag flagged` or nothing.
    pub look: &'static str,
    /// What is said of it on a line of its own.
    pub note: String,
}

impl Cell {
    /// Words.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// What a program calls something.
    #[must_use]
    pub fn code(text: impl Into<String>) -> Self {
        Self { look: "code", ..Self::text(text) }
    }

    /// As [`Self::code`], with lines of its own where there is room.
    #[must_use]
    pub fn long_code(text: impl Into<String>) -> Self {
        Self { look: "code long", ..Self::text(text) }
    }

    /// A number, or what stands in a column of them.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "numbers and short words, made for the cell")]
    pub fn number(number: impl ToString) -> Self {
        Self { look: "number", ..Self::text(number.to_string()) }
    }

    /// The state of something; `is_flagged` = an operator should look.
    #[must_use]
    pub fn tag(text: impl Into<String>, is_flagged: bool) -> Self {
        Self { look: if is_flagged { "tag flagged" } else { "tag" }, ..Self::text(text) }
    }

    /// A moment, the same in every language; a dash if there was none.
    #[must_use]
    pub fn time(seconds: Option<Seconds>) -> Self {
        Self { look: "time", ..Self::text(seconds.map_or_else(|| "–".to_owned(), moment)) }
    }

    /// With a line below it; an empty one is none.
    #[must_use]
    pub fn note(mut self, note: String) -> Self {
        self.note = note;
        self
    }

    /// A way to the page of it.
    #[must_use]
    pub fn link(text: impl Into<String>, href: String) -> Self {
        Self { href: Some(href), ..Self::text(text) }
    }
}

/// `2026-11-21 17:05 UTC`.
#[must_use]
pub fn moment(seconds: Seconds) -> String {
    chrono::DateTime::from_timestamp(seconds, 0)
        .map(|time| time.format("%Y-%m-%d %H:%M UTC").to_string())
        .unwrap_or_default()
}

/// Rows with the same columns.
#[derive(Debug, Clone, Default)]
pub struct DeskTable {
    /// Of the element, once on a page.
    pub id: &'static str,
    pub heading: String,
    pub heads: Vec<String>,
    pub rows: Vec<DeskRow>,
    /// What stands there if there is no row.
    pub empty: String,
    /// The next page.
    pub next: Option<DeskLink>,
}

/// A row, with what can be done to it by one button.
#[derive(Debug, Clone, Default)]
pub struct DeskRow {
    pub cells: Vec<Cell>,
    pub button: Option<RowButton>,
}

/// A form that is one button.
#[derive(Debug, Clone)]
pub struct RowButton {
    pub action: String,
    pub csrf: String,
    pub label: String,
    /// Which row it is, for whoever does not see it.
    pub of: String,
}

impl From<Vec<Cell>> for DeskRow {
    fn from(cells: Vec<Cell>) -> Self {
        Self { cells, button: None }
    }
}

/// A form. Its fields are named as what they set.
#[derive(Debug, Clone, Default)]
pub struct DeskForm {
    /// Of the element, once on a page; those of the fields begin with it.
    pub id: &'static str,
    pub heading: Option<String>,
    pub lead: Option<String>,
    pub action: String,
    /// Empty in a filter.
    pub csrf: String,
    pub fields: Vec<Field>,
    pub submit: String,
    /// Whether it takes something away.
    pub is_dangerous: bool,
    pub cancel: Option<DeskLink>,
}

/// A field of a form.
#[derive(Debug, Clone)]
pub struct Field {
    pub name: &'static str,
    pub label: String,
    pub hint: Option<String>,
    pub value: String,
    pub kind: FieldKind,
    /// Whether the error of the page is about it.
    pub is_wrong: bool,
}

/// What a field takes.
#[derive(Debug, Clone)]
pub enum FieldKind {
    Line,
    Number,
    /// What is typed and never shown.
    Secret,
    Area,
    Check(bool),
    /// Values with what they mean.
    Choice(Vec<(String, String)>),
}

impl Field {
    fn new(name: &'static str, label: String, value: &str, kind: FieldKind) -> Self {
        Self { name, label, hint: None, value: value.to_owned(), kind, is_wrong: false }
    }

    /// One line of text.
    #[must_use]
    pub fn line(name: &'static str, label: String, value: &str) -> Self {
        Self::new(name, label, value, FieldKind::Line)
    }

    /// A whole number.
    #[must_use]
    pub fn number(name: &'static str, label: String, value: &str) -> Self {
        Self::new(name, label, value, FieldKind::Number)
    }

    /// What is typed and never shown, not even again.
    #[must_use]
    pub fn secret(name: &'static str, label: String) -> Self {
        Self::new(name, label, "", FieldKind::Secret)
    }

    /// Several lines.
    #[must_use]
    pub fn area(name: &'static str, label: String, value: &str) -> Self {
        Self::new(name, label, value, FieldKind::Area)
    }

    /// A box to tick; its value is `yes`.
    #[must_use]
    pub fn check(name: &'static str, label: String, is_ticked: bool) -> Self {
        Self::new(name, label, "yes", FieldKind::Check(is_ticked))
    }

    /// One of several.
    #[must_use]
    pub fn choice(name: &'static str, label: String, value: &str, of: Vec<(String, String)>) -> Self {
        Self::new(name, label, value, FieldKind::Choice(of))
    }

    /// With a line that helps.
    #[must_use]
    pub fn hint(mut self, hint: String) -> Self {
        self.hint = Some(hint);
        self
    }
}

impl DeskForm {
    /// Marks the fields that an error is about, beside those that are marked.
    pub fn mark(&mut self, is_about: impl Fn(&str) -> bool) {
        for field in &mut self.fields {
            field.is_wrong |= is_about(field.name);
        }
    }
}

/// Columns of days, drawn by the server; the numbers stand below it as a table.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Of the element, once on a page.
    pub id: &'static str,
    pub heading: String,
    /// What the picture says in a sentence.
    pub summary: String,
    /// The names of what is counted, each drawn in a look of its own.
    pub series: Vec<String>,
    pub days: Vec<ChartDay>,
    pub bars: Vec<Bar>,
    /// The largest sum of a day, at the top of the scale.
    pub most: i64,
    /// The head of the column of days.
    pub day_head: String,
    pub table_label: String,
}

/// The numbers of a day, one for each series.
#[derive(Debug, Clone)]
pub struct ChartDay {
    pub day: String,
    pub numbers: Vec<i64>,
}

/// A rectangle of a chart, in its own units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    pub x: usize,
    pub y: i64,
    pub height: i64,
    /// Which series: `s0` to `s4`.
    pub look: String,
    /// For whoever points at it.
    pub title: String,
}

/// The height of the drawing.
const HEIGHT: i64 = 100;
/// From one day to the next.
const STEP: usize = 10;

impl Chart {
    /// Lays the columns out.
    #[must_use]
    pub fn drawn(mut self) -> Self {
        self.most = self.days.iter().map(|day| day.numbers.iter().sum()).max().unwrap_or(0);
        let scale = self.most.max(1);
        self.bars.clear();
        for (place, day) in self.days.iter().enumerate() {
            let mut below = 0;
            for (series, number) in day.numbers.iter().enumerate().filter(|(_, number)| **number > 0) {
                let top = (below + number) * HEIGHT / scale;
                let foot = below * HEIGHT / scale;
                // What there was at all is seen.
                let height = (top - foot).max(1);
                let name = self.series.get(series).map_or("", String::as_str);
                self.bars.push(Bar {
                    x: place * STEP + 1,
                    y: HEIGHT - foot - height,
                    height,
                    look: format!("s{series}"),
                    title: format!("{}: {name} {number}", day.day),
                });
                below += number;
            }
        }
        self
    }

    /// How wide the drawing is.
    fn width(&self) -> usize {
        self.days.len() * STEP
    }

    /// The sum of everything.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.days.iter().flat_map(|day| &day.numbers).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A column is as high as its number, and no number is too small to be seen.
    #[test]
    fn columns_are_as_high_as_their_numbers() {
        let days = [vec![0, 0], vec![50, 150], vec![1, 0]];
        let chart = Chart {
            id: "x",
            heading: String::new(),
            summary: String::new(),
            series: vec!["a".to_owned(), "b".to_owned()],
            days: days.map(|numbers| ChartDay { day: "d".to_owned(), numbers }).to_vec(),
            bars: Vec::new(),
            most: 0,
            day_head: String::new(),
            table_label: String::new(),
        }
        .drawn();
        let found: Vec<_> =
            chart.bars.iter().map(|bar| (bar.x, bar.y, bar.height, bar.look.as_str())).collect();
        assert_eq!(found, [(11, 75, 25, "s0"), (11, 0, 75, "s1"), (21, 99, 1, "s0")]);
        assert_eq!((chart.most, chart.total(), chart.width()), (200, 201, 30));
    }
}
