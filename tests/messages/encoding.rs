//! An encoding that somebody else made, found by its name in a file of `tests/vectors`, and
//! perhaps a part of it.

use kerberos_tests::vectors;
use serde_json::Value;

/// The octets that a reference names: `FILE: NAME`, where a `.FIELD` other than `hex` may follow,
/// and after ` > ` the tags, in hexadecimal, that lead to a part. `30/1` is the second element with
/// tag 0x30. What an OCTET STRING holds is entered like what is constructed.
pub(crate) fn octets(reference: &str) -> Result<Vec<u8>, String> {
    let (whole, tags) = match reference.split_once(" > ") {
        Some((whole, tags)) => (whole, tags),
        None => (reference, ""),
    };
    let (file, name) = whole
        .split_once(": ")
        .ok_or_else(|| format!("{reference} is not FILE: NAME"))?;
    let content = vectors::file(file);
    if !content["provenance"].is_string() {
        return Err(format!("{file} does not say where it comes from"));
    }
    let text = find(&content, name).ok_or_else(|| format!("{file} has no {name}"))?;
    let octets = hex::decode(text).map_err(|error| format!("{name} of {file}: {error}"))?;
    tags.split_whitespace()
        .try_fold(None, |within: Option<&[u8]>, step| {
            let siblings = match within {
                None => &octets[..],
                Some(element) => element_content(element)?,
            };
            child(siblings, step).map(Some)
        })
        .map(|part| part.unwrap_or(&octets).to_vec())
        .ok_or_else(|| format!("{whole} has nothing under {tags}"))
}

fn find<'a>(content: &'a Value, name: &str) -> Option<&'a str> {
    if let Some(text) = content[name].as_str() {
        return Some(text);
    }
    let lists = content.as_object()?.values().filter_map(Value::as_array);
    let named = |name: &str, field: &str| {
        lists
            .clone()
            .flatten()
            .find(|row| row["name"] == name)?
            .get(field)?
            .as_str()
    };
    named(name, "hex").or_else(|| {
        let (name, field) = name.rsplit_once('.')?;
        named(name, field)
    })
}

/// The first octets of `bytes`, as one element.
fn element(bytes: &[u8]) -> Option<&[u8]> {
    let (header, length) = lengths(bytes)?;
    bytes.get(..header.checked_add(length)?)
}

fn element_content(element: &[u8]) -> Option<&[u8]> {
    let (header, _) = lengths(element)?;
    element.get(header..)
}

/// The lengths of an element's header and content (X.690 §8.1.3).
fn lengths(bytes: &[u8]) -> Option<(usize, usize)> {
    let first = usize::from(*bytes.get(1)?);
    if first < 0x80 {
        return Some((2, first));
    }
    let count = first - 0x80;
    let octets = bytes.get(2..2 + count)?;
    let length = octets
        .iter()
        .fold(0, |length, octet| length << 8 | usize::from(*octet));
    Some((2 + count, length))
}

fn child<'a>(mut siblings: &'a [u8], step: &str) -> Option<&'a [u8]> {
    let (tag, index) = step.split_once('/').unwrap_or((step, "0"));
    let tag = u8::from_str_radix(tag, 16).ok()?;
    let mut index: usize = index.parse().ok()?;
    while !siblings.is_empty() {
        let found = element(siblings)?;
        siblings = &siblings[found.len()..];
        if found.first() == Some(&tag) {
            match index.checked_sub(1) {
                None => return Some(found),
                Some(left) => index = left,
            }
        }
    }
    None
}

#[test]
fn a_part_is_found_by_the_tags_around_it() {
    let part = |reference: &str| octets(reference).map(hex::encode);
    let usec = "mit_encodings.json: pa_enc_ts > 30 a1 02";
    assert_eq!(part(usec).as_deref(), Ok("020301e240"));
    let second = "mit_encodings.json: authorization_data > 30 30/1 a1 04";
    assert_eq!(part(second).as_deref(), Ok("0406666f6f626172"));
    for wrong in [
        "mit_encodings.json: no such name",
        "mit_encodings.json: pa_enc_ts > 30 a2",
        "mit_encodings.json: authorization_data > 30 30/2",
        "mit_encodings.json",
    ] {
        assert!(part(wrong).is_err(), "{wrong}");
    }
}
