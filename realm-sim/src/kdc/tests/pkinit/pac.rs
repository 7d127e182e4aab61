//! What the PAC says of a logon by certificate.

use kerberos_core::assigned::EncryptionType;
use kerberos_core::flags::KdcOptions;
use kerberos_core::pac::{CredentialData, CredentialsInfo, Pac, Sid};
use kerberos_core::wire::{EncTicketPart, Ticket};

use super::*;
use crate::forest::KeySet;
use crate::kdc::tests::{Held, TgsAsk, alices_tgt, opened};

/// A password with the hash that [MS-NLMP] §4.2.2.1.2 has as an example for it.
const PASSWORD: &str = "Password";
const NT_HASH: [u8; 16] = [
    0xa4, 0xf4, 0x9c, 0x40, 0x65, 0x10, 0xbd, 0xca, 0xb6, 0x82, 0x4e, 0xe7, 0xc3, 0x0f, 0xd8, 0x52,
];

fn pac_of(held: &Held, keys: &KeySet) -> Pac {
    let plain = opened(held, keys);
    pac_in(&plain)
}

fn pac_in(plain: &[u8]) -> Pac {
    let part: EncTicketPart<'_> = wire::decode(plain).unwrap();
    Pac::of_ticket(&part).unwrap().expect("a PAC")
}

fn has_sid(pac: &Pac, sid: Sid) -> bool {
    let sids = pac.logon_info().unwrap().sids();
    sids.iter().any(|entry| entry.sid == sid)
}

/// A realm whose dave has that password, and a key of encryption type 23.
fn with_dave(maker: &Maker, adjust: impl FnOnce(ForestBuilder) -> ForestBuilder) -> Forest {
    maker.forest_with(
        |_| {},
        |builder| {
            adjust(builder.user_with("dave@CONTOSO.COM", PASSWORD, |entry| {
                entry.etypes = Some(vec![18, 23]);
            }))
        },
    )
}

fn daves(maker: &Maker, forest: &Forest) -> Card {
    maker.issue(|params| {
        set_names(params, &upn("dave@contoso.com"));
        set_sid(params, &sid_of(forest, "dave"));
    })
}

/// The PAC of a ticket from user to user.
fn pac_under(held: &Held, session_key: &Key) -> Pac {
    let ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
    let cipher = ticket.enc_part.cipher;
    pac_in(&session_key.open(KeyUsage::TICKET, cipher).unwrap())
}

/// [MS-PKCA] §3.1.5.2, [MS-PAC] §2.6.1, §2.6.4
#[cfg(feature = "rc4-hmac")]
#[test]
fn who_has_no_password_gets_its_hash_sealed() {
    let maker = Maker::new();
    let forest = with_dave(&maker, |builder| builder);
    let (card, dave) = (daves(&maker, &forest), in_contoso("dave"));
    let krbtgt = forest.domain(&contoso()).unwrap().krbtgt().unwrap();
    let (tgt, reply_key) = CertAsk::alice(&card).named(&dave).held(&forest);

    let hash = |pac: &Pac| {
        let info: CredentialsInfo = pac.content().unwrap()?;
        assert_eq!(info.etype, EncryptionType::AES256_CTS_HMAC_SHA1_96);
        let data = CredentialData::decode(&info.open(&reply_key).unwrap()).unwrap();
        assert_eq!(data.credentials.len(), 1);
        data.ntlm().unwrap().unwrap().nt
    };
    assert_eq!(hash(&pac_of(&tgt, krbtgt.keys())), Some(NT_HASH));

    // Into a ticket for somebody else it does not go, to oneself it does.
    let web = TgsAsk::of(&tgt, &in_contoso("HTTP/web.contoso.com")).held(&forest);
    let account = forest.domain(&contoso()).unwrap().account("WEB$").unwrap();
    assert_eq!(hash(&pac_of(&web, account.keys())), None);
    let to_self = |forest: &Forest, tgt: &Held| {
        let mut ask = TgsAsk::of(tgt, &dave);
        ask.body.options = ask.body.options.with(KdcOptions::ENC_TKT_IN_SKEY);
        ask.body.tickets = vec![tgt.ticket.clone()];
        pac_under(&ask.held(forest), &tgt.session_key)
    };
    assert_eq!(hash(&to_self(&forest, &tgt)), Some(NT_HASH));

    // A choice (P02).
    let forest = with_dave(&maker, |builder| {
        builder.assumptions(|a| a.credentials_from_user_to_user = false)
    });
    let card = daves(&maker, &forest);
    let (tgt, _) = CertAsk::alice(&card).named(&dave).held(&forest);
    let info: Option<CredentialsInfo> = to_self(&forest, &tgt).content().unwrap();
    assert_eq!(info, None);
}

/// [MS-PAC] §2.6.1: only with PKINIT, and only what there is.
#[test]
fn who_shows_a_password_or_has_no_hash_gets_none() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let krbtgt = forest.domain(&contoso()).unwrap().krbtgt().unwrap();
    let (by_card, _) = CertAsk::alice(&maker.alices(&forest)).held(&forest);
    for tgt in [alices_tgt(&forest), by_card] {
        let pac = pac_of(&tgt, krbtgt.keys());
        assert_eq!(pac.content::<CredentialsInfo>().unwrap(), None);
        assert!(has_sid(&pac, Sid::AUTHENTICATION_AUTHORITY_ASSERTED));
        assert!(!has_sid(&pac, Sid::FRESH_PUBLIC_KEY_IDENTITY));
    }
}

/// A choice (P03).
#[test]
fn a_fresh_key_is_told_by_a_sid() {
    let maker = Maker::new();
    for told in [true, false] {
        let forest = maker.forest_with(
            |_| {},
            |builder| builder.assumptions(|a| a.fresh_key_sid = told),
        );
        let krbtgt = forest.domain(&contoso()).unwrap().krbtgt().unwrap();
        let card = maker.alices(&forest);
        let mut ask = CertAsk::alice(&card);
        ask.token = token(&forest, NOW);
        let (tgt, _) = ask.held(&forest);
        let pac = pac_of(&tgt, krbtgt.keys());
        assert!(has_sid(&pac, Sid::AUTHENTICATION_AUTHORITY_ASSERTED));
        assert_eq!(has_sid(&pac, Sid::FRESH_PUBLIC_KEY_IDENTITY), told);
    }
}
