//! What is counted: each operation once, after it ran a few times.

use std::hint::black_box;

use kerberos_benches::Messages;
use kerberos_core::assigned::{EncryptionType, KeyUsage};
use kerberos_core::crypto::Key;
use kerberos_core::entropy::{Entropy, EntropyUnavailable};
use kerberos_core::wire::{self, EncTicketPart, KdcRep, KdcReq};

use crate::Failure;

/// The operations in the order in which they run.
pub(crate) const NAMES: &[&str] = &[
    "decode AS-REQ",
    "encode AS-REQ",
    "decode AS-REP",
    "encode AS-REP",
    "decode TGS-REQ",
    "encode TGS-REQ",
    "decode EncTicketPart",
    "encode EncTicketPart",
    "seal etype 18",
    "open etype 18",
    "checksum etype 18",
    "seal with a new key etype 18",
];

/// [`begin`] and [`measured`] as callgrind calls them.
pub(crate) const BEGIN: &str = "*operations::begin*";
pub(crate) const MEASURED: &str = "*operations::measured*";

/// Exit status when the crypto would take another path than the one that has ceilings.
pub(crate) const OTHER_PROCESSOR: i32 = 77;

/// Octets that are sealed: an authenticator.
const SIZE: usize = 200;

/// Fills caches of derived keys, of features of the processor, and of freed memory.
const WARM_UP: usize = 3;

/// Confounders cost what the system's source costs, which is not what is counted.
struct Constant;

impl Entropy for Constant {
    fn fill(&self, buf: &mut [u8]) -> Result<(), EntropyUnavailable> {
        buf.fill(0x5c);
        Ok(())
    }
}

/// Where the counters are written and begin anew.
#[inline(never)]
fn begin() {
    black_box(());
}

/// Whose instructions are counted, with those of all that it calls.
#[inline(never)]
fn measured(operation: &dyn Fn()) -> bool {
    operation();
    // Makes that a call which returns here: callgrind does not see the end of a jump.
    black_box(true)
}

/// Runs each operation, the last time inside [`measured`].
pub(crate) fn run() -> Result<(), Failure> {
    if !has_expected_path() {
        std::process::exit(OTHER_PROCESSOR);
    }
    let messages = Messages::make().map_err(|error| format!("{error:?}"))?;
    let as_req: KdcReq<'_> = wire::decode(&messages.as_req)?;
    let as_rep: KdcRep<'_> = wire::decode(&messages.as_rep)?;
    let tgs_req: KdcReq<'_> = wire::decode(&messages.tgs_req)?;
    let part: EncTicketPart<'_> = wire::decode(&messages.enc_ticket_part)?;

    let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    let usage = KeyUsage::AP_REQ_AUTHENTICATOR;
    let material = [0x21; 32];
    let key = Key::new(etype, &material)?;
    let plaintext = [0x77; SIZE];
    let sealed = key.seal(usage, &plaintext, &Constant)?;

    let operations: [&dyn Fn(); 12] = [
        &|| decode::<KdcReq<'_>>(&messages.as_req),
        &|| encode(&as_req),
        &|| decode::<KdcRep<'_>>(&messages.as_rep),
        &|| encode(&as_rep),
        &|| decode::<KdcReq<'_>>(&messages.tgs_req),
        &|| encode(&tgs_req),
        &|| decode::<EncTicketPart<'_>>(&messages.enc_ticket_part),
        &|| encode(&part),
        &|| drop(black_box(key.seal(usage, black_box(&plaintext), &Constant))),
        &|| drop(black_box(key.open(usage, black_box(&sealed)))),
        &|| drop(black_box(key.checksum(usage, black_box(&plaintext)))),
        &|| {
            let key = Key::new(etype, black_box(&material));
            drop(black_box(
                key.and_then(|key| key.seal(usage, &plaintext, &Constant)),
            ));
        },
    ];
    for operation in operations {
        for _ in 0..WARM_UP {
            operation();
        }
        begin();
        black_box(measured(operation));
    }
    Ok(())
}

fn decode<'a, T: wire::Der<'a>>(octets: &'a [u8]) {
    drop(black_box(wire::decode::<T>(black_box(octets))));
}

fn encode<'a>(value: &impl wire::Der<'a>) {
    drop(black_box(wire::encode(black_box(value))));
}

#[cfg(target_arch = "x86_64")]
fn has_expected_path() -> bool {
    std::is_x86_feature_detected!("aes") && std::is_x86_feature_detected!("avx2")
}

#[cfg(not(target_arch = "x86_64"))]
const fn has_expected_path() -> bool {
    false
}
