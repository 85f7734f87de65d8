//! Pictures of clients: what a stranger's address served becomes a small PNG of ours, or nothing.
//!
//! Nothing of the original is kept but its points: no metadata, no second picture behind the first, no odd chunk.

use std::io::Cursor;

use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};

/// The longer side of what is kept: twice the size at which a page shows it.
pub const SIDE: u32 = 128;
/// The longer side of what is read. A few hundred bytes can say that they are a picture of any size.
const LONGEST_SIDE: u32 = 2048;
/// What decoding may take: a picture of the longest sides with 16 bits to a channel, twice.
const MOST_MEMORY: u64 = 64 * 1024 * 1024;

/// A PNG of at most [`SIDE`] points in each direction, if these bytes are a PNG, JPEG, GIF or WebP picture within the
/// limits; of one that moves, its first moment. Takes a while: not for a thread that serves requests.
#[must_use]
pub fn small_png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let known = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];
    reader.format().filter(|format| known.contains(format))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let picture = DynamicImage::ImageRgba8(reader.decode().ok()?.to_rgba8());
    let small = if picture.width().max(picture.height()) > SIDE {
        picture.resize(SIDE, SIDE, FilterType::Triangle)
    } else {
        picture
    };
    let mut png = Cursor::new(Vec::new());
    small.write_to(&mut png, ImageFormat::Png).ok()?;
    Some(png.into_inner())
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::*;

    fn drawn(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let picture = RgbaImage::from_fn(width, height, |x, y| {
            Rgba([u8::try_from(x % 256).unwrap(), u8::try_from(y % 256).unwrap(), 99, 255])
        });
        let mut bytes = Cursor::new(Vec::new());
        match format {
            ImageFormat::Jpeg => DynamicImage::ImageRgba8(picture).to_rgb8().write_to(&mut bytes, format),
            _ => picture.write_to(&mut bytes, format),
        }
        .unwrap();
        bytes.into_inner()
    }

    fn size(png: &[u8]) -> (u32, u32) {
        let picture = image::load_from_memory_with_format(png, ImageFormat::Png).unwrap();
        (picture.width(), picture.height())
    }

    /// D08: every kind of raster picture becomes a small PNG, whose sides keep their proportion.
    #[test]
    fn a_raster_picture_becomes_a_small_png() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
            assert_eq!(size(&small_png(&drawn(200, 100, format)).unwrap()), (128, 64), "{format:?}");
            assert_eq!(size(&small_png(&drawn(20, 30, format)).unwrap()), (20, 30), "{format:?}");
        }
        assert_eq!(size(&small_png(&drawn(2048, 1, ImageFormat::Png)).unwrap()), (128, 1));
    }

    /// D08: what is no raster picture, or is cut short, is nothing.
    #[test]
    fn what_is_no_picture_is_nothing() {
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
        let bitmap = b"BM\x1e\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\x01\0\x01\0\x01\0\x18\0\0\0\0\0";
        for bytes in [&b""[..], b"<html>", svg, bitmap, b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff"] {
            assert!(small_png(bytes).is_none(), "{bytes:?}");
        }
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let whole = drawn(60, 60, format);
            assert!(small_png(whole.get(..whole.len() / 2).unwrap()).is_none(), "{format:?}");
        }
    }

    /// D08: a few bytes cannot have much memory taken.
    #[test]
    fn a_picture_that_would_be_huge_is_not_unpacked() {
        assert!(small_png(&drawn(2048, 2048, ImageFormat::Png)).is_some());
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
            assert!(small_png(&drawn(2049, 1, format)).is_none(), "{format:?}");
            assert!(small_png(&drawn(1, 2049, format)).is_none(), "{format:?}");
        }
    }

    /// D08: what was hidden behind the points of a picture does not leave this server.
    #[test]
    fn nothing_but_the_points_is_kept() {
        let mut bytes = drawn(32, 32, ImageFormat::Png);
        bytes.extend_from_slice(b"<script>alert('planted')</script>");
        let kept = small_png(&bytes).unwrap();
        assert!(!kept.windows(7).any(|window| window == b"planted"));
        let again = small_png(&kept).unwrap();
        assert_eq!(kept, again, "the same picture is the same bytes");
    }
}
