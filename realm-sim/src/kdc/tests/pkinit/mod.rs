//! Logons by certificate, with requests and certificates that are wrong in one way each.

mod certificates;
mod exchange;
mod mapping;
mod pac;

use std::sync::Arc;

use kerberos_core::assigned::{ErrorCode, KeyUsage, PaDataType};
use kerberos_core::crypto::{Key, ModpGroup};
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::name::Principal;
use kerberos_core::preauth::cms::{CmsDigest, SignedContent};
use kerberos_core::preauth::pkinit::{
    AgreementGroup, CertificateKey, CertificateKeyError, KeyAgreement, ReplyKeyDerivation,
    SignatureAlgorithm,
};
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{
    self, AlternativeNames, AuthPack, ForeignSequence, ImplicitOctets, KdcDhKeyInfo, KdcExchange,
    KdcRep, KdfAlgorithmId, Krb5PrincipalName, KrbError, List, Microseconds, ObjectIdentifier,
    PaChecksum2, PaData, PaPkAsRep, PaPkAsReq, PkAuthenticator, PrincipalName, pkinit_oid,
};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SigningKey,
};

use super::{AsAsk, Held, NONCE, NOW, contoso, in_contoso, open_reply, request};
use crate::forest::{Forest, ForestBuilder};
use crate::kdc::{Directory, Via};
use crate::topology::{DEMO, PkinitEntry, Topology};

/// AlgorithmIdentifiers of SHA-256 (RFC 5754 §2.2) and of a hash function that there is not.
const SHA256: &[u8] = &[0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const NO_HASH: &[u8] = &[0x30, 4, 6, 2, 0x2a, 3];

/// An authority that makes whatever certificate is asked for.
struct Maker {
    issuer: Issuer<'static, KeyPair>,
    root: rcgen::Certificate,
}

impl Maker {
    fn new() -> Self {
        Self::called("maker")
    }

    fn called(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            root,
        }
    }

    /// The demo, where this authority vouches for users.
    fn forest(&self, adjust: impl FnOnce(&mut PkinitEntry)) -> Forest {
        self.forest_with(adjust, |builder| builder)
    }

    fn forest_with(
        &self,
        adjust: impl FnOnce(&mut PkinitEntry),
        more: impl FnOnce(ForestBuilder) -> ForestBuilder,
    ) -> Forest {
        let mut entry = PkinitEntry {
            anchors: Some(self.root.pem()),
            ..PkinitEntry::default()
        };
        adjust(&mut entry);
        let demo = ForestBuilder::from_topology(Topology::parse(DEMO).unwrap());
        more(demo.pkinit("CONTOSO.COM", entry))
            .build(Arc::new(SeededEntropy::new(1)))
            .unwrap()
    }

    fn issue(&self, adjust: impl FnOnce(&mut CertificateParams)) -> Card {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "somebody");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![purpose(pkinit_oid::CLIENT_AUTH)];
        adjust(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Card {
            certificates: vec![certificate.der().to_vec()],
            key,
        }
    }

    /// A certificate with these names.
    fn named(&self, names: &AlternativeNames<'_>) -> Card {
        self.issue(|params| set_names(params, names))
    }

    /// alice's, by her userPrincipalName and her SID in `forest`.
    fn alices(&self, forest: &Forest) -> Card {
        self.issue(|params| {
            set_names(params, &upn("alice@contoso.com"));
            set_sid(params, &sid_of(forest, "alice"));
        })
    }
}

fn upn(name: &str) -> AlternativeNames<'_> {
    let mut names = AlternativeNames::default();
    names.upn.push(name);
    names
}

fn sid_of(forest: &Forest, name: &str) -> String {
    let domain = forest.domain(&contoso()).unwrap();
    let account = domain.account(name).unwrap();
    domain.sid_of(&account).unwrap().to_string()
}

fn set_names(params: &mut CertificateParams, names: &AlternativeNames<'_>) {
    let names = CustomExtension::from_oid_content(&[2, 5, 29, 17], names.encode());
    params.custom_extensions.push(names);
}

fn set_sid(params: &mut CertificateParams, sid: &str) {
    let mut names = AlternativeNames::default();
    names.sid = Some(sid);
    let oid = [1, 3, 6, 1, 4, 1, 311, 25, 2];
    let extension = CustomExtension::from_oid_content(&oid, names.encode());
    params.custom_extensions.push(extension);
}

fn purpose(oid: ObjectIdentifier<'_>) -> ExtendedKeyUsagePurpose {
    let arcs = oid.to_string();
    let arcs = arcs.split('.').map(|arc| arc.parse().unwrap());
    ExtendedKeyUsagePurpose::Other(arcs.collect())
}

/// A certificate and its key.
struct Card {
    certificates: Vec<Vec<u8>>,
    key: KeyPair,
}

impl CertificateKey for Card {
    fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Ecdsa(CmsDigest::Sha256)
    }

    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, CertificateKeyError> {
        Ok(self.key.sign(octets).unwrap())
    }
}

/// An AS-REQ by certificate, with whatever the test changes.
struct CertAsk<'c> {
    ask: AsAsk,
    card: &'c Card,
    /// The client's clock.
    time: Timestamp,
    /// The KDC's.
    now: Timestamp,
    group: Option<AgreementGroup>,
    /// What becomes of the client's SubjectPublicKeyInfo.
    public_key: fn(&mut Vec<u8>),
    kdfs: Option<Vec<ObjectIdentifier<'static>>>,
    pa_checksum: Option<CmsDigest>,
    /// AlgorithmIdentifier and value.
    pa_checksum2: Option<(&'static [u8], CmsDigest)>,
    /// The body that the checksums cover, if another one.
    covered: Option<Vec<u8>>,
    token: Option<Vec<u8>>,
    content_type: ObjectIdentifier<'static>,
    /// What becomes of what was signed.
    signed: fn(SignedContent) -> SignedContent,
}

impl<'c> CertAsk<'c> {
    fn alice(card: &'c Card) -> Self {
        Self {
            ask: AsAsk::bare(),
            card,
            time: NOW,
            now: NOW,
            group: Some(ModpGroup::Modp2048.into()),
            public_key: |_| {},
            kdfs: Some(vec![pkinit_oid::KDF_SHA256]),
            pa_checksum: Some(CmsDigest::Sha1),
            pa_checksum2: None,
            covered: None,
            token: None,
            content_type: pkinit_oid::AUTH_DATA,
            signed: |signed| signed,
        }
    }

    fn named(mut self, name: &Principal) -> Self {
        self.ask = self.ask.named(name);
        self
    }

    /// The message, and the client's half of the agreement.
    fn encode(&self) -> (Vec<u8>, Option<KeyAgreement>) {
        let entropy = SeededEntropy::new(300);
        let agreement = self
            .group
            .map(|group| KeyAgreement::generate(group, &entropy).unwrap());
        let body = self.ask.body.encode();
        let covered = self.covered.as_ref().unwrap_or(&body);
        let public = agreement.as_ref().map(|agreement| {
            let mut info = agreement.public_key_info();
            (self.public_key)(&mut info);
            info
        });
        let checksum = self.pa_checksum.map(|digest| digest.hash(covered));
        let second = self
            .pa_checksum2
            .map(|(algorithm, digest)| (algorithm, digest.hash(covered)));
        let kdfs = self.kdfs.as_ref().map(|kdfs| {
            let named = kdfs.iter().map(|kdf_id| KdfAlgorithmId::new(*kdf_id));
            named.collect::<Vec<_>>()
        });
        let cusec = Microseconds::new(self.time.subsec_micros());
        let mut authenticator = PkAuthenticator::new(cusec, self.time.time(), NONCE);
        authenticator.pa_checksum = checksum.as_deref();
        authenticator.freshness_token = self.token.as_deref();
        authenticator.pa_checksum2 = second.as_ref().map(|(algorithm, checksum)| {
            PaChecksum2::new(checksum, ForeignSequence::decode(algorithm).unwrap())
        });
        let mut pack = AuthPack::new(authenticator);
        pack.client_public_value = public
            .as_deref()
            .map(|info| ForeignSequence::decode(info).unwrap());
        pack.supported_kdfs = kdfs.as_ref().map(|kdfs| List::of(kdfs));
        let pack = wire::encode(&pack);
        let signed = SignedContent::by_key(self.card, self.content_type, pack).unwrap();
        let signed = (self.signed)(signed).encode().unwrap();
        let value = wire::encode(&PaPkAsReq::new(ImplicitOctets(&signed)));
        let mut padata = self.ask.more.clone();
        padata.push((PaDataType::PK_AS_REQ, value));
        let message = request(KdcExchange::As, &body, &padata);
        (message, agreement)
    }

    fn send(&self, forest: &Forest) -> Vec<u8> {
        forest.answer(&contoso(), &self.encode().0, Via::Tcp, self.now)
    }

    #[track_caller]
    fn refused(&self, forest: &Forest) -> ErrorCode {
        super::refused(&self.send(forest))
    }

    /// The ticket, opened with the key that was agreed on, and that key.
    #[track_caller]
    fn held(&self, forest: &Forest) -> (Held, Key) {
        let (held, key, _) = self.opened(forest);
        (held, key)
    }

    /// The secret that the key was made from.
    #[track_caller]
    fn agreed(&self, forest: &Forest) -> Vec<u8> {
        self.opened(forest).2
    }

    #[track_caller]
    fn opened(&self, forest: &Forest) -> (Held, Key, Vec<u8>) {
        let (message, agreement) = self.encode();
        let reply = forest.answer(&contoso(), &message, Via::Tcp, self.now);
        assert_eq!(
            reply.first(),
            Some(&0x6b),
            "{:?}",
            super::decoded_error(&reply)
        );
        let rep: KdcRep<'_> = wire::decode(&reply).unwrap();
        assert_eq!(rep.enc_part.kvno, None, "the key is no long-term key");
        let padata = rep.padata.unwrap();
        let types: Vec<_> = padata.iter().map(|padata| padata.padata_type).collect();
        assert_eq!(types, [PaDataType::PK_AS_REP]);
        let value = padata.value_of(PaDataType::PK_AS_REP).unwrap();
        let PaPkAsRep::DhInfo(info) = wire::decode(value).unwrap() else {
            panic!("no agreement")
        };
        assert_eq!(info.server_dh_nonce, None, "the KDC's value is new");
        let signed = SignedContent::decode(info.dh_signed_data.0).unwrap();
        assert_eq!(signed.content_type(), Some(pkinit_oid::DH_KEY_DATA));
        let pkinit = forest.domain(&contoso()).unwrap().pkinit().unwrap();
        assert_eq!(signed.certificates, pkinit.certificates());
        let half: KdcDhKeyInfo<'_> = wire::decode(&signed.content).unwrap();
        assert_eq!(half.nonce, NONCE);
        let secret = agreement.unwrap().agree(half.subject_public_key.0).unwrap();
        let body = &self.ask.body;
        let name = |principal| Krb5PrincipalName {
            realm: (&body.realm).into(),
            principal_name: PrincipalName::of(principal),
        };
        let derivation = ReplyKeyDerivation {
            etype: rep.enc_part.etype,
            client: name(body.cname.as_ref().unwrap()),
            service: name(body.sname.as_ref().unwrap()),
            as_req: &message,
            pk_as_rep: value,
        };
        let key = match &info.kdf {
            Some(kdf) => derivation.agreed(kdf.kdf_id, &secret).unwrap().unwrap(),
            None => derivation.without_agreement(&secret, None).unwrap(),
        };
        let found = info.kdf.as_ref().map(|kdf| kdf.kdf_id.to_string());
        let first = self.kdfs.as_ref().map(|kdfs| kdfs[0].to_string());
        assert_eq!(found, first);
        let held = open_reply(&reply, &key, KeyUsage::AS_REP);
        (held, key, secret.to_vec())
    }
}

/// The value of one element of TYPED-DATA.
#[track_caller]
fn typed(reply: &[u8], data_type: PaDataType) -> Vec<u8> {
    let error: KrbError<'_> = wire::decode(reply).expect("a KRB-ERROR");
    match error.error_data() {
        Ok(Some(wire::ErrorData::TypedData(elements))) => {
            let element = elements
                .iter()
                .find(|element| element.data_type == data_type);
            element.unwrap().data_value.unwrap().to_vec()
        }
        other => panic!("{other:?}"),
    }
}

/// The token of the error that asks for pre-authentication.
fn token(forest: &Forest, now: Timestamp) -> Option<Vec<u8>> {
    let mut ask = AsAsk::bare();
    ask.more = vec![(PaDataType::AS_FRESHNESS, Vec::new())];
    let reply = forest.answer(&contoso(), &ask.encode(), Via::Tcp, now);
    assert_eq!(super::refused(&reply), ErrorCode::KDC_ERR_PREAUTH_REQUIRED);
    let error: KrbError<'_> = wire::decode(&reply).unwrap();
    offered_token(&error)
}

fn offered_token(error: &KrbError<'_>) -> Option<Vec<u8>> {
    let offered: List<'_, PaData<'_>> = wire::decode(error.e_data.unwrap()).unwrap();
    let token = offered.value_of(PaDataType::AS_FRESHNESS)?;
    Some(token.to_vec())
}
