//! PA-DATA and the bodies that go into it.

use crate::assigned::{EncryptionType, PaDataType};
use crate::flags::PacOptions;
use crate::time::{KerberosTime, Timestamp};

use super::der::sequence;
use super::{DecodeError, EncryptionKey, KerberosString, List, Microseconds, decode};

sequence! {
    /// PA-DATA (RFC 4120 §5.2.7). Its first tag is 1.
    ///
    /// ```
    /// use kerberos_core::assigned::PaDataType;
    /// use kerberos_core::wire::{List, PaData, PaPacRequest, decode, encode};
    ///
    /// let pac = encode(&PaPacRequest { include_pac: true });
    /// let items = [
    ///     PaData { padata_type: PaDataType::FX_COOKIE, padata_value: b"MIT" },
    ///     PaData { padata_type: PaDataType::PAC_REQUEST, padata_value: &pac },
    /// ];
    /// let octets = encode(&List::of(&items));
    /// let padata: List<'_, PaData<'_>> = decode(&octets)?;
    /// assert_eq!(padata.value_of(PaDataType::FX_COOKIE), Some(b"MIT".as_slice()));
    /// assert_eq!(padata.value_of(PaDataType::ENC_TIMESTAMP), None);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
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
    ///
    /// ```
    /// use kerberos_core::assigned::EncryptionType;
    /// use kerberos_core::wire::{EtypeInfoEntry, decode, encode};
    ///
    /// let entry = EtypeInfoEntry { etype: EncryptionType::RC4_HMAC, salt: None };
    /// assert_eq!(decode::<EtypeInfoEntry<'_>>(&encode(&entry))?, entry);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    pub struct EtypeInfoEntry<'a> = "ETYPE-INFO" {
        /// The etype of the client's key.
        [0] etype: EncryptionType,
        /// The salt; its character set is not known.
        [1] salt: Option<&'a [u8]>,
    }
}

sequence! {
    /// One element of ETYPE-INFO2 (RFC 4120 §5.2.7.5), where KDCs put the best first.
    ///
    /// ```
    /// use kerberos_core::assigned::EncryptionType;
    /// use kerberos_core::wire::{EtypeInfo2Entry, List, decode, encode};
    ///
    /// let entries = [EtypeInfo2Entry {
    ///     etype: EncryptionType::AES256_CTS_HMAC_SHA1_96,
    ///     salt: Some("CONTOSO.COMalice".into()),
    ///     s2kparams: Some(&[0, 0, 0x10, 0]), // 4096 iterations
    /// }];
    /// let octets = encode(&List::of(&entries));
    /// let received: List<'_, EtypeInfo2Entry<'_>> = decode(&octets)?;
    /// assert!(received.iter().eq(entries));
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
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
    ///
    /// ```
    /// use kerberos_core::time::Timestamp;
    /// use kerberos_core::wire::{PaEncTsEnc, decode, encode};
    ///
    /// let now = Timestamp::from_micros(1_767_225_600_000_250);
    /// let octets = encode(&PaEncTsEnc::at(now));
    /// assert_eq!(decode::<PaEncTsEnc>(&octets)?.time(), now);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
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
    ///
    /// ```
    /// use kerberos_core::wire::{PaPacRequest, encode};
    ///
    /// let octets = encode(&PaPacRequest { include_pac: true });
    /// assert_eq!(octets, [0x30, 5, 0xa0, 3, 1, 1, 0xff]);
    /// ```
    #[derive(Debug)]
    pub struct PaPacRequest = "KERB-PA-PAC-REQUEST" {
        /// Whether the ticket is to carry a PAC.
        [0] include_pac: bool,
    }
}

sequence! {
    /// PA-PAC-OPTIONS ([MS-KILE] §2.2.10).
    ///
    /// ```
    /// use kerberos_core::flags::PacOptions;
    /// use kerberos_core::wire::{PaPacOptions, encode};
    ///
    /// let options = PaPacOptions { options: PacOptions::BRANCH_AWARE };
    /// assert_eq!(encode(&options), [0x30, 9, 0xa0, 7, 3, 5, 0, 0x40, 0, 0, 0]);
    /// ```
    #[derive(Debug)]
    pub struct PaPacOptions = "PA-PAC-OPTIONS" {
        /// What the client can do.
        [0] options: PacOptions,
    }
}
