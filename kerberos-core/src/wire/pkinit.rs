//! PKINIT: public keys in the initial exchange (RFC 4556), with freshness (RFC 8070) and a choice
//! of hash functions (RFC 8636).
//!
//! What is signed or enveloped lies inside CMS, which stands here as octets; the feature `pkinit`
//! adds a reader and writer of it. OIDs of CMS content types and key purposes are constants of
//! [`pkinit_oid`].

use crate::time::{KerberosTime, Timestamp};

use super::der::{CONTEXT, Der, Reader, Writer, sequence};
use super::error::{DecodeError, Place};
use super::opaque::{BitString, ForeignSequence, IMPLICIT_ONE, ImplicitOctets};
use super::{
    Checksum, EncryptionKey, KerberosString, List, Microseconds, ObjectIdentifier, PrincipalName,
};

sequence! {
    /// PA-PK-AS-REQ (RFC 4556 §3.2.1).
    ///
    /// ```
    /// use kerberos_core::wire::{ImplicitOctets, PaPkAsReq, decode, encode};
    ///
    /// let request = PaPkAsReq::new(ImplicitOctets(b"a ContentInfo"));
    /// let octets = encode(&request);
    /// assert_eq!(octets[..4], [0x30, 15, 0x80, 13]);
    /// assert_eq!(decode::<PaPkAsReq<'_>>(&octets)?, request);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct PaPkAsReq<'a> = "PA-PK-AS-REQ", extensible {
        /// ContentInfo of CMS: SignedData over an [`AuthPack`].
        [0] signed_auth_pack: ImplicitOctets<'a>,
        /// Authorities that the client trusts, best first.
        [1] trusted_certifiers: Option<List<'a, ExternalPrincipalIdentifier<'a>>>,
        /// IssuerAndSerialNumber of CMS: the KDC's certificate as the client knows it.
        [2] kdc_pk_id: Option<ImplicitOctets<'a>>,
    }
}

impl<'a> PaPkAsReq<'a> {
    /// With what it must have, and nothing else.
    pub const fn new(signed_auth_pack: ImplicitOctets<'a>) -> Self {
        Self {
            signed_auth_pack,
            trusted_certifiers: None,
            kdc_pk_id: None,
        }
    }
}

sequence! {
    /// ExternalPrincipalIdentifier (RFC 4556 §3.2.1): a certificate by one of three names.
    /// Also an element of AD-INITIAL-VERIFIED-CAS (§3.2.3), TD-TRUSTED-CERTIFIERS and
    /// TD-INVALID-CERTIFICATES (§3.2.2).
    ///
    /// ```
    /// use kerberos_core::wire::{ExternalPrincipalIdentifier, ImplicitOctets, decode, encode};
    ///
    /// let mut authority = ExternalPrincipalIdentifier::default();
    /// authority.subject_key_identifier = Some(ImplicitOctets(&[4, 4, 7, 7, 7, 7]));
    /// let octets = encode(&authority);
    /// assert_eq!(decode::<ExternalPrincipalIdentifier<'_>>(&octets)?, authority);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug, Default)]
    #[non_exhaustive]
    pub struct ExternalPrincipalIdentifier<'a> = "ExternalPrincipalIdentifier", extensible {
        /// Name of X.500.
        [0] subject_name: Option<ImplicitOctets<'a>>,
        /// IssuerAndSerialNumber of CMS.
        [1] issuer_and_serial_number: Option<ImplicitOctets<'a>>,
        /// SubjectKeyIdentifier of X.509: an OCTET STRING, with its tag.
        [2] subject_key_identifier: Option<ImplicitOctets<'a>>,
    }
}

sequence! {
    /// AuthPack (RFC 4556 §3.2.1, RFC 8636 §6).
    ///
    /// ```
    /// use kerberos_core::time::Timestamp;
    /// use kerberos_core::wire::{
    ///     AuthPack, KdfAlgorithmId, List, Microseconds, PkAuthenticator, decode, encode, pkinit_oid,
    /// };
    ///
    /// let now = Timestamp::from_micros(1_767_225_600_000_250);
    /// let cusec = Microseconds::new(now.subsec_micros());
    /// let mut authenticator = PkAuthenticator::new(cusec, now.time(), 4711);
    /// authenticator.pa_checksum = Some(&[7; 20]);
    /// let functions = [KdfAlgorithmId::new(pkinit_oid::KDF_SHA256)];
    /// let mut pack = AuthPack::new(authenticator);
    /// pack.supported_kdfs = Some(List::of(&functions));
    /// let octets = encode(&pack);
    /// assert_eq!(decode::<AuthPack<'_>>(&octets)?.pk_authenticator.time(), now);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct AuthPack<'a> = "AuthPack", extensible {
        /// Ties the request to its time and body.
        [0] pk_authenticator: PkAuthenticator<'a>,
        /// SubjectPublicKeyInfo: the client's Diffie-Hellman value.
        [1] client_public_value: Option<ForeignSequence<'a>>,
        /// AlgorithmIdentifiers of CMS that the client takes.
        [2] supported_cms_types: Option<List<'a, ForeignSequence<'a>>>,
        /// Says that the client's value may be used again.
        [3] client_dh_nonce: Option<&'a [u8]>,
        /// Key derivation functions that the client has, best first.
        [4] supported_kdfs: Option<List<'a, KdfAlgorithmId<'a>>>,
    }
}

impl<'a> AuthPack<'a> {
    /// With what it must have, and nothing else.
    pub const fn new(pk_authenticator: PkAuthenticator<'a>) -> Self {
        Self {
            pk_authenticator,
            client_public_value: None,
            supported_cms_types: None,
            client_dh_nonce: None,
            supported_kdfs: None,
        }
    }
}

sequence! {
    /// PKAuthenticator (RFC 4556 §3.2.1, RFC 8070 §4, RFC 8636 §3).
    ///
    /// Example: [`AuthPack`].
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct PkAuthenticator<'a> = "PKAuthenticator", extensible {
        /// Microseconds of the client's time.
        [0] cusec: Microseconds,
        /// The client's time.
        [1] ctime: KerberosTime,
        /// The nonce of the request's body.
        [2] nonce: u32,
        /// SHA-1 over the octets of KDC-REQ-BODY.
        [3] pa_checksum: Option<&'a [u8]>,
        /// The KDC's token, which proves that the key was at hand just now.
        [4] freshness_token: Option<&'a [u8]>,
        /// The same as the SHA-1 with a better hash function.
        [5] pa_checksum2: Option<PaChecksum2<'a>>,
    }
}

impl PkAuthenticator<'_> {
    /// With what it must have, and nothing else.
    pub const fn new(cusec: Microseconds, ctime: KerberosTime, nonce: u32) -> Self {
        Self {
            cusec,
            ctime,
            nonce,
            pa_checksum: None,
            freshness_token: None,
            pa_checksum2: None,
        }
    }
}

impl PkAuthenticator<'_> {
    /// The client's time with its microseconds.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_parts(self.ctime, self.cusec.get())
    }
}

sequence! {
    /// PAChecksum2 (RFC 8636 §3).
    ///
    /// ```
    /// use kerberos_core::wire::{ForeignSequence, PaChecksum2, decode, encode};
    ///
    /// let sha256 = [0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    /// let checksum = PaChecksum2::new(&[7; 32], ForeignSequence::decode(&sha256)?);
    /// assert_eq!(decode::<PaChecksum2<'_>>(&encode(&checksum))?, checksum);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct PaChecksum2<'a> = "PAChecksum2", extensible {
        /// The hash of KDC-REQ-BODY.
        [0] checksum: &'a [u8],
        /// AlgorithmIdentifier of the hash function.
        [1] algorithm_identifier: ForeignSequence<'a>,
    }
}

impl<'a> PaChecksum2<'a> {
    /// With what it must have.
    pub const fn new(checksum: &'a [u8], algorithm_identifier: ForeignSequence<'a>) -> Self {
        Self {
            checksum,
            algorithm_identifier,
        }
    }
}

sequence! {
    /// KDFAlgorithmId (RFC 8636 §6).
    ///
    /// Example: [`AuthPack`].
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct KdfAlgorithmId<'a> = "KDFAlgorithmId", extensible {
        /// The key derivation function.
        [0] kdf_id: ObjectIdentifier<'a>,
    }
}

impl<'a> KdfAlgorithmId<'a> {
    /// With what it must have.
    pub const fn new(kdf_id: ObjectIdentifier<'a>) -> Self {
        Self { kdf_id }
    }
}

/// PA-PK-AS-REP (RFC 4556 §3.2.3).
///
/// ```
/// use kerberos_core::wire::{
///     DhRepInfo, ImplicitOctets, KdfAlgorithmId, PaPkAsRep, decode, encode, pkinit_oid,
/// };
///
/// let mut info = DhRepInfo::new(ImplicitOctets(b"a ContentInfo"));
/// info.kdf = Some(KdfAlgorithmId::new(pkinit_oid::KDF_SHA256));
/// let reply = PaPkAsRep::DhInfo(info);
/// assert_eq!(decode::<PaPkAsRep<'_>>(&encode(&reply))?, reply);
/// # Ok::<(), kerberos_core::wire::DecodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PaPkAsRep<'a> {
    /// The reply key comes from Diffie-Hellman.
    DhInfo(DhRepInfo<'a>),
    /// ContentInfo of CMS: EnvelopedData around SignedData over a [`ReplyKeyPack`].
    EncKeyPack(&'a [u8]),
}

impl<'a> Der<'a> for PaPkAsRep<'a> {
    const NAME: &'static str = "PA-PK-AS-REP";

    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let named = |error: DecodeError| {
            error.within(&Place {
                type_name: Self::NAME,
                field: None,
            })
        };
        if reader.next_is(IMPLICIT_ONE) {
            let content = reader.element(IMPLICIT_ONE).map_err(named)?;
            return Ok(Self::EncKeyPack(content.remaining()));
        }
        let mut content = reader.element(CONTEXT).map_err(named)?;
        let info = Der::decode_from(&mut content)?;
        content.finish().map_err(named)?;
        Ok(Self::DhInfo(info))
    }

    fn encode_to(&self, writer: &mut impl Writer) {
        match self {
            Self::DhInfo(info) => writer.element(CONTEXT, |w| info.encode_to(w)),
            Self::EncKeyPack(octets) => writer.element(IMPLICIT_ONE, |w| w.prepend(octets)),
        }
    }
}

sequence! {
    /// DHRepInfo (RFC 4556 §3.2.3, RFC 8636 §6).
    ///
    /// Example: [`PaPkAsRep`].
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct DhRepInfo<'a> = "DHRepInfo", extensible {
        /// ContentInfo of CMS: SignedData over a [`KdcDhKeyInfo`].
        [0] dh_signed_data: ImplicitOctets<'a>,
        /// Present when the KDC's value is used again.
        [1] server_dh_nonce: Option<&'a [u8]>,
        /// The key derivation function; without it octetstring2key.
        [2] kdf: Option<KdfAlgorithmId<'a>>,
    }
}

impl<'a> DhRepInfo<'a> {
    /// With what it must have, and nothing else.
    pub const fn new(dh_signed_data: ImplicitOctets<'a>) -> Self {
        Self {
            dh_signed_data,
            server_dh_nonce: None,
            kdf: None,
        }
    }
}

sequence! {
    /// KDCDHKeyInfo (RFC 4556 §3.2.3).
    ///
    /// ```
    /// use kerberos_core::wire::{BitString, KdcDhKeyInfo, decode, encode};
    ///
    /// let info = KdcDhKeyInfo::new(BitString(b"a public value"), 4711);
    /// assert_eq!(decode::<KdcDhKeyInfo<'_>>(&encode(&info))?, info);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct KdcDhKeyInfo<'a> = "KDCDHKeyInfo", extensible {
        /// The KDC's Diffie-Hellman value.
        [0] subject_public_key: BitString<'a>,
        /// The request's nonce, or 0 when the value is used again.
        [1] nonce: u32,
        /// Until when the value is used again.
        [2] dh_key_expiration: Option<KerberosTime>,
    }
}

impl<'a> KdcDhKeyInfo<'a> {
    /// With what it must have, and nothing else.
    pub const fn new(subject_public_key: BitString<'a>, nonce: u32) -> Self {
        Self {
            subject_public_key,
            nonce,
            dh_key_expiration: None,
        }
    }
}

sequence! {
    /// ReplyKeyPack (RFC 4556 §3.2.3.2).
    ///
    /// ```
    /// use kerberos_core::assigned::{ChecksumType, EncryptionType};
    /// use kerberos_core::wire::{Checksum, EncryptionKey, ReplyKeyPack, decode, encode_secret};
    ///
    /// let keytype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    /// let pack = ReplyKeyPack::new(
    ///     EncryptionKey { keytype, keyvalue: &[1; 32] },
    ///     Checksum { cksumtype: ChecksumType::HMAC_SHA1_96_AES256, checksum: &[7; 12] },
    /// );
    /// assert_eq!(decode::<ReplyKeyPack<'_>>(&encode_secret(&pack))?, pack);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct ReplyKeyPack<'a> = "ReplyKeyPack", extensible {
        /// The reply key.
        [0] reply_key: EncryptionKey<'a>,
        /// Over the octets of the AS-REQ; reply key, usage 6.
        [1] as_checksum: Checksum<'a>,
    }
}

impl<'a> ReplyKeyPack<'a> {
    /// With what it must have.
    pub const fn new(reply_key: EncryptionKey<'a>, as_checksum: Checksum<'a>) -> Self {
        Self {
            reply_key,
            as_checksum,
        }
    }
}

sequence! {
    /// KRB5PrincipalName (RFC 4556 §3.2.2): the name that a KDC's certificate carries.
    ///
    /// ```
    /// use kerberos_core::name::{Principal, Realm};
    /// use kerberos_core::wire::{Krb5PrincipalName, PrincipalName, decode, encode};
    ///
    /// let realm = Realm::new("CONTOSO.COM")?;
    /// let tgs = Principal::krbtgt(&realm, &realm);
    /// let name = Krb5PrincipalName { realm: (&realm).into(), principal_name: PrincipalName::of(&tgs) };
    /// assert_eq!(decode::<Krb5PrincipalName<'_>>(&encode(&name))?, name);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Debug)]
    pub struct Krb5PrincipalName<'a> = "KRB5PrincipalName" {
        /// The realm.
        [0] realm: KerberosString<'a>,
        /// The name.
        [1] principal_name: PrincipalName<'a>,
    }
}

/// Object identifiers of PKINIT.
pub mod pkinit_oid {
    use crate::wire::ObjectIdentifier;

    macro_rules! identifiers {
        ($($(#[$doc:meta])* $name:ident = $octets:expr;)*) => {
            $( $(#[$doc])* pub const $name: ObjectIdentifier<'static> =
                ObjectIdentifier::known(&$octets); )*
        };
    }

    identifiers! {
        /// id-pkinit-authData: the content is an AuthPack (RFC 4556 §3.2.1).
        AUTH_DATA = [0x2b, 6, 1, 5, 2, 3, 1];
        /// id-pkinit-DHKeyData: the content is a KDCDHKeyInfo (RFC 4556 §3.2.3.1).
        DH_KEY_DATA = [0x2b, 6, 1, 5, 2, 3, 2];
        /// id-pkinit-rkeyData: the content is a ReplyKeyPack (RFC 4556 §3.2.3.2).
        REPLY_KEY_DATA = [0x2b, 6, 1, 5, 2, 3, 3];
        /// id-pkinit-KPClientAuth: key purpose of a client (RFC 4556 §3.2.2).
        CLIENT_AUTH = [0x2b, 6, 1, 5, 2, 3, 4];
        /// id-pkinit-KPKdc: key purpose of a KDC (RFC 4556 §3.2.4).
        KDC = [0x2b, 6, 1, 5, 2, 3, 5];
        /// id-pkinit-san: a KRB5PrincipalName as alternative name (RFC 4556 §3.2.2).
        SAN = [0x2b, 6, 1, 5, 2, 2];
        /// szOID_NT_PRINCIPAL_NAME: a userPrincipalName as alternative name ([MS-WCCE] §2.2.2.7.5).
        UPN_SAN = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 20, 2, 3];
        /// szOID_KP_SMARTCARD_LOGON: key purpose of a client of Active Directory.
        SMART_CARD_LOGON = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 20, 2, 2];
        /// id-kp-clientAuth: key purpose of a client of TLS (RFC 3280 §4.2.1.13), which computers
        /// of Active Directory may have ([MS-PKCA] §3.1.5.1).
        TLS_CLIENT_AUTH = [0x2b, 6, 1, 5, 5, 7, 3, 2];
        /// szOID_NTDS_CA_SECURITY_EXT: whose certificate it is, as a SID
        /// ([MS-WCCE] §2.2.2.7.7.4).
        SID_EXTENSION = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 25, 2];
        /// szOID_NTDS_OBJECTSID, inside that extension ([MS-WCCE] §2.2.2.7.7.4).
        OBJECT_SID = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 25, 2, 1];
        /// dhpublicnumber: a key of Diffie-Hellman (RFC 3279 §2.3.3).
        DH_PUBLIC_NUMBER = [0x2a, 0x86, 0x48, 0xce, 0x3e, 2, 1];
        /// id-ecPublicKey: a point of a curve (RFC 3279 §2.3.5, RFC 5349 §4).
        EC_PUBLIC_KEY = [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
        /// secp256r1, P-256 (RFC 5480 §2.1.1.1).
        SECP256R1 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
        /// secp384r1, P-384 (RFC 5480 §2.1.1.1).
        SECP384R1 = [0x2b, 0x81, 4, 0, 0x22];
        /// secp521r1, P-521 (RFC 5480 §2.1.1.1).
        SECP521R1 = [0x2b, 0x81, 4, 0, 0x23];
        /// id-pkinit-kdf-ah-sha1 (RFC 8636 §6).
        KDF_SHA1 = [0x2b, 6, 1, 5, 2, 3, 6, 1];
        /// id-pkinit-kdf-ah-sha256 (RFC 8636 §6).
        KDF_SHA256 = [0x2b, 6, 1, 5, 2, 3, 6, 2];
        /// id-pkinit-kdf-ah-sha512 (RFC 8636 §6).
        KDF_SHA512 = [0x2b, 6, 1, 5, 2, 3, 6, 3];
        /// id-pkinit-kdf-ah-sha384 (RFC 8636 §6).
        KDF_SHA384 = [0x2b, 6, 1, 5, 2, 3, 6, 4];
    }
}
