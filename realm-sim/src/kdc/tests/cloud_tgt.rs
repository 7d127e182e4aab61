//! Cloud TGTs: their shape, who gets one, and what the Entra realm makes of it.

use kerberos_core::pac::{LogonInfo, Pac, PacContent, Sid, VerifiedPac};
use kerberos_core::wire::EtypeInfo2Entry;

use super::*;
use crate::assumptions::CloudOnlySid;
use crate::kdc::{CloudTgt, CloudTgtError, Directory};
use crate::topology::{TrustDirection, TrustEntry};

const UPN: &str = "alice@contoso.com";
const CAROL: &str = "carol@contoso.onmicrosoft.com";
const FILES: &str = "cifs/contosofiles.file.core.windows.net";
const OPAQUE: EncryptionType = EncryptionType::new(-1);

fn issue(forest: &Forest, upn: &str) -> CloudTgt {
    forest.cloud_tgt(TENANT, upn, NOW).unwrap()
}

fn refusal(forest: &Forest, upn: &str) -> CloudTgtError {
    forest.cloud_tgt(TENANT, upn, NOW).unwrap_err()
}

fn with_label(label: i32) -> Forest {
    demo_with(|builder| builder.assumptions(|switches| switches.cloud_tgt_etype = label))
}

fn with_carol(layout: CloudOnlySid) -> Forest {
    demo_with(|builder| {
        builder
            .cloud_user(TENANT, CAROL, |user| user.display_name = "Carol".into())
            .cloud_user(TENANT, "guest@fabrikam.com", |user| user.guest = true)
            .cloud_user(TENANT, "gone@contoso.com", |user| user.disabled = true)
            .assumptions(|switches| switches.cloud_only_sid = layout)
    })
}

/// The PAC of a service ticket, as the service verifies it.
fn service_pac(forest: &Forest, held: &Held) -> VerifiedPac {
    let keys = forest.account(&held.service).unwrap().keys().clone();
    let plain = opened(held, &keys);
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let pac = Pac::of_ticket(&part).unwrap().expect("a PAC");
    pac.verify(keys.preferred(), None).unwrap()
}

fn content<T: PacContent>(pac: &VerifiedPac) -> T {
    pac.content().unwrap().expect("the buffer")
}

#[test]
fn the_reply_has_the_shape_of_a_real_one() {
    for label in [18, -1] {
        let tgt = issue(&with_label(label), UPN);
        assert_eq!(tgt.reply.first(), Some(&0x6b), "an AS-REP");
        let rep: KdcRep<'_> = wire::decode(&tgt.reply).unwrap();
        assert!(rep.padata.is_none());
        assert_eq!(rep.crealm.0, b"KERBEROS.MICROSOFTONLINE.COM");
        let cname = wire::encode(&rep.cname);
        // NT-PRINCIPAL with one component, the whole userPrincipalName.
        let mut expected = vec![
            0x30, 0x1c, 0xa0, 3, 2, 1, 1, 0xa1, 0x15, 0x30, 0x13, 0x1b, 0x11,
        ];
        expected.extend_from_slice(UPN.as_bytes());
        assert_eq!(cname, expected);

        let ticket: Ticket<'_> = wire::decode(rep.ticket.octets()).unwrap();
        assert_eq!(ticket.realm.0, b"KERBEROS.MICROSOFTONLINE.COM");
        let sname = ticket.sname.to_principal(ticket.realm).unwrap();
        assert_eq!(sname, Principal::krbtgt(&cloud(), &cloud()));
        assert_eq!(wire::encode(&ticket.sname)[6], 2, "NT-SRV-INST");
        assert_eq!(ticket.enc_part.etype, EncryptionType::new(label));
        let kvno = (label == 18).then_some(Kvno::new(1));
        assert_eq!(ticket.enc_part.kvno, kvno);
        assert!(ticket.enc_part.cipher.len() > 1000, "with a PAC");

        assert_eq!(rep.enc_part.etype, AES256);
        assert_eq!(rep.enc_part.kvno, None);
        let key = &tgt.client_key;
        assert_eq!((key.etype(), key.expose_material().len()), (AES256, 32));
        let plain = key.open(KeyUsage::AS_REP, rep.enc_part.cipher).unwrap();
        assert_eq!(plain.first(), Some(&0x79), "[APPLICATION 25]");
        let part: EncKdcRepPart<'_> = wire::decode(&plain).unwrap();
        assert_eq!(part.nonce, 0);
        assert_eq!(part.key.keytype, AES256);
        assert_eq!(part.flags.bits(), 0x4081_0000);
        let last: Vec<_> = part.last_req.iter().collect();
        assert_eq!(last.len(), 1);
        assert_eq!((last[0].lr_type, last[0].lr_value), (0, NOW.time()));
        assert!(part.key_expiration.is_none());
        assert_eq!(part.authtime, NOW.time());
        let life = part.endtime.since(part.authtime);
        assert_eq!(life, Duration::from_secs(10 * 3600));
        let renew = part.renew_till.unwrap().since(part.authtime);
        assert_eq!(renew, Duration::from_secs(7 * 24 * 3600));
        assert!(part.caddr.is_some_and(|addresses| addresses.is_empty()));
        assert!(plain.windows(4).any(|octets| octets == [0xab, 2, 0x30, 0]));
        let padata: Vec<_> = part.encrypted_pa_data.unwrap().iter().collect();
        assert_eq!(padata.len(), 1);
        assert_eq!(padata[0].padata_type, PaDataType::new(165));
        assert_eq!(padata[0].padata_value, [0x10, 0, 0, 0]);
    }
}

#[test]
fn every_tgt_has_a_client_key_of_its_own() {
    let forest = demo();
    let keys = [issue(&forest, UPN), issue(&forest, UPN)].map(|tgt| tgt.client_key);
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn the_tgt_gets_service_tickets_for_an_hour_whatever_its_label() {
    for label in [18, -1] {
        let forest = with_label(label);
        let tgt = Held::delivered(&issue(&forest, UPN));
        for service in [FILES, SQL] {
            let got = TgsAsk::of(&tgt, &in_cloud(service)).held(&forest);
            assert_eq!(got.client, tgt.client);
            assert_eq!(got.flags.bits(), 0x4000_0000);
            let life = got.times.endtime.since(NOW.time());
            assert_eq!(life, Duration::from_secs(3600));
            assert_eq!(got.times.renew_till, None);
        }
    }
}

#[test]
fn a_service_ticket_names_the_user_by_the_sid_of_the_domain() {
    let forest = demo();
    let tgt = Held::delivered(&issue(&forest, UPN));
    let got = TgsAsk::of(&tgt, &in_cloud(FILES)).held(&forest);
    let pac = service_pac(&forest, &got);
    let logon: LogonInfo = content(&pac);
    let domain = forest.domain(&contoso()).unwrap();
    let alice = domain.account("alice").unwrap();
    assert_eq!(logon.user_sid(), domain.sid_of(&alice));
    let groups: Vec<_> = logon.groups.iter().map(|g| g.relative_id).collect();
    assert_eq!(groups, [513]);
    let kinds: Vec<_> = pac.pac().buffers().map(|(kind, _)| kind.number()).collect();
    assert_eq!(kinds, [1, 6, 7, 10, 12, 16, 19]);
}

/// Switch H24.
#[test]
fn the_signatures_of_ticket_and_pac_may_be_missing() {
    let forest = demo_with(|b| b.assumptions(|a| a.entra_full_signatures = false));
    let tgt = Held::delivered(&issue(&forest, UPN));
    let got = TgsAsk::of(&tgt, &in_cloud(FILES)).held(&forest);
    let pac = service_pac(&forest, &got);
    let kinds: Vec<_> = pac.pac().buffers().map(|(kind, _)| kind.number()).collect();
    assert_eq!(kinds, [1, 6, 7, 10, 12]);
    // Those of a domain stay.
    let tgt = alices_tgt(&forest);
    let web = TgsAsk::of(&tgt, &in_contoso(WEB)).held(&forest);
    let pac = service_pac(&forest, &web);
    assert!(pac.pac().buffers().any(|(kind, _)| kind.number() == 19));
}

/// Switches H30 and H31.
#[test]
fn the_reply_may_have_a_nonce_and_padata() {
    let forest =
        demo_with(|b| b.assumptions(|a| (a.unasked_nonce, a.unasked_padata) = (4711, true)));
    let tgt = issue(&forest, UPN);
    let rep: KdcRep<'_> = wire::decode(&tgt.reply).unwrap();
    let padata: Vec<_> = rep.padata.as_ref().unwrap().iter().collect();
    assert_eq!(padata.len(), 1);
    assert_eq!(padata[0].padata_type, PaDataType::ETYPE_INFO2);
    let info: List<'_, EtypeInfo2Entry<'_>> = wire::decode(padata[0].padata_value).unwrap();
    let etypes: Vec<_> = info.iter().map(|entry| entry.etype).collect();
    assert_eq!(etypes, [AES256]);
    let plain = tgt.client_key.open(KeyUsage::AS_REP, rep.enc_part.cipher);
    let plain = plain.unwrap();
    let part: EncKdcRepPart<'_> = wire::decode(&plain).unwrap();
    assert_eq!(part.nonce, 4711);
}

#[test]
fn a_user_of_the_cloud_only_has_a_sid_of_its_kind() {
    for layout in [CloudOnlySid::Extra, CloudOnlySid::Split] {
        let forest = with_carol(layout);
        let sid = forest.tenant(TENANT).unwrap().user(CAROL).unwrap().sid;
        assert!(sid.to_string().starts_with("S-1-12-1-"), "{sid}");
        assert_eq!(sid.sub_authorities().len(), 5);
        let tgt = Held::delivered(&issue(&forest, "CAROL@Contoso.OnMicrosoft.com"));
        assert_eq!(tgt.client, in_cloud("carol\\@contoso.onmicrosoft.com"));
        let got = TgsAsk::of(&tgt, &in_cloud(FILES)).held(&forest);
        let logon: LogonInfo = content(&service_pac(&forest, &got));
        let prefix: Sid = "S-1-12-1".parse().unwrap();
        if layout == CloudOnlySid::Extra {
            assert_eq!((logon.logon_domain_id, logon.user_id), (Some(prefix), 0));
            assert!(logon.extra_sids.iter().any(|extra| extra.sid == sid));
        } else {
            assert_eq!(logon.user_sid(), Some(sid));
        }
        assert_eq!(logon.full_name, "Carol");
        // The same one after a restart.
        let again = with_carol(layout);
        let again = again.tenant(TENANT).unwrap().user(CAROL).unwrap();
        assert_eq!(again.sid, sid);
    }
}

#[test]
fn who_may_not_gets_none() {
    let forest = with_carol(CloudOnlySid::Extra);
    let unknown = |upn: &str| CloudTgtError::UnknownUser { upn: upn.into() };
    for upn in [
        "nobody@contoso.com",
        "alice",
        "DC01$@contoso.com",
        "krbtgt@contoso.com",
    ] {
        assert_eq!(refusal(&forest, upn), unknown(upn));
    }
    let guest = refusal(&forest, "guest@fabrikam.com");
    assert!(matches!(guest, CloudTgtError::Guest { .. }), "{guest}");
    let gone = refusal(&forest, "gone@contoso.com");
    assert!(gone.to_string().contains("disabled"), "{gone}");
    disable(&forest, "alice");
    let disabled = refusal(&forest, UPN);
    assert!(disabled.to_string().contains("disabled"), "{disabled}");
    let nowhere = forest.cloud_tgt("nowhere", UPN, NOW).unwrap_err();
    assert_eq!(nowhere, CloudTgtError::UnknownTenant);
}

#[test]
fn a_user_in_too_many_groups_gets_none() {
    let forest = demo();
    let domain = forest.domain(&contoso()).unwrap();
    // With Domain Users these are 1,010.
    let mut groups: Vec<Sid> = (0..1009)
        .map(|index| {
            let name = format!("G{index}");
            let group = domain.create_group(&name, crate::forest::GroupScope::Global, &[]);
            group.unwrap().sid
        })
        .collect();
    let join = |groups: &[Sid]| {
        let groups = groups.to_vec();
        domain
            .change("alice", |alice| alice.member_of = groups)
            .unwrap();
    };
    join(&groups);
    issue(&forest, UPN);
    let last = domain.create_group("Last", crate::forest::GroupScope::Global, &[]);
    groups.push(last.unwrap().sid);
    join(&groups);
    let upn = UPN.to_owned();
    let too_many = CloudTgtError::TooManyGroups { upn, count: 1011 };
    assert_eq!(refusal(&forest, UPN), too_many);
}

/// What changes in Active Directory counts at once, for the TGT that is out too.
#[test]
fn users_are_those_that_the_domain_has_now() {
    let forest = demo();
    let tgt = Held::delivered(&issue(&forest, UPN));
    let later = Timestamp::from_seconds(NOW.time().seconds() + 3600);
    let mut ask = TgsAsk::of(&tgt, &in_cloud(FILES)).at(later);
    ask.held(&forest);
    disable(&forest, "alice");
    ask.seed += 1;
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_CLIENT_REVOKED);
    let tenant = forest.tenant(TENANT).unwrap();
    let upns: Vec<_> = tenant.users().into_iter().map(|user| user.upn).collect();
    assert_eq!(upns, [UPN, "bob@contoso.com"]);
    forest.domain(&contoso()).unwrap().remove("bob").unwrap();
    assert!(tenant.user("bob@contoso.com").is_none());
}

#[test]
fn the_tgt_is_neither_renewed_nor_forwarded_nor_of_use_elsewhere() {
    let forest = demo();
    let tgt = Held::delivered(&issue(&forest, UPN));
    for option in [KdcOptions::RENEW, KdcOptions::FORWARDED] {
        let mut ask = TgsAsk::of(&tgt, &tgt.service);
        ask.body.options = option;
        assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_BADOPTION);
    }
    let mut expired = TgsAsk::of(&tgt, &in_cloud(FILES));
    let end = tgt.times.endtime.start();
    expired = expired.at(end.plus(Duration::from_secs(1)));
    assert_eq!(expired.refused(&forest), ErrorCode::KRB_AP_ERR_TKT_EXPIRED);
    let at_home = TgsAsk::of(&tgt, &in_contoso(WEB));
    assert_eq!(at_home.refused(&forest), ErrorCode::KRB_AP_ERR_NOT_US);
}

/// A domain's users may be synchronised without any trust, and a trust brings those of the
/// whole forest.
#[test]
fn a_tenant_knows_the_users_of_trusted_or_named_realms() {
    let child = |builder: ForestBuilder| {
        let mut trust = TrustEntry::new(
            "CONTOSO.COM",
            "EU.CONTOSO.COM",
            TrustDirection::Bidirectional,
        );
        trust.kind = crate::topology::TrustKind::ParentChild;
        builder
            .realm("EU.CONTOSO.COM")
            .user("erika@EU.CONTOSO.COM", "Passw0rd!")
            .trust(trust)
            .realm("FABRIKAM.COM")
            .user("fred@FABRIKAM.COM", "Passw0rd!")
    };
    let forest = demo_with(child);
    issue(&forest, "erika@eu.contoso.com");
    assert!(matches!(
        refusal(&forest, "fred@fabrikam.com"),
        CloudTgtError::UnknownUser { .. }
    ));
    let topology = "[[realm]]\nname = \"FABRIKAM.COM\"\n[[realm.user]]\nname = \"fred\"\n\
                    [[tenant]]\nid = \"t\"\nsynced = [\"FABRIKAM.COM\"]\n";
    let grow = |text: &str| {
        let topology = Topology::parse(text).unwrap();
        Forest::from_topology(&topology, Arc::new(SeededEntropy::new(1)))
    };
    let forest = grow(topology).unwrap();
    forest.cloud_tgt("t", "fred@fabrikam.com", NOW).unwrap();
    let wrong = grow("[[tenant]]\nid = \"t\"\nsynced = [\"NOWHERE\"]\n").unwrap_err();
    assert!(wrong.to_string().contains("NOWHERE"), "{wrong}");
}

#[test]
fn without_pacs_tickets_carry_none() {
    let forest =
        demo_with(|builder| builder.assumptions(|switches| switches.cloud_tgt_pac = false));
    let tgt = Held::delivered(&issue(&forest, UPN));
    let krbtgt = forest.tenant(TENANT).unwrap().krbtgt().unwrap();
    let plain = opened(&tgt, krbtgt.keys());
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    assert!(part.authorization_data.is_none());
    TgsAsk::of(&tgt, &in_cloud(FILES)).held(&forest);
}

#[test]
fn the_label_counts_only_for_tgts_of_the_cloud_realm() {
    let forest = demo();
    let mut tgt = alices_tgt(&forest);
    let ticket: Ticket<'_> = wire::decode(&tgt.ticket).unwrap();
    let enc_part = EncryptedData {
        etype: OPAQUE,
        ..ticket.enc_part.clone()
    };
    tgt.ticket = wire::encode(&Ticket { enc_part, ..ticket });
    let refused = TgsAsk::of(&tgt, &in_contoso(WEB)).refused(&forest);
    assert_eq!(refused, ErrorCode::KDC_ERR_ETYPE_NOSUPP);
}
