//! PAC_CREDENTIAL_DATA: what is sealed in PAC_CREDENTIAL_INFO ([MS-PAC] §2.6.2 to §2.6.4).

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::ndr::{NdrReader, NdrWriter};
use super::{PacBufferType, PacError, PacFault};

/// PAC_CREDENTIAL_DATA ([MS-PAC] §2.6.2): credentials by the protocol that takes them.
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::crypto::Key;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::pac::{CredentialData, CredentialsInfo, NtlmCredential};
///
/// let entropy = SeededEntropy::new(1);
/// let reply_key = Key::generate(EncryptionType::AES256_CTS_HMAC_SHA1_96, &entropy)?;
/// let hash = NtlmCredential::new([7; 16]);
/// let data = CredentialData::new(vec![hash.to_supplemental()]);
/// let info = CredentialsInfo::seal(&data.encode()?, &reply_key, &entropy)?;
///
/// let opened = CredentialData::decode(&info.open(&reply_key)?)?;
/// assert_eq!(opened.ntlm()?, Some(hash));
/// assert_eq!(format!("{opened:?}").find('7'), None); // nobody logs them by accident
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CredentialData {
    /// The credentials.
    pub credentials: Vec<SupplementalCredential>,
}

/// SECPKG_SUPPLEMENTAL_CRED ([MS-PAC] §2.6.3). It is wiped when it goes.
///
/// Example: [`CredentialData`].
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
#[non_exhaustive]
pub struct SupplementalCredential {
    /// Which protocol they are for, such as `NTLM`.
    pub package: String,
    /// What that protocol makes of them.
    pub octets: Vec<u8>,
}

/// NTLM_SUPPLEMENTAL_CREDENTIAL ([MS-PAC] §2.6.4). It is wiped when it goes.
///
/// Example: [`CredentialData`].
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
#[non_exhaustive]
pub struct NtlmCredential {
    /// The LM hash, which nobody should have any more.
    pub lm: Option<[u8; HASH]>,
    /// The NT hash.
    pub nt: Option<[u8; HASH]>,
}

/// Bytes in a hash of a password.
const HASH: usize = 16;
/// The package of [`NtlmCredential`].
const NTLM: &str = "NTLM";
/// Bytes that an element takes at least: the header of a text, a length and a pointer.
const ELEMENT: usize = 16;
/// Bits that say which hashes are valid.
const HAS_LM: u32 = 1;
const HAS_NT: u32 = 2;

impl CredentialData {
    /// These credentials.
    pub const fn new(credentials: Vec<SupplementalCredential>) -> Self {
        Self { credentials }
    }

    /// The credentials for NTLM, if there are any.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`] with the offset in them.
    pub fn ntlm(&self) -> Result<Option<NtlmCredential>, PacError> {
        self.credentials
            .iter()
            .find(|credential| credential.package == NTLM)
            .map(|credential| NtlmCredential::decode(&credential.octets))
            .transpose()
    }

    /// Reads what [`CredentialsInfo::open`](super::CredentialsInfo::open) has opened.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`] with the offset in it.
    pub fn decode(octets: &[u8]) -> Result<Self, PacError> {
        let mut r = NdrReader::open(octets, PacBufferType::CREDENTIALS_INFO)?;
        // The count of a conformant array stands before the structure that ends with it.
        let declared = r.u32()?;
        let count = r.count(declared, ELEMENT)?;
        let headers: Vec<_> = (0..count)
            .map(|_| Ok((r.text_header()?, r.u32()?, r.pointer()?)))
            .collect::<Result<_, PacError>>()?;
        let credentials = headers
            .into_iter()
            .map(|(package, length, present)| {
                Ok(SupplementalCredential {
                    package: r.text(package)?,
                    octets: r.octets(present, length)?.to_vec(),
                })
            })
            .collect::<Result<_, PacError>>()?;
        r.finish()?;
        Ok(Self { credentials })
    }

    /// Writes them for [`CredentialsInfo::seal`](super::CredentialsInfo::seal).
    ///
    /// # Errors
    ///
    /// [`PacError::DoesNotFit`] for more, or longer, credentials than there can be.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, PacError> {
        let mut w = NdrWriter::new(PacBufferType::CREDENTIALS_INFO);
        let count = self.credentials.len();
        w.count("credentials", count)?;
        w.count("credentials", count)?;
        let mut pending = Vec::with_capacity(count);
        for credential in &self.credentials {
            let package = w.text_header("package", &credential.package, 0)?;
            let octets = w.octets_header("credentials", &credential.octets)?;
            pending.push((package, octets, credential));
        }
        for (package, octets, credential) in pending {
            w.text(&package);
            w.octets_body(&octets, &credential.octets);
        }
        w.finish().map(Zeroizing::new)
    }
}

impl SupplementalCredential {
    /// Credentials for `package`.
    pub const fn new(package: String, octets: Vec<u8>) -> Self {
        Self { package, octets }
    }
}

impl fmt::Debug for SupplementalCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SupplementalCredential")
            .field("package", &self.package)
            .finish_non_exhaustive()
    }
}

impl NtlmCredential {
    /// With an NT hash and no LM hash, as it should be.
    pub const fn new(nt: [u8; HASH]) -> Self {
        Self {
            lm: None,
            nt: Some(nt),
        }
    }

    /// Reads the credentials of the package `NTLM`.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`] for another version or length.
    pub fn decode(octets: &[u8]) -> Result<Self, PacError> {
        let bad = |at, fault| PacError::malformed(PacBufferType::CREDENTIALS_INFO, at, fault);
        let cut = |rest: &[u8]| bad(octets.len().saturating_sub(rest.len()), PacFault::Truncated);
        let (version, rest) = octets.split_first_chunk().ok_or_else(|| cut(octets))?;
        if u32::from_le_bytes(*version) != 0 {
            return Err(bad(0, PacFault::WrongConstant { expected: 0 }));
        }
        let (flags, rest) = rest.split_first_chunk().ok_or_else(|| cut(rest))?;
        let (lm, rest) = rest.split_first_chunk().ok_or_else(|| cut(rest))?;
        let (nt, rest) = rest.split_first_chunk().ok_or_else(|| cut(rest))?;
        if !rest.is_empty() {
            let at = octets.len().saturating_sub(rest.len());
            return Err(bad(at, PacFault::TrailingBytes));
        }
        let flags = u32::from_le_bytes(*flags);
        Ok(Self {
            lm: (flags & HAS_LM != 0).then_some(*lm),
            nt: (flags & HAS_NT != 0).then_some(*nt),
        })
    }

    /// As credentials of the package `NTLM`.
    pub fn to_supplemental(&self) -> SupplementalCredential {
        let bit = |hash: Option<_>, bit| if hash.is_some() { bit } else { 0 };
        let flags = bit(self.lm, HAS_LM) | bit(self.nt, HAS_NT);
        let (lm, nt) = (self.lm.unwrap_or_default(), self.nt.unwrap_or_default());
        let octets = [&[0; 4][..], &flags.to_le_bytes(), &lm, &nt].concat();
        SupplementalCredential::new(NTLM.to_owned(), octets)
    }
}

impl fmt::Debug for NtlmCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NtlmCredential")
            .field("lm", &self.lm.is_some())
            .field("nt", &self.nt.is_some())
            .finish()
    }
}
