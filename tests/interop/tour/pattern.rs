//! Text in which `…` stands for anything.

const ANYTHING: &str = "…";

/// Whether `text` is what `pattern` says, but for white space at the ends of lines and blank lines
/// around it. `…` on a line of its own stands for any lines, even none, and within a line for any
/// part of it.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<_> = pattern.trim().lines().map(str::trim_end).collect();
    let text: Vec<_> = text.trim().lines().map(str::trim_end).collect();
    lines_match(&pattern, &text)
}

fn lines_match(pattern: &[&str], text: &[&str]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [first, rest @ ..] if first.trim() == ANYTHING => {
            (0..=text.len()).any(|skipped| lines_match(rest, &text[skipped..]))
        }
        [first, rest @ ..] => text
            .split_first()
            .is_some_and(|(line, others)| line_matches(first, line) && lines_match(rest, others)),
    }
}

fn line_matches(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split(ANYTHING);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn only_what_is_left_open_may_differ() {
    assert!(matches("a\nb … d\n…\nz", "a  \nb c d\n1\n2\nz\n"));
    assert!(matches("a\n…\nz", "a\nz"));
    assert!(matches("…", ""));
    for other in ["a\nb d\nz", "a\nb c\nz", "b c d\nz", "a\nb c d\nz\nmore"] {
        assert!(!matches("a\nb … d\n…\nz", other), "{other}");
    }
}
