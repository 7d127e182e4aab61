//! trustAuthIncoming and trustAuthOutgoing ([MS-ADTS] §6.1.6.9.1).

use kerberos_core::pac::FileTime;
use zeroize::Zeroizing;

use super::octets::{Octets, TrustBlobError, put_counted, put_length};

/// trustAuthIncoming or trustAuthOutgoing: the secret of one direction of a trust, as its trust
/// object keeps it, with the one before.
///
/// ```
/// use kerberos_core::pac::FileTime;
/// use realm_sim::forest::{AuthInformation, TrustAuthInfo, TrustSecretForm, TrustBlobError};
///
/// let now = FileTime::from_ticks(134_116_992_000_000_000);
/// let entry = |content| AuthInformation::new(now, content);
/// let info = TrustAuthInfo::new(vec![
///     (entry(TrustSecretForm::clear("a secret of both")), AuthInformation::none()),
///     (entry(TrustSecretForm::Version(1)), AuthInformation::none()),
/// ]);
/// let octets = info.encode();
/// assert_eq!(TrustAuthInfo::decode(&octets)?, info);
/// assert_eq!(info.password().as_deref().map(String::as_str), Some("a secret of both"));
/// assert!(matches!(TrustAuthInfo::decode(&octets[..20]), Err(TrustBlobError::Truncated { .. })));
/// # Ok::<(), TrustBlobError>(())
/// ```
///
/// [MS-ADTS] §6.1.6.9.1
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TrustAuthInfo {
    /// What holds now, each entry with what held before.
    pub pairs: Vec<(AuthInformation, AuthInformation)>,
}

/// One way to tell a secret, or what to tell of it ([MS-ADTS] §6.1.6.9.1.1).
///
/// Example: [`TrustAuthInfo`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthInformation {
    /// When it was set.
    pub last_update: FileTime,
    /// What it tells.
    pub content: TrustSecretForm,
}

/// What an [`AuthInformation`] tells.
///
/// Example: [`TrustAuthInfo`].
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustSecretForm {
    /// Nothing: TRUST_AUTH_TYPE_NONE.
    None,
    /// The key of type 23: TRUST_AUTH_TYPE_NT4OWF.
    Nt4Owf(Zeroizing<Vec<u8>>),
    /// The password in UTF-16, which need not be text: TRUST_AUTH_TYPE_CLEAR.
    Clear(Zeroizing<Vec<u8>>),
    /// The version of the password: TRUST_AUTH_TYPE_VERSION.
    Version(u32),
    /// Something else.
    Other {
        /// AuthType.
        auth_type: u32,
        /// AuthInfo.
        octets: Zeroizing<Vec<u8>>,
    },
}

/// Pairs of entries that are read: Windows keeps a key, a password and a version.
const MAX_PAIRS: usize = 16;

/// Octets of an entry that are read ([MS-LSAD] §2.2.7.17).
const MAX_AUTH_INFO: usize = 65_536;

/// Octets before the arrays: the count and two offsets.
const HEADER: usize = 12;

/// Entries end on multiples of this many octets.
const ALIGNMENT: usize = 4;

impl TrustSecretForm {
    /// A password.
    pub fn clear(password: &str) -> Self {
        let octets = password.encode_utf16().flat_map(u16::to_le_bytes);
        Self::Clear(Zeroizing::new(octets.collect()))
    }

    const fn auth_type(&self) -> u32 {
        match self {
            Self::None => 0,
            Self::Nt4Owf(_) => 1,
            Self::Clear(_) => 2,
            Self::Version(_) => 3,
            Self::Other { auth_type, .. } => *auth_type,
        }
    }
}

impl std::fmt::Debug for TrustSecretForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Version(version) => f.debug_tuple("Version").field(version).finish(),
            secret => write!(f, "AuthType({})", secret.auth_type()),
        }
    }
}

impl AuthInformation {
    /// What was set then.
    pub const fn new(last_update: FileTime, content: TrustSecretForm) -> Self {
        Self {
            last_update,
            content,
        }
    }

    /// Nothing, never set: what stands in the place of a secret that was not there.
    pub const fn none() -> Self {
        Self::new(FileTime::UNSET, TrustSecretForm::None)
    }

    fn decode(octets: &mut Octets<'_>) -> Result<Self, TrustBlobError> {
        let last_update = FileTime::from_ticks(octets.long("LastUpdateTime")?);
        let auth_type = octets.number("AuthType")?;
        let at = octets.position();
        let info = octets.counted(MAX_AUTH_INFO, "AuthInfo")?;
        octets.take(padding(info.len()), "Padding")?;
        let kept = || Zeroizing::new(info.to_vec());
        let content = match auth_type {
            0 => TrustSecretForm::None,
            1 => TrustSecretForm::Nt4Owf(kept()),
            2 => TrustSecretForm::Clear(kept()),
            3 => {
                let version = info.first_chunk().filter(|_| info.len() == 4);
                let field = "AuthInfo of a version";
                let version = version.ok_or(TrustBlobError::OutOfRange { field, at })?;
                TrustSecretForm::Version(u32::from_le_bytes(*version))
            }
            auth_type => TrustSecretForm::Other {
                auth_type,
                octets: kept(),
            },
        };
        Ok(Self::new(last_update, content))
    }

    fn encode_to(&self, out: &mut Zeroizing<Vec<u8>>) {
        out.extend_from_slice(&self.last_update.ticks().to_le_bytes());
        out.extend_from_slice(&self.content.auth_type().to_le_bytes());
        let version;
        let info: &[u8] = match &self.content {
            TrustSecretForm::None => &[],
            TrustSecretForm::Version(number) => {
                version = number.to_le_bytes();
                &version
            }
            TrustSecretForm::Nt4Owf(octets)
            | TrustSecretForm::Clear(octets)
            | TrustSecretForm::Other { octets, .. } => octets,
        };
        put_counted(out, info);
        let padding = padding(info.len());
        out.extend(std::iter::repeat_n(0, padding));
    }
}

impl TrustAuthInfo {
    /// These entries, each with the one before.
    pub const fn new(pairs: Vec<(AuthInformation, AuthInformation)>) -> Self {
        Self { pairs }
    }

    /// The password that holds now, where it is there and is text.
    pub fn password(&self) -> Option<Zeroizing<String>> {
        let mut current = self.pairs.iter().map(|(current, _)| &current.content);
        current.find_map(|content| match content {
            TrustSecretForm::Clear(octets) => {
                let (units, rest) = octets.as_chunks();
                let units: Zeroizing<Vec<u16>> =
                    Zeroizing::new(units.iter().map(|unit| u16::from_le_bytes(*unit)).collect());
                let text = String::from_utf16(&units).ok().filter(|_| rest.is_empty());
                text.map(Zeroizing::new)
            }
            _ => None,
        })
    }

    /// Reads the attribute's octets; none at all are no entries.
    ///
    /// # Errors
    ///
    /// [`TrustBlobError`].
    ///
    /// [MS-ADTS] §6.1.6.9.1
    pub fn decode(octets: &[u8]) -> Result<Self, TrustBlobError> {
        if octets.is_empty() {
            return Ok(Self::default());
        }
        let mut octets = Octets::new(octets);
        let count = octets.count(MAX_PAIRS, "Count")?;
        let mut offset = |field| octets.count(usize::MAX, field);
        let current = offset("offset of AuthenticationInformation")?;
        let previous = offset("offset of PreviousAuthenticationInformation")?;
        let array = |at| {
            let mut octets = octets.from(at);
            (0..count)
                .map(|_| AuthInformation::decode(&mut octets))
                .collect::<Result<Vec<_>, _>>()
        };
        let (current, previous) = (array(current)?, array(previous)?);
        Ok(Self::new(current.into_iter().zip(previous).collect()))
    }

    /// The attribute's octets.
    ///
    /// [MS-ADTS] §6.1.6.9.1
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut current = Zeroizing::new(Vec::new());
        let mut previous = Zeroizing::new(Vec::new());
        for (now, before) in &self.pairs {
            now.encode_to(&mut current);
            before.encode_to(&mut previous);
        }
        let mut out = Zeroizing::new(Vec::new());
        out.reserve(HEADER + current.len() + previous.len());
        put_length(&mut out, self.pairs.len());
        put_length(&mut out, HEADER);
        put_length(&mut out, HEADER + current.len());
        out.extend_from_slice(&current);
        out.extend_from_slice(&previous);
        out
    }
}

/// Zeros behind so many octets of AuthInfo.
const fn padding(length: usize) -> usize {
    length.next_multiple_of(ALIGNMENT) - length
}
