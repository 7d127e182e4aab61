//! PAC_CLIENT_INFO: what ties a PAC to its ticket ([MS-PAC] §2.7).

use crate::name::Principal;
use crate::octets::{ByteOrder, Reader};
use crate::time::KerberosTime;

use super::ndr::{decode_utf16, push_utf16, utf16_len};
use super::{FileTime, PacBufferType, PacContent, PacError, PacFault};

/// PAC_CLIENT_INFO ([MS-PAC] §2.7).
///
/// ```
/// use kerberos_core::name::Principal;
/// use kerberos_core::pac::{ClientInfo, PacError};
/// use kerberos_core::time::KerberosTime;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let web: Principal = "HTTP/web@CONTOSO.COM".parse()?;
/// let authtime = KerberosTime::from_seconds(1_767_225_600);
/// let info = ClientInfo::new(&web, authtime);
/// assert_eq!(info.name, "HTTP/web");
/// info.verify(&web, authtime)?;
/// let later = KerberosTime::from_seconds(1_767_225_601);
/// assert!(matches!(info.verify(&web, later), Err(PacError::AuthtimeDiffers { .. })));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a finished wire structure")]
pub struct ClientInfo {
    /// Authentication time of the ticket.
    pub client_id: FileTime,
    /// The client's name, its components joined by `/`; with `@REALM` behind it only where
    /// S4U2Self crosses realms.
    pub name: String,
}

impl ClientInfo {
    /// For a ticket of `client`, who authenticated at `authtime`.
    pub fn new(client: &Principal, authtime: KerberosTime) -> Self {
        Self {
            client_id: authtime.into(),
            name: client.components().join("/"),
        }
    }

    /// For a ticket of S4U2Self that crosses realms: the name with its realm
    /// ([MS-SFU] §3.2.5.1.1).
    pub fn with_realm(client: &Principal, authtime: KerberosTime) -> Self {
        let mut info = Self::new(client, authtime);
        info.name.push('@');
        info.name.push_str(client.realm().as_str());
        info
    }

    /// Checks that this belongs to a ticket with this client and this time.
    ///
    /// # Errors
    ///
    /// [`PacError::ClientDiffers`], [`PacError::AuthtimeDiffers`].
    ///
    /// [MS-PAC] §2.7
    pub fn verify(&self, client: &Principal, authtime: KerberosTime) -> Result<(), PacError> {
        let is_his = self.behind_name_of(client) == Some("");
        self.verify_as(is_his, authtime, || Self::new(client, authtime))
    }

    /// As [`ClientInfo::verify`], for a ticket of S4U2Self that crosses realms.
    ///
    /// # Errors
    ///
    /// As [`ClientInfo::verify`].
    pub fn verify_with_realm(
        &self,
        client: &Principal,
        authtime: KerberosTime,
    ) -> Result<(), PacError> {
        let realm = self
            .behind_name_of(client)
            .and_then(|rest| rest.strip_prefix('@'));
        let is_his = realm == Some(client.realm().as_str());
        self.verify_as(is_his, authtime, || Self::with_realm(client, authtime))
    }

    /// What follows the components of `client`, if the name begins with them.
    fn behind_name_of(&self, client: &Principal) -> Option<&str> {
        let mut rest = self.name.as_str();
        for (at, component) in client.components().iter().enumerate() {
            if at > 0 {
                rest = rest.strip_prefix('/')?;
            }
            rest = rest.strip_prefix(component.as_str())?;
        }
        Some(rest)
    }

    fn verify_as(
        &self,
        is_his: bool,
        authtime: KerberosTime,
        expected: impl FnOnce() -> Self,
    ) -> Result<(), PacError> {
        if !is_his {
            return Err(PacError::ClientDiffers {
                ticket: expected().name,
                found: self.name.clone(),
            });
        }
        if self.client_id != authtime.into() {
            return Err(PacError::AuthtimeDiffers {
                ticket: authtime,
                found: self.client_id,
            });
        }
        Ok(())
    }
}

impl PacContent for ClientInfo {
    const BUFFER: PacBufferType = PacBufferType::CLIENT_INFO;

    fn decode(octets: &[u8]) -> Result<Self, PacError> {
        let truncated = |truncated| PacError::truncated(Self::BUFFER, truncated);
        let mut reader = Reader::new(octets, ByteOrder::Little);
        let client_id = FileTime::from_ticks(reader.u64().map_err(truncated)?);
        let name = reader.counted16().map_err(truncated)?;
        let name = decode_utf16(name).ok_or(PacError::malformed(
            Self::BUFFER,
            NAME_AT,
            PacFault::BadText,
        ))?;
        if !reader.is_empty() {
            let at = reader.position();
            return Err(PacError::malformed(
                Self::BUFFER,
                at,
                PacFault::TrailingBytes,
            ));
        }
        Ok(Self { client_id, name })
    }

    fn encode(&self) -> Result<Vec<u8>, PacError> {
        let length = utf16_len(&self.name);
        let mut out = Vec::with_capacity(NAME_AT + length);
        let length = u16::try_from(length).map_err(|_| PacError::DoesNotFit {
            buffer: Self::BUFFER,
            field: "name",
        })?;
        out.extend_from_slice(&self.client_id.ticks().to_le_bytes());
        out.extend_from_slice(&length.to_le_bytes());
        push_utf16(&mut out, &self.name);
        Ok(out)
    }
}

/// Where the name begins: behind a FILETIME and its length.
const NAME_AT: usize = 10;
