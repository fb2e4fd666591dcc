//! The preview of a picture: what an app shows before the file is fetched.

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder, imageops::FilterType,
};
use std::io::Cursor;

/// Longest side of a preview, in pixels.
const SIDE: u32 = 512;
/// Largest preview, in bytes.
const MAX_PREVIEW: usize = 256 * 1024;
/// Longest side of a picture that is looked at, in pixels, and the memory that it may take.
const MAX_SIDE: u32 = 20_000;
const MAX_MEMORY: u64 = 256 << 20;

/// A picture's size and its preview.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PicturePreview {
    /// Width and height in pixels, as it is shown.
    pub(crate) pixels: (u32, u32),
    /// The preview, a JPEG.
    pub(crate) jpeg: Vec<u8>,
}

/// Whether apps show files of this type as pictures.
pub(crate) fn is_picture(media_type: &str) -> bool {
    matches!(media_type, "image/jpeg" | "image/png" | "image/webp" | "image/gif")
}

/// Makes the preview of a picture. `None` if the bytes cannot be read as a picture, or it is too large: it is sent without one.
pub(crate) fn preview(bytes: &[u8]) -> Option<PicturePreview> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    matches!(reader.format()?, ImageFormat::Jpeg | ImageFormat::Png).then_some(())?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    // Phones store how they were held; an app turns the file, so the preview is turned too.
    let orientation = decoder.orientation().ok()?;
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(orientation);
    let pixels = (picture.width(), picture.height());
    let small = if pixels.0.max(pixels.1) > SIDE { picture.resize(SIDE, SIDE, FilterType::Triangle) } else { picture };
    let mut jpeg = Vec::new();
    // JPEG has no transparency.
    small.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 80)).ok()?;
    (jpeg.len() <= MAX_PREVIEW).then_some(PicturePreview { pixels, jpeg })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        RgbImage::from_pixel(width, height, Rgb([200, 120, 30])).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn previews_are_small_and_keep_the_shape() {
        for (width, height, format, expected) in [
            (2_000, 1_000, ImageFormat::Png, (512, 256)),
            (300, 900, ImageFormat::Jpeg, (171, 512)),
            (40, 30, ImageFormat::Png, (40, 30)),
        ] {
            let preview = preview(&picture(width, height, format)).unwrap();
            assert_eq!(preview.pixels, (width, height));
            let small = image::load_from_memory_with_format(&preview.jpeg, ImageFormat::Jpeg).unwrap();
            assert_eq!((small.width(), small.height()), expected);
        }
    }

    #[test]
    fn what_is_no_picture_has_no_preview() {
        let mut cut = picture(100, 100, ImageFormat::Png);
        cut.truncate(60);
        for bytes in [&b""[..], b"%PDF-1.7", &cut, b"GIF89a\x01\0\x01\0\0\0\0;"] {
            assert_eq!(preview(bytes), None);
        }
        // A file that says it is larger than any memory.
        let mut huge = picture(10, 10, ImageFormat::Png);
        huge[16..24].copy_from_slice(&[0, 0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xff]);
        assert_eq!(preview(&huge), None);
    }
}
