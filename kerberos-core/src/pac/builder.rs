//! Building and signing a PAC ([MS-PAC] §2.8, [MS-KILE] §3.3.5.6.4, §3.3.5.6.4.3, §3.3.5.6.4.4).

use std::ops::Deref;

use bytes::Bytes;
use zeroize::Zeroizing;

use crate::assigned::KeyUsage;
use crate::crypto::{ChecksumValue, Key};
use crate::wire::EncTicketPart;

use super::container::LaidOut;
use super::signature::{BlankSignature, VALUE_AT};
use super::{Pac, PacBufferType, PacContent, PacError, ticket};

/// The keys that sign a PAC.
///
/// Example: [`pac`](crate::pac).
#[derive(Debug, Clone, Copy)]
pub struct SigningKeys<'a> {
    server: &'a Key,
    kdc: &'a Key,
    rodc: Option<u16>,
}

impl<'a> SigningKeys<'a> {
    /// `server` is the key that seals the ticket: a service's, a trust's, or for a TGT the KDC's
    /// own; `kdc` is the key of the issuing realm's krbtgt.
    pub const fn new(server: &'a Key, kdc: &'a Key) -> Self {
        Self {
            server,
            kdc,
            rodc: None,
        }
    }

    /// The KDC is the read-only domain controller of this number.
    #[must_use]
    pub const fn of_rodc(mut self, number: u16) -> Self {
        self.rodc = Some(number);
        self
    }

    /// Writes the KDC's signature, and its number behind it where it has one.
    fn write_kdc_signature(&self, pac: &mut LaidOut, kind: PacBufferType, signature: &[u8]) {
        pac.fill(kind, VALUE_AT, signature);
        if let Some(number) = self.rodc {
            pac.fill(kind, VALUE_AT + signature.len(), &number.to_le_bytes());
        }
    }
}

/// Collects buffers and signs them.
///
/// Buffers keep the order in which they were added. Signatures that have no place yet go where
/// their number belongs; added in order of their numbers, buffers come out as Windows Server 2022
/// writes them.
///
/// ```
/// use kerberos_core::assigned::{AuthorizationDataType, EncryptionType};
/// use kerberos_core::crypto::Key;
/// use kerberos_core::flags::TicketFlags;
/// use kerberos_core::name::Principal;
/// use kerberos_core::pac::{ClientInfo, LogonInfo, Pac, PacBuilder, SigningKeys};
/// use kerberos_core::time::KerberosTime;
/// use kerberos_core::wire::{
///     self, AuthorizationDataElement, EncTicketPart, EncryptionKey, List, PrincipalName,
///     TransitedEncoding,
/// };
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// let (service, krbtgt) = (Key::new(etype, &[1; 32])?, Key::new(etype, &[2; 32])?);
/// let alice: Principal = "alice@CONTOSO.COM".parse()?;
/// let authtime = KerberosTime::from_seconds(1_767_225_600);
/// let mut part = EncTicketPart {
///     flags: TicketFlags::FORWARDABLE,
///     key: EncryptionKey { keytype: etype, keyvalue: &[3; 32] },
///     crealm: alice.realm().into(),
///     cname: PrincipalName::of(&alice),
///     transited: TransitedEncoding { tr_type: 0, contents: &[] },
///     authtime,
///     starttime: Some(authtime),
///     endtime: KerberosTime::MAX,
///     renew_till: None,
///     caddr: None,
///     authorization_data: None,
/// };
/// let pac = PacBuilder::new()
///     .with(&LogonInfo::new("alice", "S-1-5-21-1-2-3".parse()?, 1107, 513))?
///     .with(&ClientInfo::new(&alice, authtime))?
///     .sign_with_ticket(&SigningKeys::new(&service, &krbtgt), &part)?;
/// let carrier = pac.to_if_relevant();
/// let elements = [AuthorizationDataElement {
///     ad_type: AuthorizationDataType::IF_RELEVANT,
///     ad_data: &carrier,
/// }];
/// part.authorization_data = Some(List::of(&elements));
///
/// // The KDC that gets the ticket back, as evidence or for renewal:
/// let verified = Pac::of_ticket(&part)?
///     .expect("the PAC")
///     .verify(&service, Some(&krbtgt))?
///     .verify_ticket(&krbtgt, &wire::encode(&part))?;
/// assert_eq!(verified.pac(), &pac);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct PacBuilder {
    buffers: Vec<(PacBufferType, Content)>,
}

/// What is to stand in a buffer.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// What it is given.
    New(Vec<u8>),
    /// What stood in the buffer of another PAC.
    Kept(Bytes),
    /// A signature that is not made yet.
    Blank(BlankSignature),
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::New(octets) => octets,
            Self::Kept(octets) => octets,
            Self::Blank(signature) => signature,
        }
    }
}

/// Buffers that nearly every PAC has room for.
const USUAL_BUFFERS: usize = 12;

impl PacBuilder {
    /// Without buffers.
    pub const fn new() -> Self {
        Self {
            buffers: Vec::new(),
        }
    }

    /// Adds a buffer, or replaces the one of its type.
    ///
    /// # Errors
    ///
    /// [`PacError::DoesNotFit`].
    pub fn with<T: PacContent>(self, content: &T) -> Result<Self, PacError> {
        Ok(self.with_octets(T::BUFFER, content.encode()?))
    }

    /// Adds a buffer of any type as it is, or replaces the one of its type. A signature gets its
    /// place by this, its bytes when it is made.
    #[must_use]
    pub fn with_octets(mut self, kind: PacBufferType, octets: Vec<u8>) -> Self {
        let content = Content::New(octets);
        match self.buffers.iter_mut().find(|(own, _)| *own == kind) {
            Some((_, own)) => *own = content,
            None => {
                if self.buffers.is_empty() {
                    self.buffers.reserve(USUAL_BUFFERS);
                }
                self.buffers.push((kind, content));
            }
        }
        self
    }

    /// Leaves out the buffer of this type.
    #[must_use]
    pub fn without(mut self, kind: PacBufferType) -> Self {
        self.buffers.retain(|(own, _)| *own != kind);
        self
    }

    /// Signs the PAC of a TGT or referral: server and KDC signature.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`] for more than a PAC can hold, [`PacError::Crypto`].
    pub fn sign(self, keys: &SigningKeys<'_>) -> Result<Pac, PacError> {
        self.sign_over(keys, None)
    }

    /// Signs the PAC of a service ticket: ticket, full, server and KDC signature, in this order.
    ///
    /// `part` is the ticket with everything but the PAC, which then must become the first element
    /// of its authorization data: AD-IF-RELEVANT with [`Pac::to_if_relevant`].
    ///
    /// # Errors
    ///
    /// As [`PacBuilder::sign`], and [`PacError::SeveralPacs`] when `part` has a PAC.
    ///
    /// [MS-PAC] §2.8.1
    pub fn sign_with_ticket(
        self,
        keys: &SigningKeys<'_>,
        part: &EncTicketPart<'_>,
    ) -> Result<Pac, PacError> {
        self.sign_over(keys, Some(ticket::covered_without(part)?))
    }

    fn sign_over(
        mut self,
        keys: &SigningKeys<'_>,
        ticket: Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Pac, PacError> {
        const TICKET: PacBufferType = PacBufferType::TICKET_CHECKSUM;
        const FULL: PacBufferType = PacBufferType::FULL_CHECKSUM;
        const SERVER: PacBufferType = PacBufferType::SERVER_CHECKSUM;
        const KDC: PacBufferType = PacBufferType::KDC_CHECKSUM;
        self.place(SERVER, BlankSignature::of(keys.server, None));
        self.place(KDC, BlankSignature::of(keys.kdc, keys.rodc));
        if ticket.is_some() {
            self.place(TICKET, BlankSignature::of(keys.kdc, keys.rodc));
            self.place(FULL, BlankSignature::of(keys.kdc, keys.rodc));
        } else {
            self = self.without(TICKET).without(FULL);
        }
        let mut pac = LaidOut::new(&self.buffers)?;
        // Each signature covers those that are made before it and finds the others zero.
        if let Some(ticket) = ticket {
            keys.write_kdc_signature(&mut pac, TICKET, &sign(keys.kdc, &ticket));
            let full = sign(keys.kdc, pac.octets());
            keys.write_kdc_signature(&mut pac, FULL, &full);
        }
        let by_server = sign(keys.server, pac.octets());
        pac.fill(SERVER, VALUE_AT, &by_server);
        keys.write_kdc_signature(&mut pac, KDC, &sign(keys.kdc, &by_server));
        Ok(pac.into())
    }

    /// Puts a signature into its place, or makes one by its number.
    fn place(&mut self, kind: PacBufferType, blank: BlankSignature) {
        let blank = Content::Blank(blank);
        if let Some((_, own)) = self.buffers.iter_mut().find(|(own, _)| *own == kind) {
            *own = blank;
        } else {
            let after = self.buffers.iter().position(|(own, _)| *own > kind);
            let at = after.unwrap_or(self.buffers.len());
            self.buffers.insert(at, (kind, blank));
        }
    }
}

impl From<&Pac> for PacBuilder {
    /// The buffers of a PAC that is to be signed anew, in their order; of a type that occurs twice
    /// the first.
    fn from(pac: &Pac) -> Self {
        let mut buffers = Vec::<(PacBufferType, Content)>::with_capacity(USUAL_BUFFERS);
        for (kind, octets) in pac.shared_buffers() {
            if !buffers.iter().any(|(own, _)| *own == kind) {
                buffers.push((kind, Content::Kept(octets)));
            }
        }
        Self { buffers }
    }
}

fn sign(key: &Key, data: &[u8]) -> ChecksumValue {
    key.checksum_value(KeyUsage::PAC_SIGNATURE, data)
}
