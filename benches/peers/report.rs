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

/// Where the table stands in the README.
const BEGIN: &str = "<!-- begin: written by the peers bench -->";
const END: &str = "<!-- end -->";

/// `readme` with its table replaced by one of these rows; `None` when it has no place for one.
pub(crate) fn with_table(readme: &str, rows: &[Row]) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let mut table = String::from("| operation | bytes | ours | allocations |");
    let mut peers: Vec<&str> = Vec::new();
    for row in rows {
        if !peers.contains(&row.peer) {
            peers.push(row.peer);
            let _ = write!(table, " {} |", row.peer);
        }
    }
    let _ = write!(
        table,
        "\n|---|---:|---:|---:|{}\n",
        "---:|".repeat(peers.len())
    );
    let mut rest = rows;
    while let Some(first) = rest.first() {
        let same = |row: &&Row| row.op == first.op && row.bytes == first.bytes;
        let count = rest.iter().take_while(same).count();
        let (these, others) = rest.split_at(count);
        let (op, bytes) = (&first.op, first.bytes);
        let ours = duration(first.ours_ns);
        let _ = write!(table, "| {op} | {bytes} | {ours} | {} |", first.ours_allocs);
        for peer in &peers {
            let cell = these
                .iter()
                .find(|row| row.peer == *peer)
                .map_or_else(String::new, |row| {
                    format!("{} ({:.1}×)", duration(row.peer_ns), row.ratio)
                });
            let _ = write!(table, " {cell} |");
        }
        table.push('\n');
        rest = others;
    }
    Some(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}

fn duration(ns: f64) -> String {
    match ns {
        ns if ns < 10_000.0 => format!("{ns:.0} ns"),
        ns if ns < 10_000_000.0 => format!("{:.1} µs", ns / 1e3),
        ns => format!("{:.1} ms", ns / 1e6),
    }
}

const BAR: usize = 16;
const LEFT: usize = 360;
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
