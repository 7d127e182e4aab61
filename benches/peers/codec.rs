//! DER: decoding and encoding of whole messages.

use std::hint::black_box;

use kerberos_benches::Messages;
use kerberos_core::wire::{self, EncTicketPart, KdcRep, KdcReq, KrbError};
use picky_krb::messages as picky;
use rasn_kerberos as rasn_krb;

use crate::measure::Case;
use crate::mit::Mit;

type Failure = Box<dyn std::error::Error>;

/// Adds rasn and picky-krb to a decoding, after a check that they take the same bytes.
macro_rules! decoding {
    ($cases:ident, $mit:ident, $op:literal, $bytes:expr, $ours:ty, $rasn:ty, $picky:ty, $c:literal) => {{
        let bytes: &[u8] = $bytes;
        let value = wire::decode::<$ours>(bytes)?;
        same($op, "this project", &wire::encode(&value), bytes)?;
        let other: $rasn = rasn::der::decode(bytes).map_err(|e| e.to_string())?;
        let again = rasn::der::encode(&other).map_err(|e| e.to_string())?;
        same($op, "rasn-kerberos", &again, bytes)?;
        let third: $picky = picky_asn1_der::from_bytes(bytes)?;
        same($op, "picky-krb", &picky_asn1_der::to_vec(&third)?, bytes)?;
        let mut decode = Case::new(concat!("decode ", $op), bytes.len(), || {
            black_box(wire::decode::<$ours>(black_box(bytes)).ok());
        })
        .peer("rasn-kerberos", || {
            black_box(rasn::der::decode::<$rasn>(black_box(bytes)).ok());
        })
        .peer("picky-krb", || {
            black_box(picky_asn1_der::from_bytes::<$picky>(black_box(bytes)).ok());
        });
        let mut encode = Case::new(concat!("encode ", $op), bytes.len(), move || {
            black_box(wire::encode(black_box(&value)));
        })
        .peer("rasn-kerberos", move || {
            black_box(rasn::der::encode(black_box(&other)).ok());
        })
        .peer("picky-krb", move || {
            black_box(picky_asn1_der::to_vec(black_box(&third)).ok());
        });
        if let Some(mit) = $mit {
            let codec = mit.codec($c)?;
            let held = codec.decode(bytes).ok_or("MIT cannot decode it")?;
            same(
                $op,
                "MIT krb5",
                &held.encode().ok_or("MIT cannot encode it")?,
                bytes,
            )?;
            decode = decode.peer("MIT krb5", move || {
                black_box(codec.decode(black_box(bytes)));
            });
            encode = encode.peer("MIT krb5", move || {
                black_box(held.encode_only());
            });
        }
        $cases.push(decode);
        $cases.push(encode);
    }};
}

pub(crate) fn cases<'a>(
    messages: &'a Messages,
    mit: Option<&'a Mit>,
) -> Result<Vec<Case<'a>>, Failure> {
    let mut cases = Vec::new();
    decoding!(
        cases,
        mit,
        "AS-REQ",
        &messages.as_req,
        KdcReq<'a>,
        rasn_krb::AsReq,
        picky::AsReq,
        "as_req"
    );
    decoding!(
        cases,
        mit,
        "AS-REP",
        &messages.as_rep,
        KdcRep<'a>,
        rasn_krb::AsRep,
        picky::AsRep,
        "as_rep"
    );
    decoding!(
        cases,
        mit,
        "TGS-REQ",
        &messages.tgs_req,
        KdcReq<'a>,
        rasn_krb::TgsReq,
        picky::TgsReq,
        "tgs_req"
    );
    decoding!(
        cases,
        mit,
        "TGS-REP",
        &messages.tgs_rep,
        KdcRep<'a>,
        rasn_krb::TgsRep,
        picky::TgsRep,
        "tgs_rep"
    );
    decoding!(
        cases,
        mit,
        "EncTicketPart",
        &messages.enc_ticket_part,
        EncTicketPart<'a>,
        rasn_krb::EncTicketPart,
        picky_krb::data_types::EncTicketPart,
        "enc_tkt_part"
    );
    decoding!(
        cases,
        mit,
        "KRB-ERROR",
        &messages.krb_error,
        KrbError<'a>,
        rasn_krb::KrbError,
        picky::KrbError,
        "error"
    );
    Ok(cases)
}

fn same(op: &str, who: &str, got: &[u8], expected: &[u8]) -> Result<(), Failure> {
    if got == expected {
        Ok(())
    } else {
        Err(format!("{who} re-encodes {op} differently").into())
    }
}
