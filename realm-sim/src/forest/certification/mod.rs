//! The certificates of a realm: its KDC's, those of authorities, and those that are made for
//! accounts.
//!
//! Keys that are made here come from the operating system's random source, not from the forest's:
//! nothing that a test compares depends on them.

mod keys;

use std::fmt;
use std::sync::Arc;

use kerberos_core::name::{Principal, Realm};
use kerberos_core::pac::Sid;
use kerberos_core::preauth::pkinit::{AgreementGroup, CertificateFault, UnknownGroup};
use kerberos_core::wire::{
    AlternativeNames, DecodeError, Krb5PrincipalName, ObjectIdentifier, PrincipalName, pkinit_oid,
};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use zeroize::Zeroizing;

use self::keys::{CertifiedKey, KdcKey, certificates_of};
use super::{Account, Domain};
use crate::kdc::{Directory, Pkinit};
use crate::topology::PkinitEntry;

/// What a domain has for logons by certificate.
#[derive(Debug)]
pub(super) struct Certification {
    pub(super) pkinit: Pkinit,
    authority: Authority,
    /// Whether the authority is believed when it vouches for an account.
    issues: bool,
    /// Whether it is above the KDC's certificate.
    signs_kdc: bool,
}

/// An authority that lives as long as the forest.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

/// A certificate that was made for an account.
///
/// ```
/// use std::sync::Arc;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::name::Realm;
/// use realm_sim::forest::Forest;
/// use realm_sim::topology::PkinitEntry;
///
/// let forest = Forest::builder()
///     .realm("CONTOSO.COM")
///     .user("alice@CONTOSO.COM", "Passw0rd!")
///     .pkinit("CONTOSO.COM", PkinitEntry::default())
///     .build(Arc::new(SeededEntropy::new(7)))?;
/// let domain = forest.domain(&Realm::new("CONTOSO.COM")?).ok_or("no such realm")?;
/// let issued = domain.issue_certificate("alice", None)?;
/// assert!(issued.certificate.starts_with("-----BEGIN CERTIFICATE-----"));
/// assert!(issued.private_key.is_some(), "one was made");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct IssuedCertificate {
    /// The certificate, PEM.
    pub certificate: String,
    /// The private key, PKCS #8 as PEM, when it was made here.
    pub private_key: Option<Zeroizing<String>>,
}

/// A certificate cannot be made or used.
///
/// ```
/// use std::sync::Arc;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::name::Realm;
/// use realm_sim::forest::{CertificationError, Forest};
///
/// let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// let domain = forest.domain(&Realm::new("CONTOSO.COM")?).ok_or("no such realm")?;
/// let error = domain.issue_certificate("alice", None).unwrap_err();
/// assert!(matches!(error, CertificationError::NoAuthority { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificationError {
    /// The realm's KDC believes no authority that is here.
    #[error("no authority whose certificates the KDC of {realm} takes is here")]
    NoAuthority {
        /// The realm.
        realm: Realm,
    },
    /// There is no such account.
    #[error("there is no account {name:?}")]
    NoAccount {
        /// The name.
        name: String,
    },
    /// A public key is not of a kind that is certified.
    #[error("the public key is neither RSA nor ECDSA over P-256 or P-384")]
    PublicKey,
    /// A text is no PEM.
    #[error("{reason}")]
    Pem {
        /// What there should be, and why it is not.
        reason: String,
    },
    /// One of certificate and private key without the other.
    #[error("a certificate and its private key come together")]
    Alone,
    /// The key is not that of the certificate.
    #[error("the private key is not that of the certificate")]
    OtherKey,
    /// A group or curve that there is not.
    #[error(transparent)]
    Group(#[from] UnknownGroup),
    /// A certificate cannot be read.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
    /// An authority cannot be used.
    #[error(transparent)]
    Authority(#[from] CertificateFault),
    /// A certificate could not be made.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
}

impl Certification {
    /// What `entry` asks for.
    pub(super) fn new(realm: &Realm, entry: &PkinitEntry) -> Result<Self, CertificationError> {
        let authority = Authority::generate(realm)?;
        let given = match (&entry.certificate, &entry.private_key) {
            (Some(certificate), Some(key)) => Some(KdcKey::of_pem(certificate, key)?),
            (None, None) => None,
            _ => return Err(CertificationError::Alone),
        };
        let signs_kdc = given.is_none();
        let key = match given {
            Some(key) => key,
            None => authority.issue_kdc(realm)?,
        };
        let anchors = match &entry.anchors {
            Some(anchors) => certificates_of(anchors, "certificate of an authority")?,
            None => vec![authority.certificate.der().to_vec()],
        };
        let groups = entry.groups.iter().map(|group| group.to_string().parse());
        let pkinit = Pkinit::new(Arc::new(key), anchors)?
            .groups(groups.collect::<Result<Vec<AgreementGroup>, _>>()?)
            .leading_zeros(entry.leading_zeros)
            .strong_mapping(entry.strong_mapping)
            .freshness(entry.freshness);
        Ok(Self {
            pkinit,
            authority,
            issues: entry.anchors.is_none(),
            signs_kdc,
        })
    }
}

impl Domain {
    /// The certificate of the authority above the KDC's, PEM, when it was made here.
    pub fn kdc_authority(&self) -> Option<String> {
        let certification = self.certification.as_ref()?;
        let pem = certification.authority.certificate.pem();
        certification.signs_kdc.then_some(pem)
    }

    /// Makes a certificate for the account of this name, as an enterprise authority of Active
    /// Directory makes it: with the userPrincipalName or the host's name, and the SID. Without the
    /// `public_key` that it is for, PEM, a key pair is made.
    ///
    /// # Errors
    ///
    /// [`CertificationError`].
    ///
    /// [MS-WCCE] §2.2.2.7.5, §2.2.2.7.7.4
    pub fn issue_certificate(
        &self,
        name: &str,
        public_key: Option<&str>,
    ) -> Result<IssuedCertificate, CertificationError> {
        let issuing = self.certification.as_ref().filter(|it| it.issues);
        let authority = &issuing
            .ok_or_else(|| CertificationError::NoAuthority {
                realm: self.realm().clone(),
            })?
            .authority;
        let no_account = || CertificationError::NoAccount {
            name: name.to_owned(),
        };
        let account = self.account(name).ok_or_else(no_account)?;
        let sid = self.sid_of(&account).ok_or_else(no_account)?;
        let mut params = params_for(self.realm(), &account, sid)?;
        match public_key {
            Some(pem) => {
                let key = CertifiedKey::of_pem(pem)?;
                if *key.algorithm == rcgen::PKCS_RSA_SHA256 {
                    // Its owner may have the KDC choose the reply key.
                    params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
                }
                Ok(IssuedCertificate {
                    certificate: params.signed_by(&key, &authority.issuer)?.pem(),
                    private_key: None,
                })
            }
            None => {
                let key = KeyPair::generate()?;
                Ok(IssuedCertificate {
                    certificate: params.signed_by(&key, &authority.issuer)?.pem(),
                    private_key: Some(Zeroizing::new(key.serialize_pem())),
                })
            }
        }
    }
}

/// The certificate of an account, without its key.
fn params_for(
    realm: &Realm,
    account: &Account,
    sid: Sid,
) -> Result<CertificateParams, CertificationError> {
    let domain = realm.as_str().to_lowercase();
    let sam = account.sam();
    let implicit = format!("{sam}@{domain}");
    let upn = account.attributes().upn.as_deref().unwrap_or(&implicit);
    let host = sam.strip_suffix('$').unwrap_or(sam).to_lowercase();
    let host = format!("{host}.{domain}");
    let is_machine = account.attributes().kind.is_machine();
    let mut names = AlternativeNames::default();
    if is_machine {
        names.dns.push(&host);
    } else {
        names.upn.push(upn);
        names.kerberos.push(in_realm(account.principal()));
    }
    let purpose = if is_machine {
        pkinit_oid::TLS_CLIENT_AUTH
    } else {
        pkinit_oid::SMART_CARD_LOGON
    };
    let mut params = leaf(sam, &names, &[pkinit_oid::CLIENT_AUTH, purpose])?;
    let sid = sid.to_string();
    let mut owner = AlternativeNames::default();
    owner.sid = Some(&sid);
    params
        .custom_extensions
        .push(CustomExtension::from_oid_content(
            &arcs(pkinit_oid::SID_EXTENSION),
            owner.encode(),
        ));
    Ok(params)
}

impl Authority {
    fn generate(realm: &Realm) -> Result<Self, CertificationError> {
        let mut params = named(&format!("realm-sim authority of {realm}"))?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        Ok(Self {
            issuer: Issuer::new(params, key),
            certificate,
        })
    }

    /// A certificate for the KDC of `realm` (RFC 4556 §3.2.4), with the DNS name of the domain too
    /// ([MS-PKCA] §3.1.5.1).
    fn issue_kdc(&self, realm: &Realm) -> Result<KdcKey, CertificationError> {
        let tgs = Principal::krbtgt(realm, realm);
        let domain = realm.as_str().to_lowercase();
        let mut names = AlternativeNames::default();
        names.dns.push(&domain);
        names.kerberos.push(in_realm(&tgs));
        let params = leaf(&format!("KDC of {realm}"), &names, &[pkinit_oid::KDC])?;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        KdcKey::new(vec![certificate.der().to_vec()], key)
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl fmt::Debug for IssuedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedCertificate")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

/// A certificate of this subject, from 1975 to the last year that every reader of certificates
/// understands: Heimdal's client makes another of later ones.
fn named(subject: &str) -> Result<CertificateParams, CertificationError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, subject);
    params.not_after = rcgen::date_time_ymd(2049, 12, 31);
    Ok(params)
}

/// A certificate that signs no others.
fn leaf(
    subject: &str,
    names: &AlternativeNames<'_>,
    purposes: &[ObjectIdentifier<'_>],
) -> Result<CertificateParams, CertificationError> {
    /// id-ce-subjectAltName (RFC 3280 §4.2.1.7).
    const SUBJECT_ALT_NAME: [u64; 4] = [2, 5, 29, 17];
    let mut params = named(subject)?;
    // Without a subject key identifier: Heimdal's client names its certificate by that where there
    // is one, in a form that RFC 5652 §5.3 does not have.
    params.is_ca = IsCa::NoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let purposes = purposes.iter();
    params.extended_key_usages = purposes
        .map(|purpose| ExtendedKeyUsagePurpose::Other(arcs(*purpose)))
        .collect();
    params
        .custom_extensions
        .push(CustomExtension::from_oid_content(
            &SUBJECT_ALT_NAME,
            names.encode(),
        ));
    Ok(params)
}

/// The numbers of an object identifier.
fn arcs(oid: ObjectIdentifier<'_>) -> Vec<u64> {
    oid.to_string()
        .split('.')
        .filter_map(|arc| arc.parse().ok())
        .collect()
}

fn in_realm(principal: &Principal) -> Krb5PrincipalName<'_> {
    Krb5PrincipalName {
        realm: principal.realm().into(),
        principal_name: PrincipalName::of(principal),
    }
}

#[cfg(test)]
mod tests;
