//! RFC 6806: referrals.

use kerberos_core::assigned::{AuthorizationDataType, ChecksumType};
use kerberos_core::flags::{KdcOptions, TicketFlags};
use kerberos_core::wire::{
    AdKdcIssued, AdLoginAlias, AuthorizationDataElement, AuthorizationDataValue, Checksum, Exact,
    List, PaSvrReferralData, encode,
};

use crate::encodings::{exactly, message, refusal};

/// RFC 6806 §3, §11
#[test]
fn bits_of_canonicalization() {
    assert_eq!(KdcOptions::CANONICALIZE.bits(), 0x0001_0000);
    assert_eq!(TicketFlags::ENC_PA_REP.bits(), 0x0001_0000);
}

/// RFC 6806 §6: inside what the KDC vouches for.
#[test]
fn other_names_of_a_client() {
    let octets = message("AD-LOGIN-ALIAS");
    let alias: AdLoginAlias<'_> = exactly(&octets);
    let ad_type = AuthorizationDataType::LOGIN_ALIAS;
    let ad_data = &*octets;
    let element = AuthorizationDataElement { ad_type, ad_data };
    let read = AuthorizationDataValue::LoginAlias(alias.clone());
    assert_eq!(element.value(), Ok(read));
    let realm = "CONTOSO.COM".into();
    let names = alias.login_aliases.iter();
    let names = names.map(|name| name.to_principal(realm).unwrap().to_string());
    let expected = ["alice.smith@CONTOSO.COM", "alice\\@contoso.com@CONTOSO.COM"];
    assert_eq!(names.collect::<Vec<_>>(), expected);

    let elements = encode(&List::of(&[element]));
    let issued = encode(&AdKdcIssued {
        ad_checksum: Checksum {
            cksumtype: ChecksumType::HMAC_SHA1_96_AES256,
            checksum: &[0; 12],
        },
        i_realm: None,
        i_sname: None,
        elements: Exact::decode(&elements).unwrap(),
    });
    let outer = [AuthorizationDataElement {
        ad_type: AuthorizationDataType::KDC_ISSUED,
        ad_data: &issued,
    }];
    let leaf = List::of(&outer).leaf(ad_type).unwrap().unwrap();
    assert!(leaf.kdc_issued);
    assert_eq!(leaf.element.ad_data, ad_data);
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
