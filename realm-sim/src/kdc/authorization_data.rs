//! The authorization data of a ticket, apart from the PAC (RFC 4120 §3.3.3, §5.2.6).

use std::borrow::Cow;

use kerberos_core::assigned::AuthorizationDataType;
use kerberos_core::wire::{self, AuthorizationDataElement, EncTicketPart, List};

use super::refusal::Refusal;

/// KERB_AUTH_DATA_LOOPBACK, by which a service knows callers from its own machine: passed on as
/// something that may be ignored ([MS-KILE] §3.3.5.7).
const LOOPBACK: AuthorizationDataType = AuthorizationDataType::new(142);

/// Elements that this KDC passes on.
#[derive(Default)]
pub(super) struct PassedOn<'a> {
    elements: Vec<(AuthorizationDataType, Cow<'a, [u8]>)>,
}

impl<'a> PassedOn<'a> {
    /// The TGT's elements, followed by those that the client adds.
    ///
    /// A PAC is in neither: that of the TGT is built anew, and a client has none to give.
    pub(super) fn of(
        part: &EncTicketPart<'a>,
        from_client: Option<&'a Vec<u8>>,
    ) -> Result<Self, Refusal> {
        let mut passed_on = Self::default();
        for element in part.authorization_data.iter().flatten() {
            passed_on.push(element)?;
        }
        if let Some(encoded) = from_client {
            let list: List<'_, AuthorizationDataElement<'_>> = wire::decode(encoded)?;
            for element in &list {
                passed_on.push(element)?;
            }
        }
        Ok(passed_on)
    }

    fn push(&mut self, element: AuthorizationDataElement<'a>) -> Result<(), Refusal> {
        if element.ad_type == LOOPBACK {
            let wrapped = wire::encode(&List::of(&[element]));
            let kept = (AuthorizationDataType::IF_RELEVANT, Cow::Owned(wrapped));
            self.elements.push(kept);
            return Ok(());
        }
        let AuthorizationDataElement { ad_type, ad_data } = element;
        if ad_type == AuthorizationDataType::WIN2K_PAC {
            return Ok(());
        }
        let mut kept = Cow::Borrowed(ad_data);
        if ad_type == AuthorizationDataType::IF_RELEVANT {
            let inner: List<'_, AuthorizationDataElement<'_>> = wire::decode(ad_data)?;
            let is_pac = |element: &AuthorizationDataElement<'_>| {
                element.ad_type == AuthorizationDataType::WIN2K_PAC
            };
            if inner.iter().any(|element| is_pac(&element)) {
                let others: Vec<_> = inner.iter().filter(|element| !is_pac(element)).collect();
                if others.is_empty() {
                    return Ok(());
                }
                kept = Cow::Owned(wire::encode(&List::of(&others)));
            }
        }
        self.elements.push((ad_type, kept));
        Ok(())
    }

    /// The elements as they go into a ticket.
    pub(super) fn elements(&self) -> Vec<AuthorizationDataElement<'_>> {
        self.elements
            .iter()
            .map(|(ad_type, ad_data)| AuthorizationDataElement {
                ad_type: *ad_type,
                ad_data,
            })
            .collect()
    }
}
