//! A text as a QR code that stands in the page itself: no other address ever holds the secret.

use std::fmt::Write as _;

use fast_qr::qr::QRBuilder;
use fast_qr::{ECL, QRCode};

use crate::web::pages::factors::QrCode;

/// What ISO/IEC 18004 leaves empty around it.
const QUIET_ZONE: usize = 4;

/// The picture of this text; `None` if it is too long for one.
#[must_use]
pub fn picture(text: &str) -> Option<QrCode> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    Some(QrCode { size: code.size + 2 * QUIET_ZONE, path: path(&code) })
}

/// One rectangle for each run of dark modules of a row.
fn path(code: &QRCode) -> String {
    let mut path = String::new();
    for (y, row) in code.data.chunks(code.size).take(code.size).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a.value() == b.value()) {
            if run.first().is_some_and(|module| module.value()) {
                let (x, y, width) = (x + QUIET_ZONE, y + QUIET_ZONE, run.len());
                // A String takes whatever is written.
                let _ = write!(path, "M{x} {y}h{width}v1h-{width}z");
            }
            x += run.len();
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::picture;

    /// The finder pattern of the upper left corner is where readers look for it, and the picture stays small.
    #[test]
    fn a_code_begins_with_its_finder_pattern() {
        let code = picture(&format!("otpauth://totp/id.example:ada?secret={}", "A".repeat(32))).unwrap();
        assert!(code.path.starts_with("M4 4h7v1h-7z"), "{}", code.path);
        assert!(code.path.contains("M4 5h1v1h-1z"), "{}", code.path);
        assert!(code.path.len() < 8000 && code.size % 4 == 1, "{} {}", code.path.len(), code.size);
        assert!(picture(&"a".repeat(10_000)).is_none());
    }
}
