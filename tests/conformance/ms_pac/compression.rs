//! Claims as Windows sends many of them: in LZ77 with Huffman coding ([MS-XCA] §2.1.4).

use kerberos_core::pac::{
    Claim, ClaimValues, Claims, ClaimsArray, ClaimsSet, ClaimsSource, CompressionFormat,
    MAX_CLAIMS, PacBufferType, PacError, PacFault,
};

/// A writer of the compressed form. Every symbol has a code of nine bits, which is the symbol.
struct Compressor {
    out: Vec<u8>,
    /// Where the word being filled goes, and the one after it.
    words: [usize; 2],
    word: u32,
    free: u32,
}

impl Compressor {
    fn begin(mut out: Vec<u8>) -> Self {
        out.extend([0x99; 256]);
        let words = [out.len(), out.len() + 2];
        out.extend([0; 4]);
        Self {
            out,
            words,
            word: 0,
            free: 16,
        }
    }

    fn flush(&mut self) {
        let word = u16::try_from(self.word & 0xffff).unwrap();
        self.out[self.words[0]..][..2].copy_from_slice(&word.to_le_bytes());
    }

    fn bits(&mut self, count: u32, value: u32) {
        for at in (0..count).rev() {
            if self.free == 0 {
                self.flush();
                self.words = [self.words[1], self.out.len()];
                self.out.extend([0; 2]);
                self.free = 16;
            }
            self.word = self.word << 1 | (value >> at & 1);
            self.free -= 1;
        }
    }

    fn end(mut self) -> Vec<u8> {
        self.word <<= self.free;
        self.flush();
        self.out
    }
}

/// `data`, compressed: blocks of 65536 bytes with matches of up to `reach` bytes.
fn compress(data: &[u8], reach: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < data.len() {
        let block = data.len().min(at + 65536);
        let mut to = Compressor::begin(out);
        while at < block {
            let earlier = (1..=at.min(300)).map(|distance| {
                let limit = reach.min(block - at);
                let same = (0..limit)
                    .take_while(|i| data[at + i] == data[at + i - distance])
                    .count();
                (same, distance)
            });
            match earlier.max_by_key(|(same, _)| *same) {
                Some((length, distance)) if length >= 3 => {
                    at += length;
                    let width = distance.ilog2();
                    let short = (length - 3).min(15);
                    to.bits(9, 256 + 16 * width + u32::try_from(short).unwrap());
                    if length - 3 >= 15 {
                        match u8::try_from(length - 3 - 15) {
                            Ok(more) if more < 255 => to.out.push(more),
                            _ => {
                                to.out.push(255);
                                let whole = u16::try_from(length - 3).unwrap();
                                to.out.extend(whole.to_le_bytes());
                            }
                        }
                    }
                    to.bits(width, u32::try_from(distance).unwrap() - (1 << width));
                }
                _ => {
                    to.bits(9, data[at].into());
                    at += 1;
                }
            }
        }
        out = to.end();
    }
    out
}

fn set(texts: Vec<String>) -> ClaimsSet {
    ClaimsSet {
        arrays: vec![ClaimsArray {
            source: ClaimsSource::DIRECTORY,
            claims: vec![Claim {
                id: "ad://ext/department:88d5d9085ea5c0c0".into(),
                values: ClaimValues::Text(texts),
            }],
        }],
        ..ClaimsSet::default()
    }
}

fn compressed(set: &ClaimsSet, reach: usize) -> Claims {
    let plain = Claims::of(set).unwrap();
    Claims {
        compression: CompressionFormat::XPRESS_HUFF,
        octets: compress(&plain.octets, reach),
        ..plain
    }
}

/// [MS-ADTS] §2.2.18.4, §2.2.18.8
#[test]
fn compressed_claims_are_read() {
    let many: Vec<_> = (0..40).map(|n| format!("Department {}", n * n)).collect();
    let long = vec!["Finanzen".repeat(200), "営業".repeat(3), "x".repeat(60_000)];
    for texts in [vec!["Sales".to_owned()], many, long] {
        let set = set(texts);
        for reach in [0, 3, 17, 18, 272, 273, 30_000] {
            let claims = compressed(&set, reach);
            let octets = claims.encode().unwrap();
            let read = Claims::decode(&octets, PacBufferType::CLIENT_CLAIMS).unwrap();
            assert_eq!(read.set().as_ref(), Ok(&set), "{reach}");
            assert_eq!(read, claims, "they can be passed on");
        }
    }
}

/// [MS-ADTS] §2.2.18.8: the size that is said is the size there is, and within bounds.
#[test]
fn the_size_is_held_to() {
    let claims = compressed(&set(vec!["Sales".repeat(30)]), 18);
    let sized = |uncompressed_size| {
        let claims = Claims {
            uncompressed_size,
            ..claims.clone()
        };
        claims.set()
    };
    assert!(sized(claims.uncompressed_size).is_ok());
    for other in [0, 1, claims.uncompressed_size - 1, 1 << 20] {
        assert!(sized(other).is_err(), "{other}");
    }
    let fault = |size| match sized(size) {
        Err(PacError::Malformed { fault, .. }) => fault,
        other => panic!("{other:?}"),
    };
    let limit = MAX_CLAIMS;
    let most = u32::try_from(limit).unwrap();
    assert_eq!(fault(most + 1), PacFault::TooLarge { limit });
    assert_eq!(fault(u32::MAX), PacFault::TooLarge { limit });
    assert_ne!(fault(most), PacFault::TooLarge { limit });
    // Formats that Windows does not use here are kept and named.
    let format = CompressionFormat::XPRESS;
    let kept = Claims {
        compression: format,
        ..claims
    };
    assert_eq!(kept.set(), Err(PacError::Compressed { format }));
    let error = kept.set().unwrap_err().to_string();
    assert_eq!(error, "PAC claims are compressed with XPRESS (3)");
}
