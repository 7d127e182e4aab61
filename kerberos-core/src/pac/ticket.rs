//! Where a PAC stands in a ticket, and what the ticket signature covers.

use zeroize::Zeroizing;

use crate::assigned::AuthorizationDataType;
use crate::wire::{AuthorizationDataElement, EncTicketPart, List, decode, encode, encode_secret};

use super::{Pac, PacError};

impl Pac {
    /// The PAC in authorization data, given as DER: AD-WIN2K-PAC within AD-IF-RELEVANT.
    ///
    /// # Errors
    ///
    /// [`PacError::SeveralPacs`], [`PacError::AuthorizationData`], [`PacError::Malformed`].
    ///
    /// [MS-PAC] §2, RFC 4120 §5.2.6.1
    pub fn in_authorization_data(octets: &[u8]) -> Result<Option<Self>, PacError> {
        find(&decode(octets).map_err(PacError::AuthorizationData)?)
    }

    /// The PAC of a ticket, if it has one.
    ///
    /// # Errors
    ///
    /// As [`Pac::in_authorization_data`].
    pub fn of_ticket(part: &EncTicketPart<'_>) -> Result<Option<Self>, PacError> {
        part.authorization_data.as_ref().map_or(Ok(None), find)
    }

    /// The content of the AD-IF-RELEVANT element that carries this PAC: the ad-data of the first
    /// element of a ticket's authorization data.
    pub fn to_if_relevant(&self) -> Vec<u8> {
        carrier(self.octets())
    }
}

/// The PAC among `elements`, of which one may have one.
fn find(elements: &List<'_, AuthorizationDataElement<'_>>) -> Result<Option<Pac>, PacError> {
    let mut found = None;
    for element in elements {
        for inner in if_relevant(&element)?.iter().flatten() {
            if is_pac(&inner) && found.replace(inner.ad_data).is_some() {
                return Err(PacError::SeveralPacs);
            }
        }
    }
    found.map(Pac::decode).transpose()
}

/// What the ticket signature of `pac` covers: `octets`, which must be an EncTicketPart with
/// this PAC, with one zero octet in the place of the PAC.
///
/// [MS-PAC] §2.8.2
pub(super) fn covered(octets: &[u8], pac: &Pac) -> Result<Zeroizing<Vec<u8>>, PacError> {
    let part: EncTicketPart<'_> = decode(octets).map_err(PacError::AuthorizationData)?;
    // Signers and verifiers alike encode what they decoded, so there must be one encoding.
    if *encode_secret(&part) != octets {
        return Err(PacError::TicketEncoding);
    }
    if Pac::of_ticket(&part)?.as_ref() != Some(pac) {
        return Err(PacError::TicketDiffers);
    }
    let elements = part.authorization_data.ok_or(PacError::TicketDiffers)?;
    let mut emptied = Vec::with_capacity(elements.len());
    for element in &elements {
        emptied.push(match if_relevant(&element)? {
            Some(list) if list.iter().any(|inner| is_pac(&inner)) => {
                let inner: Vec<_> = list.iter().map(without_pac).collect();
                encode(&List::of(&inner))
            }
            _ => element.ad_data.to_vec(),
        });
    }
    let emptied: Vec<_> = elements
        .iter()
        .zip(&emptied)
        .map(|(element, ad_data)| AuthorizationDataElement {
            ad_type: element.ad_type,
            ad_data,
        })
        .collect();
    Ok(encode_secret(&EncTicketPart {
        authorization_data: Some(List::of(&emptied)),
        ..part
    }))
}

/// The same for a ticket under construction, `part`, which has everything but the PAC: that is to
/// come first in the authorization data.
pub(super) fn covered_without(part: &EncTicketPart<'_>) -> Result<Zeroizing<Vec<u8>>, PacError> {
    if Pac::of_ticket(part)?.is_some() {
        return Err(PacError::SeveralPacs);
    }
    let empty = carrier(NO_PAC);
    let mut elements = vec![AuthorizationDataElement {
        ad_type: AuthorizationDataType::IF_RELEVANT,
        ad_data: &empty,
    }];
    elements.extend(part.authorization_data.iter().flatten());
    Ok(encode_secret(&EncTicketPart {
        authorization_data: Some(List::of(&elements)),
        ..part.clone()
    }))
}

/// The elements within AD-IF-RELEVANT; other elements are not looked into.
fn if_relevant<'a>(
    element: &AuthorizationDataElement<'a>,
) -> Result<Option<List<'a, AuthorizationDataElement<'a>>>, PacError> {
    if element.ad_type != AuthorizationDataType::IF_RELEVANT {
        return Ok(None);
    }
    let inner = decode(element.ad_data).map_err(PacError::AuthorizationData)?;
    Ok(Some(inner))
}

fn is_pac(element: &AuthorizationDataElement<'_>) -> bool {
    element.ad_type == AuthorizationDataType::WIN2K_PAC
}

fn without_pac(element: AuthorizationDataElement<'_>) -> AuthorizationDataElement<'_> {
    if is_pac(&element) {
        AuthorizationDataElement {
            ad_data: NO_PAC,
            ..element
        }
    } else {
        element
    }
}

fn carrier(pac: &[u8]) -> Vec<u8> {
    encode(&List::of(&[AuthorizationDataElement {
        ad_type: AuthorizationDataType::WIN2K_PAC,
        ad_data: pac,
    }]))
}

/// What stands for the PAC while the ticket is signed.
const NO_PAC: &[u8] = &[0];
