//! What people and programs read.

use std::fmt::Write;

use crate::measure::Row;

/// Prints the rows of one operation.
pub(crate) fn print(rows: &[Row]) {
    let Some(first) = rows.first() else { return };
    println!(
        "{:<32} {:>7} B {:>12.0} ns {:>3} allocs",
        first.op, first.bytes, first.ours_ns, first.ours_allocs
    );
    for row in rows {
        println!(
            "    {:<38} {:>12.0} ns {:>8.2}x",
            row.peer, row.peer_ns, row.ratio
        );
    }
}

const BAR: usize = 16;
const LEFT: usize = 330;
const WIDTH: f64 = 520.0;

/// A bar for each ratio on a logarithmic scale; right of the line we are faster.
pub(crate) fn svg(rows: &[Row]) -> String {
    let top = rows
        .iter()
        .map(|row| row.ratio)
        .fold(10.0, f64::max)
        .log10();
    let height = rows.len() * BAR + 50;
    let x = |ratio: f64| (ratio.max(0.1).log10() + 1.0) / (top + 1.0) * WIDTH;
    let mut out = String::new();
    let total = LEFT as f64 + WIDTH + 60.0;
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{total}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"11\"><rect width=\"100%\" height=\"100%\" \
         fill=\"white\"/><text x=\"10\" y=\"18\" font-size=\"13\">Time of the peer divided by \
         ours (logarithmic)</text>"
    );
    for (index, row) in rows.iter().enumerate() {
        let y = index * BAR + 30;
        let (from, to) = (x(1.0).min(x(row.ratio)), x(1.0).max(x(row.ratio)));
        let colour = if row.ratio >= 1.0 { "#2a7" } else { "#c43" };
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}, {} B vs {}</text><rect x=\"{:.1}\" \
             y=\"{y}\" width=\"{:.1}\" height=\"{}\" fill=\"{colour}\"/><text x=\"{:.1}\" \
             y=\"{}\">{:.1}x</text>",
            LEFT - 8,
            y + 11,
            row.op,
            row.bytes,
            row.peer,
            LEFT as f64 + from,
            (to - from).max(1.0),
            BAR - 4,
            LEFT as f64 + to + 4.0,
            y + 11,
            row.ratio
        );
    }
    let line = LEFT as f64 + x(1.0);
    let _ = writeln!(
        out,
        "<line x1=\"{line:.1}\" x2=\"{line:.1}\" y1=\"26\" y2=\"{height}\" stroke=\"#333\"/></svg>"
    );
    out
}
