//! How the pages of one operator look: name, logo, colours, links and templates of their own.

mod templates;
mod theme;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

pub use templates::Templates;
pub use theme::{BuiltIn, Colour, DARK, LIGHT, Overrides, PAIRS, Theme, Weak};

use crate::picture;
use crate::texts::Texts;

/// A file that is larger than this is no logo.
const LARGEST_LOGO: u64 = 4 * 1024 * 1024;

/// What an operator chose, checked.
#[derive(Clone, Debug, Default)]
pub struct Branding {
    /// Of the service, as people know it.
    pub name: String,
    pub logo: Option<Logo>,
    pub templates: Option<Templates>,
    pub light: Overrides,
    pub dark: Overrides,
    /// The language for whoever asks for none that there is.
    pub locale: Texts,
    pub help: Option<String>,
    pub privacy: Option<String>,
    pub terms: Option<String>,
}

impl Branding {
    /// The style sheet that lays these colours over the built-in ones; none if there is nothing to lay over.
    #[must_use]
    pub fn style_sheet(&self) -> Option<String> {
        if self.light.is_empty() && self.dark.is_empty() {
            return None;
        }
        let (light, dark) = (self.theme(false), self.theme(true));
        // Both, whole: what is said here for one theme must not shine through in the other.
        Some(format!(
            ":root {{\n{}}}\n@media (prefers-color-scheme: dark) {{\n:root {{\n{}}}\n}}\n",
            light.properties(),
            dark.properties(),
        ))
    }

    /// The colours that hold in the light or the dark theme.
    #[must_use]
    pub fn theme(&self, dark: bool) -> Theme {
        let (base, own) = if dark { (&DARK, &self.dark) } else { (&LIGHT, &self.light) };
        Theme::of(base).with(own)
    }
}

/// Changes when these bytes change, so that an address with it may be cached for ever.
#[must_use]
pub fn version(bytes: &[u8]) -> String {
    let mut text = URL_SAFE_NO_PAD.encode(Sha256::digest(bytes));
    text.truncate(16);
    text
}

/// The operator's picture, made anew as a small PNG.
#[derive(Clone)]
pub struct Logo {
    pub path: PathBuf,
    pub png: Arc<[u8]>,
    pub version: String,
}

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Logo").field(&self.path).finish()
    }
}

impl Logo {
    /// Reads a PNG, JPEG, GIF or WebP picture.
    pub fn read(path: &Path) -> Result<Self, String> {
        let size = std::fs::metadata(path).map_err(|error| format!("it cannot be read: {error}"))?.len();
        if size > LARGEST_LOGO {
            return Err("it is larger than 4 MB".to_owned());
        }
        let bytes = std::fs::read(path).map_err(|error| format!("it cannot be read: {error}"))?;
        let png = picture::small_png(&bytes).ok_or("it is no picture that Grantor reads")?;
        Ok(Self { path: path.to_owned(), version: version(&png), png: png.into() })
    }
}
