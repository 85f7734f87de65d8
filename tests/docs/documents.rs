//! Reading Markdown, as far as these tests need it.

use std::fs;
use std::path::{Path, PathBuf};

/// A document of the repository.
pub struct Document {
    /// Below the root of the repository.
    pub path: PathBuf,
    pub text: String,
}

/// A fenced block.
pub struct Block<'a> {
    /// What stands behind the fence, like `sh test`.
    pub info: &'a str,
    pub line: usize,
    pub text: String,
}

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every document: those at the root and everything under `docs/`.
pub fn all() -> Vec<Document> {
    let mut found = Vec::new();
    collect(root(), false, &mut found);
    collect(&root().join("docs"), true, &mut found);
    assert!(found.len() > 10, "most documents are missing");
    found
}

/// The document at this path.
pub fn read(path: &str) -> Document {
    let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    Document { path: PathBuf::from(path), text }
}

fn collect(folder: &Path, deep: bool, found: &mut Vec<Document>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && deep {
            collect(&path, deep, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(read(path.strip_prefix(root()).unwrap().to_str().unwrap()));
        }
    }
}

impl Document {
    /// The fenced blocks, in order.
    pub fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        let mut open: Option<Block<'_>> = None;
        for (index, line) in self.text.lines().enumerate() {
            match (line.strip_prefix("```"), &mut open) {
                (Some(info), None) => {
                    open = Some(Block { info: info.trim(), line: index + 1, text: String::new() });
                }
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (None, Some(block)) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a fence is not closed", self.path.display());
        blocks
    }

    /// The lines outside fenced blocks, with their numbers.
    pub fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut fenced = false;
        self.text.lines().enumerate().filter_map(move |(index, line)| {
            if line.starts_with("```") {
                fenced = !fenced;
                return None;
            }
            (!fenced).then_some((index + 1, line))
        })
    }

    /// The rows of the table under this header, cell by cell.
    pub fn table(&self, header: &str) -> Vec<Vec<String>> {
        let mut lines = self.text.lines().skip_while(|line| *line != header);
        assert!(lines.next().is_some(), "{}: there is no table {header}", self.path.display());
        let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
        rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
            .collect()
    }
}

/// A cell without its backticks.
pub fn plain(cell: &str) -> &str {
    cell.trim_matches('`')
}

/// The texts between backticks of a line.
pub fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}
