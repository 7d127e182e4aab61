//! PACTYPE: the buffers of a PAC and where they stand ([MS-PAC] §2.3, §2.4).

use std::fmt;
use std::ops::{Deref, Range};

use bytes::Bytes;

use crate::octets::{ByteOrder, Reader};

use super::signature::VALUE_AT;
use super::{
    Claims, ClientInfo, CredentialsInfo, DelegationInfo, DeviceInfo, LogonInfo, PacAttributes,
    PacBufferType, PacContent, PacError, PacFault, PacSignature, Requestor, UpnDnsInfo,
};

/// Longest PAC in bytes. Windows limits a ticket to 64 KiB; this leaves room for claims that
/// other KDCs do not compress.
pub const MAX_PAC: usize = 1 << 18;

/// Most buffers in one PAC: 14 types are assigned, each at most once.
pub const MAX_BUFFERS: usize = 32;

/// A PAC as it was received or built. Whoever wrote it is not known until
/// [`Pac::verify`](Self::verify) says so.
///
/// Keeps its bytes, so that unknown buffers, their order and their padding survive; clones share
/// them. Where a type occurs twice, the first buffer counts ([MS-PAC] §2.4).
///
/// Example: [`pac`](crate::pac).
#[derive(Clone, PartialEq, Eq)]
pub struct Pac {
    octets: Bytes,
    places: Vec<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    kind: PacBufferType,
    range: Range<usize>,
}

impl Pac {
    /// Reads a PAC; its buffers are looked into when they are asked for.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`] for another version, more than [`MAX_PAC`] bytes or
    /// [`MAX_BUFFERS`] buffers, and buffers that are misaligned, out of bounds or overlap.
    ///
    /// [MS-PAC] §2.3, §2.4
    pub fn decode(octets: &[u8]) -> Result<Self, PacError> {
        if octets.len() > MAX_PAC {
            return Err(fault(0, PacFault::TooLarge { limit: MAX_PAC }));
        }
        let truncated =
            |truncated: crate::octets::Truncated| fault(truncated.position, PacFault::Truncated);
        let mut reader = Reader::new(octets, ByteOrder::Little);
        let count = usize::try_from(reader.u32().map_err(truncated)?).unwrap_or(usize::MAX);
        if count > MAX_BUFFERS {
            return Err(fault(0, PacFault::TooMany { limit: MAX_BUFFERS }));
        }
        if reader.u32().map_err(truncated)? != VERSION {
            let expected = VERSION;
            return Err(fault(4, PacFault::WrongConstant { expected }));
        }
        let mut places = Vec::with_capacity(count);
        for _ in 0..count {
            let at = reader.position();
            let kind = PacBufferType::new(reader.u32().map_err(truncated)?);
            let size = reader.u32().map_err(truncated)?;
            let offset = reader.u64().map_err(truncated)?;
            if offset % ALIGNMENT != 0 {
                return Err(fault(at, PacFault::Misaligned));
            }
            let end = offset.saturating_add(size.into());
            let (Ok(start), Ok(end)) = (usize::try_from(offset), usize::try_from(end)) else {
                return Err(fault(at, PacFault::Overlapping));
            };
            places.push(Place {
                kind,
                range: start..end,
            });
        }
        check_disjoint(reader.position()..octets.len(), &places)?;
        Ok(Self {
            octets: Bytes::copy_from_slice(octets),
            places,
        })
    }

    /// The bytes.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// All buffers in order.
    pub fn buffers(&self) -> impl Iterator<Item = (PacBufferType, &[u8])> {
        self.places
            .iter()
            .map(|place| (place.kind, self.at(&place.range)))
    }

    /// The bytes of the buffer of type `kind`.
    pub fn buffer(&self, kind: PacBufferType) -> Option<&[u8]> {
        self.range(kind).map(|range| self.at(range))
    }

    /// What the buffer of `T` says, if there is one.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`].
    pub fn content<T: PacContent>(&self) -> Result<Option<T>, PacError> {
        self.buffer(T::BUFFER).map(T::decode).transpose()
    }

    /// Who logged on and in which groups.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`], or [`PacError::Missing`]: every PAC must have this.
    pub fn logon_info(&self) -> Result<LogonInfo, PacError> {
        self.required()
    }

    /// Name and time of the ticket that the PAC belongs to.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`], or [`PacError::Missing`]: every PAC must have this.
    pub fn client_info(&self) -> Result<ClientInfo, PacError> {
        self.required()
    }

    /// User principal name and DNS domain name.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`].
    pub fn upn_dns_info(&self) -> Result<Option<UpnDnsInfo>, PacError> {
        self.content()
    }

    /// How the PAC was asked for; in a TGT.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`].
    pub fn attributes(&self) -> Result<Option<PacAttributes>, PacError> {
        self.content()
    }

    /// The account that asked; in a TGT.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`].
    pub fn requestor(&self) -> Result<Option<Requestor>, PacError> {
        self.content()
    }

    /// The way of a delegated logon; after S4U2Proxy.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`].
    pub fn delegation_info(&self) -> Result<Option<DelegationInfo>, PacError> {
        self.content()
    }

    /// Sealed credentials; after a logon with a certificate.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`].
    pub fn credentials_info(&self) -> Result<Option<CredentialsInfo>, PacError> {
        self.content()
    }

    /// The device of a compound identity.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`].
    pub fn device_info(&self) -> Result<Option<DeviceInfo>, PacError> {
        self.content()
    }

    /// Claims about the client. Domain controllers send an empty buffer where there is none.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`].
    pub fn client_claims(&self) -> Result<Option<Claims>, PacError> {
        self.claims(PacBufferType::CLIENT_CLAIMS)
    }

    /// Claims about the device of a compound identity.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`].
    pub fn device_claims(&self) -> Result<Option<Claims>, PacError> {
        self.claims(PacBufferType::DEVICE_CLAIMS)
    }

    fn claims(&self, kind: PacBufferType) -> Result<Option<Claims>, PacError> {
        self.buffer(kind)
            .filter(|octets| !octets.is_empty())
            .map(|octets| Claims::decode(octets, kind))
            .transpose()
    }

    /// The signature in the buffer of type `kind`.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`].
    pub fn signature(&self, kind: PacBufferType) -> Result<Option<PacSignature<'_>>, PacError> {
        self.buffer(kind)
            .map(|octets| PacSignature::decode(octets, kind))
            .transpose()
    }

    /// As [`Pac::signature`], of a signature that has to be there.
    pub(super) fn required_signature(
        &self,
        kind: PacBufferType,
    ) -> Result<PacSignature<'_>, PacError> {
        self.signature(kind)?
            .ok_or(PacError::Missing { buffer: kind })
    }

    /// The bytes with these signatures zero but for their types. The number of a read-only domain
    /// controller goes with the value: [MS-PAC] §2.8 does not say so, all KDCs have it so.
    pub(super) fn with_zeroed(&self, kinds: &[PacBufferType]) -> Result<Vec<u8>, PacError> {
        let mut octets = self.octets.to_vec();
        for kind in kinds {
            self.required_signature(*kind)?;
            let range = self.range(*kind).cloned().unwrap_or_default();
            if let Some(value) = octets.get_mut(range.start + VALUE_AT..range.end) {
                value.fill(0);
            }
        }
        Ok(octets)
    }

    /// All buffers in order, each of which shares the octets of the whole.
    pub(super) fn shared_buffers(&self) -> impl Iterator<Item = (PacBufferType, Bytes)> {
        self.places.iter().map(|place| {
            let octets = self.at(&place.range);
            (place.kind, self.octets.slice_ref(octets))
        })
    }

    fn range(&self, kind: PacBufferType) -> Option<&Range<usize>> {
        range_of(&self.places, kind)
    }

    fn at(&self, range: &Range<usize>) -> &[u8] {
        self.octets.get(range.clone()).unwrap_or_default()
    }

    fn required<T: PacContent>(&self) -> Result<T, PacError> {
        self.content()?
            .ok_or(PacError::Missing { buffer: T::BUFFER })
    }
}

impl fmt::Debug for Pac {
    /// Types and sizes: contents are personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pac ")?;
        f.debug_map()
            .entries(self.buffers().map(|(kind, octets)| (kind, octets.len())))
            .finish()
    }
}

fn range_of(places: &[Place], kind: PacBufferType) -> Option<&Range<usize>> {
    let place = places.iter().find(|place| place.kind == kind)?;
    Some(&place.range)
}

/// A PAC in which signatures are still to be written.
pub(super) struct LaidOut {
    octets: Vec<u8>,
    places: Vec<Place>,
}

impl LaidOut {
    /// Lays buffers out in order, each at the next aligned offset.
    pub(super) fn new<C: Deref<Target = [u8]>>(
        buffers: &[(PacBufferType, C)],
    ) -> Result<Self, PacError> {
        if buffers.len() > MAX_BUFFERS {
            return Err(fault(0, PacFault::TooMany { limit: MAX_BUFFERS }));
        }
        let mut end = HEADER_LENGTH + ENTRY_LENGTH * buffers.len();
        let places: Vec<_> = buffers
            .iter()
            .map(|(kind, content)| {
                let start = end;
                end = (start + content.len()).next_multiple_of(PADDING);
                Place {
                    kind: *kind,
                    range: start..start + content.len(),
                }
            })
            .collect();
        if end > MAX_PAC {
            return Err(fault(0, PacFault::TooLarge { limit: MAX_PAC }));
        }
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
        let mut octets = Vec::with_capacity(end);
        octets.extend_from_slice(&number(buffers.len()));
        octets.extend_from_slice(&VERSION.to_le_bytes());
        for Place { kind, range } in &places {
            octets.extend_from_slice(&kind.number().to_le_bytes());
            octets.extend_from_slice(&number(range.len()));
            // An offset has 64 bits.
            octets.extend_from_slice(&number(range.start));
            octets.extend_from_slice(&[0; 4]);
        }
        for (_, content) in buffers {
            octets.extend_from_slice(content);
            octets.resize(octets.len().next_multiple_of(PADDING), 0);
        }
        Ok(Self { octets, places })
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Writes `value` into a buffer, from `at` on.
    pub(super) fn fill(&mut self, kind: PacBufferType, at: usize, value: &[u8]) {
        let start = range_of(&self.places, kind).map_or(0, |range| range.start) + at;
        if let Some(place) = self.octets.get_mut(start..start + value.len()) {
            place.copy_from_slice(value);
        }
    }
}

impl From<LaidOut> for Pac {
    fn from(LaidOut { octets, places }: LaidOut) -> Self {
        Self {
            octets: octets.into(),
            places,
        }
    }
}

/// Buffers must lie in `space` and not in each other: a signature that lies in what it covers
/// could be zeroed with it.
fn check_disjoint(space: Range<usize>, places: &[Place]) -> Result<(), PacError> {
    let filled = places
        .iter()
        .map(|place| &place.range)
        .enumerate()
        .filter(|(_, range)| !range.is_empty());
    for (index, range) in filled.clone() {
        let begins_before =
            |(other, it): &(usize, &Range<usize>)| (it.start, *other) < (range.start, index);
        let mut before = filled.clone().filter(begins_before);
        let overlaps = before.any(|(_, it)| it.end > range.start);
        if overlaps || range.start < space.start || range.end > space.end {
            let at = HEADER_LENGTH + ENTRY_LENGTH * index;
            return Err(fault(at, PacFault::Overlapping));
        }
    }
    Ok(())
}

const fn fault(at: usize, fault: PacFault) -> PacError {
    PacError::Malformed {
        buffer: None,
        at,
        fault,
    }
}

/// The only version there is.
const VERSION: u32 = 0;

/// Bytes in front of the list of buffers.
const HEADER_LENGTH: usize = 8;

/// Bytes of one PAC_INFO_BUFFER.
const ENTRY_LENGTH: usize = 16;

/// Buffers begin at a multiple of this ([MS-PAC] §2.4).
const ALIGNMENT: u64 = 8;

/// The same, for lengths.
const PADDING: usize = 8;

#[cfg(test)]
mod tests;
