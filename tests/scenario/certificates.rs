//! Logons by certificate (RFC 4556): what passes, and what a KDC, or who says to be one, can make
//! of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use kerberos_core::assigned::{ErrorCode, PaDataType};
use kerberos_core::credential::Credential;
use kerberos_core::crypto::{Curve, ModpGroup};
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{AsExchange, ExchangeError, Identity, Outgoing, TicketRequest};
use kerberos_core::flags::TicketFlags;
use kerberos_core::message::KdcMisbehaved;
use kerberos_core::preauth::cms::{CmsError, SignedContent};
use kerberos_core::preauth::pkinit::{
    AgreementGroup, CertificateFault, CertificateIdentity, CertificateKey, PkinitError,
};
use kerberos_core::wire::{
    BitString, DhRepInfo, ImplicitOctets, KdcDhKeyInfo, KdcRep, KdfAlgorithmId, KrbError, List,
    MessageKind, ObjectIdentifier, PaData, PaPkAsRep, decode, encode, pkinit_oid,
};
use kerberos_tests::card::{Card, CardMaker};
use kerberos_tests::forests::{WEB, hybrid};
use kerberos_tests::loopback::Loopback;
use kerberos_tests::simulator::{AD, ALICE, SQL};
use realm_sim::clock::Clock;
use realm_sim::topology::PkinitEntry;

/// A realm that takes certificates, and who is believed in it.
struct Story {
    maker: CardMaker,
    kdc: Arc<Card>,
    loopback: Loopback,
}

impl Story {
    fn new() -> Self {
        Self::of(&[2048, 4096], false)
    }

    fn of(groups: &[u16], freshness: bool) -> Self {
        let mut entry = PkinitEntry::default();
        entry.groups = groups.iter().copied().map(Into::into).collect();
        entry.freshness = freshness;
        Self::with(entry)
    }

    /// A realm with this, whose KDC and users have certificates of one authority.
    fn with(mut entry: PkinitEntry) -> Self {
        let maker = CardMaker::new("maker");
        let kdc = maker.kdc(AD);
        entry.certificate = Some(kdc.pem());
        entry.private_key = Some(kdc.key_pem());
        entry.anchors = Some(maker.root());
        entry.strong_mapping = false;
        let forest = hybrid().pkinit(AD, entry);
        let forest = forest.build(Arc::new(SeededEntropy::new(1))).unwrap();
        Self {
            maker,
            kdc,
            loopback: Loopback::new(forest),
        }
    }

    fn interfere(
        mut self,
        change: impl Fn(&Outgoing, Vec<u8>) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        self.loopback = self.loopback.interfere(change);
        self
    }

    fn alice(&self) -> CertificateIdentity {
        CertificateIdentity::new(self.maker.user(ALICE), self.maker.trust())
    }

    fn logon(&self, certificate: CertificateIdentity) -> Result<Credential, ExchangeError> {
        let identity = Arc::new(Identity::certificate(ALICE.parse().unwrap(), certificate));
        let request = TicketRequest::tgt(identity.client());
        let (policy, now) = (&self.loopback.policy, self.loopback.client_clock.now());
        self.loopback
            .drive(AsExchange::begin(&request, identity, policy, now))
    }

    /// What the client says when the answer is changed so.
    #[track_caller]
    fn refused(
        self,
        change: impl Fn(&Genuine) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> PkinitError {
        let story = self.interfere(move |_, reply| match MessageKind::of(&reply) {
            Some(MessageKind::AsRep) => with_answer(&reply, &change),
            _ => reply,
        });
        match story.logon(story.alice()).unwrap_err() {
            ExchangeError::Pkinit { path, source } => {
                assert_eq!(path.to_string(), format!("KDC of {AD}"));
                source
            }
            other => panic!("{other}"),
        }
    }
}

/// What the KDC answered.
struct Genuine {
    public_value: Vec<u8>,
    nonce: u32,
    kdf: Vec<u8>,
    signed: Vec<u8>,
}

/// The AS-REP with `change` made to its PA-PK-AS-REP.
fn with_answer(reply: &[u8], change: &impl Fn(&Genuine) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut reply: KdcRep<'_> = decode(reply).unwrap();
    let value = reply.padata.unwrap().value_of(PaDataType::PK_AS_REP);
    let PaPkAsRep::DhInfo(info) = decode(value.unwrap()).unwrap() else {
        panic!("no agreement")
    };
    let signed = SignedContent::decode(info.dh_signed_data.0).unwrap();
    let half: KdcDhKeyInfo<'_> = decode(&signed.content).unwrap();
    let changed = change(&Genuine {
        public_value: half.subject_public_key.0.to_vec(),
        nonce: half.nonce,
        kdf: encode(&info.kdf.as_ref().unwrap().kdf_id),
        signed: info.dh_signed_data.0.to_vec(),
    });
    let padata: Vec<_> = changed
        .iter()
        .map(|value| PaData {
            padata_type: PaDataType::PK_AS_REP,
            padata_value: value,
        })
        .collect();
    reply.padata = Some(List::of(&padata));
    encode(&reply)
}

impl Genuine {
    /// The same, signed by another key or under another type.
    fn signed_by(&self, key: &dyn CertificateKey, content: ObjectIdentifier<'_>) -> Vec<u8> {
        self.answer(&self.public_value, self.nonce, key, content)
    }

    fn answer(
        &self,
        public_value: &[u8],
        nonce: u32,
        key: &dyn CertificateKey,
        content: ObjectIdentifier<'_>,
    ) -> Vec<u8> {
        let half = encode(&KdcDhKeyInfo::new(BitString(public_value), nonce));
        let signed = SignedContent::by_key(key, content, half).unwrap();
        self.around(&signed.encode().unwrap(), decode(&self.kdf).unwrap())
    }

    /// PA-PK-AS-REP around what was signed.
    fn around(&self, signed: &[u8], kdf_id: ObjectIdentifier<'_>) -> Vec<u8> {
        let mut info = DhRepInfo::new(ImplicitOctets(signed));
        info.kdf = Some(KdfAlgorithmId::new(kdf_id));
        encode(&PaPkAsRep::DhInfo(info))
    }
}

/// The error codes of a conversation.
fn noted(story: Story) -> (Story, Arc<Mutex<Vec<ErrorCode>>>) {
    let codes = Arc::new(Mutex::new(Vec::new()));
    let log = codes.clone();
    let story = story.interfere(move |_, reply| {
        if let Ok(error) = decode::<KrbError<'_>>(&reply) {
            log.lock().unwrap().push(error.error_code);
        }
        reply
    });
    (story, codes)
}

const REQUIRED: ErrorCode = ErrorCode::KDC_ERR_PREAUTH_REQUIRED;
const TOO_BIG: ErrorCode = ErrorCode::KRB_ERR_RESPONSE_TOO_BIG;
const GROUPS: ErrorCode = ErrorCode::KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED;

/// With the token of RFC 8070, on which the realm insists, and by stream at the end.
#[test]
fn a_certificate_leads_to_a_tgt_and_on_to_the_cloud() {
    let (story, codes) = noted(Story::of(&[2048], true));
    let tgt = story.logon(story.alice()).unwrap();
    assert_eq!(*codes.lock().unwrap(), [REQUIRED, TOO_BIG]);
    assert!(tgt.flags().contains(TicketFlags::PRE_AUTHENT));

    let alice = ALICE.parse().unwrap();
    let identity = Arc::new(Identity::certificate(alice, story.alice()));
    let cache = kerberos_core::ccache::MemoryCache::new(ALICE.parse().unwrap());
    for (service, path) in [(WEB, 2), (SQL, 3)] {
        let service = format!("{service}@{AD}").parse().unwrap();
        let identity = Some(identity.clone());
        let acquired = story.loopback.acquire_from(&cache, identity, &service);
        assert_eq!(acquired.unwrap().path.len(), path, "{service}");
    }
}

/// RFC 4556 §3.2.2
#[test]
fn another_group_is_tried_when_it_is_allowed() {
    let (story, codes) = noted(Story::of(&[4096], false));
    story.logon(story.alice()).unwrap();
    assert_eq!(*codes.lock().unwrap(), [REQUIRED, GROUPS, TOO_BIG]);

    let (story, codes) = noted(Story::of(&[4096], false));
    let only = story.alice().groups([ModpGroup::Modp2048]);
    match story.logon(only).unwrap_err() {
        ExchangeError::Refused { refusal, .. } => assert_eq!(refusal.code(), GROUPS),
        other => panic!("{other}"),
    }
    assert_eq!(*codes.lock().unwrap(), [REQUIRED, GROUPS]);
    // Nobody vouches for the list: what is weak is not among one's own.
    let (story, _) = noted(Story::of(&[1024], false));
    assert!(story.logon(story.alice()).is_err());
}

/// RFC 5349 §4
#[test]
fn a_key_is_agreed_on_by_every_curve() {
    for curve in Curve::ALL {
        // Offered at once, and tried when the KDC names it.
        let name = AgreementGroup::from(curve).to_string();
        let story = || {
            let mut entry = PkinitEntry::default();
            entry.groups = vec![name.as_str().into()];
            noted(Story::with(entry))
        };
        let (first, codes) = story();
        first.logon(first.alice().groups([curve])).unwrap();
        assert_eq!(*codes.lock().unwrap(), [REQUIRED, TOO_BIG], "{name}");
        let (second, codes) = story();
        second.logon(second.alice()).unwrap();
        assert_eq!(
            *codes.lock().unwrap(),
            [REQUIRED, GROUPS, TOO_BIG],
            "{name}"
        );
    }
}

/// RFC 4556 §3.2.3.1, RFC 5349 §4
#[test]
fn a_secret_that_begins_with_a_zero_is_as_good_as_any() {
    let groups: [AgreementGroup; 2] = [ModpGroup::Modp1024.into(), Curve::P256.into()];
    for group in groups {
        let mut entry = PkinitEntry::default();
        entry.groups = vec![group.to_string().as_str().into()];
        entry.leading_zeros = Some(true);
        let story = Story::with(entry);
        story.logon(story.alice().groups([group])).unwrap();
    }
}

/// The METHOD-DATA with a freshness token that the KDC did not make.
fn with_stale_token(reply: &[u8]) -> Vec<u8> {
    let Ok(mut error) = decode::<KrbError<'_>>(reply) else {
        return reply.to_vec();
    };
    if error.error_code != REQUIRED {
        return reply.to_vec();
    }
    let offered: List<'_, PaData<'_>> = decode(error.e_data.unwrap()).unwrap();
    let offered: Vec<_> = offered
        .iter()
        .map(|mut padata| {
            if padata.padata_type == PaDataType::AS_FRESHNESS {
                padata.padata_value = b"stale";
            }
            padata
        })
        .collect();
    let e_data = encode(&List::of(&offered));
    error.e_data = Some(&e_data);
    encode(&error)
}

/// RFC 8070 §2.5
#[test]
fn a_stale_token_is_replaced_and_not_for_ever() {
    let times = AtomicUsize::new(0);
    let codes = Arc::new(Mutex::new(Vec::new()));
    let log = codes.clone();
    let story = Story::new().interfere(move |_, reply| {
        if let Ok(error) = decode::<KrbError<'_>>(&reply) {
            log.lock().unwrap().push(error.error_code);
        }
        match times.fetch_add(1, Ordering::Relaxed) {
            0 => with_stale_token(&reply),
            _ => reply,
        }
    });
    story.logon(story.alice()).unwrap();
    let expired = ErrorCode::KDC_ERR_PREAUTH_EXPIRED;
    let wanted = [REQUIRED, expired, REQUIRED, TOO_BIG];
    assert_eq!(*codes.lock().unwrap(), wanted);

    let story = Story::new().interfere(|_, reply| with_stale_token(&reply));
    match story.logon(story.alice()).unwrap_err() {
        ExchangeError::Misbehaved { violation, .. } => {
            assert!(matches!(violation, KdcMisbehaved::PreauthLoop { .. }));
        }
        other => panic!("{other}"),
    }
}

/// RFC 4556 §3.2.3.1
#[test]
fn an_answer_to_another_request_is_refused() {
    let story = Story::new();
    let kdc = story.kdc.clone();
    let error = story.refused(move |genuine| {
        let nonce = genuine.nonce ^ 1;
        Some(genuine.answer(&genuine.public_value, nonce, &*kdc, pkinit_oid::DH_KEY_DATA))
    });
    assert_eq!(error, PkinitError::NonceMismatch);
    // Zero says that the value is used again, which the client did not allow.
    let story = Story::new();
    let kdc = story.kdc.clone();
    let error = story.refused(move |genuine| {
        Some(genuine.answer(&genuine.public_value, 0, &*kdc, pkinit_oid::DH_KEY_DATA))
    });
    assert_eq!(error, PkinitError::NonceMismatch);
}

/// RFC 8636 §6
#[test]
fn a_function_that_was_not_offered_is_refused() {
    let error = Story::new().refused(|genuine| {
        let other = pkinit_oid::CLIENT_AUTH;
        Some(genuine.around(&genuine.signed, other))
    });
    let found = "1.3.6.1.5.2.3.4".to_owned();
    assert_eq!(error, PkinitError::Kdf { found });
}

/// RFC 4556 §3.2.4
#[test]
fn what_is_signed_must_be_a_half_of_an_agreement() {
    for content in [pkinit_oid::AUTH_DATA, pkinit_oid::REPLY_KEY_DATA] {
        let story = Story::new();
        let kdc = story.kdc.clone();
        let error = story.refused(move |genuine| Some(genuine.signed_by(&*kdc, content)));
        assert_eq!(error, PkinitError::WrongContent);
    }
    let error = Story::new().refused(|_| None);
    assert_eq!(error, PkinitError::NoAnswer);
}

/// Whoever has the client's key could read what a KDC seals for it.
#[test]
fn a_key_is_not_taken_where_one_was_to_be_agreed_on() {
    let error = Story::new().refused(|_| Some(encode(&PaPkAsRep::EncKeyPack(b"\x30\x00"))));
    assert_eq!(error, PkinitError::NotAgreed);
}

/// RFC 4556 §3.2.4
#[test]
fn only_a_kdc_of_the_realm_may_sign() {
    let data = pkinit_oid::DH_KEY_DATA;
    let fault = |error| match error {
        PkinitError::KdcCertificate(fault) => fault,
        other => panic!("{other}"),
    };
    // Another user has a certificate of the same authority.
    let story = Story::new();
    let bob = story.maker.user("bob@CONTOSO.COM");
    let error = story.refused(move |genuine| Some(genuine.signed_by(&*bob, data)));
    assert_eq!(fault(error), CertificateFault::KeyPurpose);

    let stranger = CardMaker::new("stranger").kdc(AD);
    let error = Story::new().refused(move |genuine| Some(genuine.signed_by(&*stranger, data)));
    assert_eq!(fault(error), CertificateFault::UnknownIssuer);

    let story = Story::new();
    let other = story.maker.kdc("FABRIKAM.COM");
    let error = story.refused(move |genuine| Some(genuine.signed_by(&*other, data)));
    assert!(matches!(error, PkinitError::KdcName { .. }), "{error}");
}

/// RFC 4556 §3.2.4
#[test]
fn a_changed_answer_is_refused() {
    let error = Story::new().refused(|genuine| {
        let mut signed = SignedContent::decode(&genuine.signed).unwrap();
        *signed.content.last_mut().unwrap() ^= 1;
        let kdf = decode(&genuine.kdf).unwrap();
        Some(genuine.around(&signed.encode().unwrap(), kdf))
    });
    let wanted = CertificateFault::Attributes(CmsError::AttributesDiffer);
    assert_eq!(error, PkinitError::KdcCertificate(wanted));
    let error = Story::new().refused(|genuine| {
        let mut signed = SignedContent::decode(&genuine.signed).unwrap();
        *signed.signers[0].signature.last_mut().unwrap() ^= 1;
        let kdf = decode(&genuine.kdf).unwrap();
        Some(genuine.around(&signed.encode().unwrap(), kdf))
    });
    let wanted = CertificateFault::Signature;
    assert_eq!(error, PkinitError::KdcCertificate(wanted));
}

/// With 1 everybody would know the secret.
#[test]
fn a_value_outside_the_group_is_refused() {
    let story = Story::new();
    let kdc = story.kdc.clone();
    let error = story.refused(move |genuine| {
        let data = pkinit_oid::DH_KEY_DATA;
        Some(genuine.answer(&[2, 1, 1], genuine.nonce, &*kdc, data))
    });
    assert_eq!(error, PkinitError::PublicValue);
}

/// The key is bound to what passed: a KDC's answer to the same request with another function, or
/// with an answer made shorter, seals nothing that opens.
///
/// RFC 8636 §6
#[test]
fn the_key_is_bound_to_the_function_and_the_answer() {
    let story = Story::new().interfere(|_, reply| match MessageKind::of(&reply) {
        Some(MessageKind::AsRep) => with_answer(&reply, &|genuine| {
            Some(genuine.around(&genuine.signed, pkinit_oid::KDF_SHA512))
        }),
        _ => reply,
    });
    match story.logon(story.alice()).unwrap_err() {
        ExchangeError::Misbehaved { violation, .. } => {
            assert_eq!(violation, KdcMisbehaved::SealBroken);
        }
        other => panic!("{other}"),
    }
}
