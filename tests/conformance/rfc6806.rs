//! RFC 6806: referrals.

use kerberos_core::flags::{KdcOptions, TicketFlags};
use kerberos_core::wire::PaSvrReferralData;

use crate::encodings::{exactly, message, refusal};

/// RFC 6806 §3, §11
#[test]
fn bits_of_canonicalization() {
    assert_eq!(KdcOptions::CANONICALIZE.bits(), 0x0001_0000);
    assert_eq!(TicketFlags::ENC_PA_REP.bits(), 0x0001_0000);
}

/// RFC 6806 §A: the name under tag 1 stands before the realm under tag 0.
#[test]
fn the_referral_data_of_windows_2000() {
    let bytes = message("PA-SVR-REFERRAL-DATA");
    let data: PaSvrReferralData<'_> = exactly(&bytes);
    let name = data
        .referred_name
        .unwrap()
        .to_principal(data.referred_realm);
    assert_eq!(name.unwrap().to_string(), "cifs/files@FABRIKAM.COM");
    let (name, realm) = bytes[2..].split_at(26);
    let swapped = [&bytes[..2], realm, name].concat();
    let error = refusal::<PaSvrReferralData<'_>>(&swapped);
    assert_eq!(error.type_name(), "PA-SVR-REFERRAL-DATA");
}
