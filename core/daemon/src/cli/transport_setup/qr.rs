//! A QR code in the terminal: two modules in a character, light ones drawn, as terminals are mostly dark.

use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around the code.
const QUIET: i32 = 4;

/// The code as lines; `None` if the text does not fit.
pub(super) fn draw(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let is_light = |x: i32, y: i32| !code.get_module(x, y);
    let mut out = String::new();
    let end = code.size() + QUIET;
    let mut y = -QUIET;
    while y < end {
        for x in -QUIET..end {
            // Below an odd last row there is nothing to draw.
            out.push(match (is_light(x, y), y + 1 < end && is_light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        out.push('\n');
        y += 2;
    }
    Some(out.trim_end_matches('\n').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_finders_and_is_square() {
        let drawn = draw("https://threema.id/*ABCDEFG?text=START").unwrap();
        let rows: Vec<Vec<char>> = drawn.lines().map(|line| line.chars().collect()).collect();
        let width = rows[0].len();
        assert!(rows.iter().all(|row| row.len() == width));
        assert_eq!(rows.len(), width.div_ceil(2));
        // The first row of a finder is seven dark modules; the one below has light ones inside.
        let finder: String = rows[2][4..11].iter().collect();
        assert_eq!(finder, " ▄▄▄▄▄ ");
        assert!(draw(&"x".repeat(4_000)).is_none());
    }
}
