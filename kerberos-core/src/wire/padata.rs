//! PA-DATA and the bodies that go into it.

use crate::assigned::{EncryptionType, PaDataType};
use crate::flags::PacOptions;
use crate::time::{KerberosTime, Timestamp};

use super::der::sequence;
use super::{DecodeError, EncryptionKey, KerberosString, List, Microseconds, decode};

sequence! {
    /// PA-DATA (RFC 4120 §5.2.7). Its first tag is 1.
    #[derive(Debug)]
    pub struct PaData<'a> = "PA-DATA" {
        /// What the value is.
        [1] padata_type: PaDataType,
        /// The value.
        [2] padata_value: &'a [u8],
    }
}

impl<'a> List<'a, PaData<'a>> {
    /// The value of the first element of this type.
    pub fn value_of(&self, padata_type: PaDataType) -> Option<&'a [u8]> {
        self.iter()
            .find(|pa| pa.padata_type == padata_type)
            .map(|pa| pa.padata_value)
    }

    /// The freshness token of a KDC: octets without structure, for the client to repeat in its
    /// PKAuthenticator (RFC 8070 §2.1). An empty one is a client's way to ask.
    pub fn freshness_token(&self) -> Option<&'a [u8]> {
        self.value_of(PaDataType::AS_FRESHNESS)
            .filter(|token| !token.is_empty())
    }

    /// The etypes whose keys a client asks for (KERB-KEY-LIST-REQ, [MS-KILE] §2.2.11).
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the value is no such list.
    pub fn key_list_request(&self) -> Result<Option<List<'a, EncryptionType>>, DecodeError> {
        self.value_of(PaDataType::KEY_LIST_REQ)
            .map(decode)
            .transpose()
    }

    /// The keys that a KDC gives out (KERB-KEY-LIST-REP, [MS-KILE] §2.2.12).
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the value is no such list.
    pub fn key_list_reply(&self) -> Result<Option<List<'a, EncryptionKey<'a>>>, DecodeError> {
        self.value_of(PaDataType::KEY_LIST_REP)
            .map(decode)
            .transpose()
    }
}

sequence! {
    /// One element of ETYPE-INFO, which ETYPE-INFO2 replaces (RFC 4120 §5.2.7.4).
    #[derive(Debug)]
    pub struct EtypeInfoEntry<'a> = "ETYPE-INFO" {
        /// The etype of the client's key.
        [0] etype: EncryptionType,
        /// The salt; its character set is not known.
        [1] salt: Option<&'a [u8]>,
    }
}

sequence! {
    /// One element of ETYPE-INFO2, best first (RFC 4120 §5.2.7.5).
    #[derive(Debug)]
    pub struct EtypeInfo2Entry<'a> = "ETYPE-INFO2" {
        /// The etype of the client's key.
        [0] etype: EncryptionType,
        /// The salt; absent for etypes without one.
        [1] salt: Option<KerberosString<'a>>,
        /// Parameters of string-to-key.
        [2] s2kparams: Option<&'a [u8]>,
    }
}

sequence! {
    /// PA-ENC-TS-ENC (RFC 4120 §5.2.7.2).
    #[derive(Debug)]
    pub struct PaEncTsEnc = "PA-ENC-TS-ENC" {
        /// The client's time.
        [0] patimestamp: KerberosTime,
        /// Its microseconds.
        [1] pausec: Option<Microseconds>,
    }
}

impl PaEncTsEnc {
    /// The client's time as this structure carries it.
    pub fn at(now: Timestamp) -> Self {
        let micros = Microseconds::new(now.subsec_micros());
        Self {
            patimestamp: now.time(),
            pausec: Some(micros),
        }
    }

    /// The client's time with its microseconds.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_parts(self.patimestamp, self.pausec.map_or(0, Microseconds::get))
    }
}

sequence! {
    /// KERB-PA-PAC-REQUEST ([MS-KILE] §2.2.3).
    #[derive(Debug)]
    pub struct PaPacRequest = "KERB-PA-PAC-REQUEST" {
        /// Whether the ticket is to carry a PAC.
        [0] include_pac: bool,
    }
}

sequence! {
    /// PA-PAC-OPTIONS ([MS-KILE] §2.2.10).
    #[derive(Debug)]
    pub struct PaPacOptions = "PA-PAC-OPTIONS" {
        /// What the client can do.
        [0] options: PacOptions,
    }
}

/// PA-SUPPORTED-ENCTYPES: four octets, little-endian, no DER ([MS-KILE] §2.2.8).
pub const fn supported_enctypes(bits: u32) -> [u8; 4] {
    bits.to_le_bytes()
}

/// The bits of a PA-SUPPORTED-ENCTYPES; nothing when there are not four octets.
pub fn decode_supported_enctypes(octets: &[u8]) -> Option<u32> {
    octets.try_into().ok().map(u32::from_le_bytes)
}
