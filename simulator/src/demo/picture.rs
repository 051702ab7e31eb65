//! A picture of the report, as a terminal shows it.

use std::fmt::Write;

/// The height of a line and the width of a character, in pixels, for a font of 13 pixels.
const LINE: usize = 18;
const CHARACTER: usize = 8;
/// The margin in pixels.
const MARGIN: usize = 16;

/// The text as SVG: headings are bright, accounts that do not agree are red.
pub(super) fn svg(text: &str) -> String {
    let lines: Vec<&str> = text.trim().lines().collect();
    let columns = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let width = columns * CHARACTER + 2 * MARGIN;
    let height = lines.len() * LINE + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, \
         monospace\" font-size=\"13\" fill=\"#c9d1d9\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#0d1117\"/>\n"
    );
    for (index, line) in lines.iter().enumerate() {
        let is_heading = lines.get(index + 1).is_some_and(|next| next.starts_with("---"));
        let fill = match line {
            line if line.starts_with("!!") => " fill=\"#ff7b72\"",
            line if line.starts_with("---") => " fill=\"#484f58\"",
            _ if is_heading => " fill=\"#79c0ff\" font-weight=\"bold\"",
            _ => "",
        };
        let line = line.replace('&', "&amp;").replace('<', "&lt;");
        let y = MARGIN + (index + 1) * LINE - LINE / 4;
        // Writing to a String does not fail.
        let _ = writeln!(svg, "<text x=\"{MARGIN}\" y=\"{y}\" xml:space=\"preserve\"{fill}>{line}</text>");
    }
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_in_the_picture_and_nothing_in_it_is_markup() {
        let svg = svg("\nA day\n-----\n!! 1 < 2 & more\n");
        assert_eq!(svg.matches("<text").count(), 3);
        assert!(svg.contains("#ff7b72\">!! 1 &lt; 2 &amp; more</text>"), "{svg}");
        assert!(svg.contains("font-weight=\"bold\">A day</text>"), "{svg}");
    }
}
