//! Authorization data as the types say it is, and all of it through nested containers.

use crate::assigned::{AuthorizationDataType, EncryptionType};

use super::error::{DecodeError, DecodeFault};
use super::{
    AdAndOr, AdKdcIssued, AdLoginAlias, AuthorizationDataElement, ExternalPrincipalIdentifier,
    KerbAdRestrictionEntry, List, ListIter, decode,
};

/// Most containers around an element. A PAC lies in one, claims of Windows in three.
pub const MAX_AUTHORIZATION_DEPTH: usize = 8;

/// An element read as its type says.
///
/// Example: [`AuthorizationDataElement`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorizationDataValue<'a> {
    /// RFC 4120 §5.2.6.3.
    AndOr(AdAndOr<'a>),
    /// Etypes that the client takes beyond the ticket's (RFC 4537 §3).
    EtypeNegotiation(List<'a, EncryptionType>),
    /// The ticket armors FAST exchanges only (RFC 6113 §5.4.1.1).
    FxFastArmor,
    /// The client uses FAST, and a KDC that finds none refuses (RFC 6113 §5.4.2).
    FxFastUsed,
    /// Elements that may be ignored when they are not understood (RFC 4120 §5.2.6.1).
    IfRelevant(List<'a, AuthorizationDataElement<'a>>),
    /// The authorities between the client's certificate and the KDC's trust (RFC 4556 §3.2.3).
    InitialVerifiedCas(List<'a, ExternalPrincipalIdentifier<'a>>),
    /// Not verified by being read (RFC 4120 §5.2.6.2).
    KdcIssued(AdKdcIssued<'a>),
    /// Other names of the client (RFC 6806 §6), which count inside AD-KDCIssued only.
    LoginAlias(AdLoginAlias<'a>),
    /// Elements that the KDC must understand (RFC 4120 §5.2.6.4).
    MandatoryForKdc(List<'a, AuthorizationDataElement<'a>>),
    /// KERB-AUTH-DATA-TOKEN-RESTRICTIONS ([MS-KILE] §2.2.6).
    TokenRestrictions(List<'a, KerbAdRestrictionEntry<'a>>),
    /// Any other type, and those whose data is no structure of this module.
    Uninterpreted(&'a [u8]),
}

impl<'a> AuthorizationDataElement<'a> {
    /// The data, read as the type says.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the data is not of the form that the type demands; offsets count from
    /// its first byte.
    pub fn value(&self) -> Result<AuthorizationDataValue<'a>, DecodeError> {
        use AuthorizationDataType as Type;
        use AuthorizationDataValue as Value;
        let data = self.ad_data;
        match self.ad_type {
            Type::AND_OR => decode(data).map(Value::AndOr),
            Type::ETYPE_NEGOTIATION => decode(data).map(Value::EtypeNegotiation),
            Type::FX_FAST_ARMOR => Ok(Value::FxFastArmor),
            Type::FX_FAST_USED => Ok(Value::FxFastUsed),
            Type::IF_RELEVANT => decode(data).map(Value::IfRelevant),
            Type::INITIAL_VERIFIED_CAS => decode(data).map(Value::InitialVerifiedCas),
            Type::KDC_ISSUED => decode(data).map(Value::KdcIssued),
            Type::LOGIN_ALIAS => decode(data).map(Value::LoginAlias),
            Type::MANDATORY_FOR_KDC => decode(data).map(Value::MandatoryForKdc),
            Type::TOKEN_RESTRICTIONS => decode(data).map(Value::TokenRestrictions),
            _ => Ok(Value::Uninterpreted(data)),
        }
    }
}

/// An element that is no container, and what it lies in.
///
/// Example: [`AuthorizationDataElement`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leaf<'a> {
    /// The element.
    pub element: AuthorizationDataElement<'a>,
    /// Whether it lies inside AD-IF-RELEVANT, so that who does not know it may ignore it.
    /// Whoever does not know another one must refuse the ticket (RFC 4120 §5.2.6).
    pub if_relevant: bool,
    /// Whether it lies inside AD-MANDATORY-FOR-KDC.
    pub mandatory_for_kdc: bool,
    /// Whether it lies inside AD-AND-OR, so that it need not hold on its own.
    pub and_or: bool,
    /// Whether it lies inside AD-KDCIssued, whose checksum has not been verified here.
    pub kdc_issued: bool,
}

/// What surrounds the elements of one list.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    if_relevant: bool,
    mandatory_for_kdc: bool,
    and_or: bool,
    kdc_issued: bool,
}

impl<'a> List<'a, AuthorizationDataElement<'a>> {
    /// The elements that are no container, in order, from all containers down to
    /// [`MAX_AUTHORIZATION_DEPTH`].
    pub fn leaves(&self) -> Leaves<'a> {
        Leaves {
            open: vec![(self.iter(), Around::default())],
        }
    }

    /// The data of the first element of this type, in whatever containers it lies.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when a container before it is malformed or nested too deeply.
    pub fn leaf(&self, ad_type: AuthorizationDataType) -> Result<Option<Leaf<'a>>, DecodeError> {
        self.leaves()
            .find(|leaf| {
                leaf.as_ref()
                    .map_or(true, |leaf| leaf.element.ad_type == ad_type)
            })
            .transpose()
    }
}

/// The elements of an AuthorizationData that are no container. After an error it ends.
///
/// Example: [`AuthorizationDataElement`].
#[derive(Debug, Clone)]
pub struct Leaves<'a> {
    open: Vec<(ListIter<'a, AuthorizationDataElement<'a>>, Around)>,
}

impl<'a> Leaves<'a> {
    /// What comes next: a leaf, or the content of a container that has been opened.
    fn step(&mut self) -> Option<Result<Option<Leaf<'a>>, DecodeError>> {
        let (elements, around) = self.open.last_mut()?;
        let Some(element) = elements.next() else {
            self.open.pop();
            return Some(Ok(None));
        };
        let mut around = *around;
        use AuthorizationDataValue as Value;
        let content = match element.value() {
            Err(error) => return Some(Err(error)),
            Ok(Value::IfRelevant(list)) => {
                around.if_relevant = true;
                list.iter()
            }
            Ok(Value::MandatoryForKdc(list)) => {
                around.mandatory_for_kdc = true;
                list.iter()
            }
            Ok(Value::AndOr(and_or)) => {
                around.and_or = true;
                and_or.elements.iter()
            }
            Ok(Value::KdcIssued(issued)) => {
                around.kdc_issued = true;
                issued.elements.iter()
            }
            Ok(_) => {
                return Some(Ok(Some(Leaf {
                    element,
                    if_relevant: around.if_relevant,
                    mandatory_for_kdc: around.mandatory_for_kdc,
                    and_or: around.and_or,
                    kdc_issued: around.kdc_issued,
                })));
            }
        };
        // The outermost list is no container.
        if self.open.len() > MAX_AUTHORIZATION_DEPTH {
            let limit = u8::try_from(MAX_AUTHORIZATION_DEPTH).unwrap_or(u8::MAX);
            let fault = DecodeFault::TooDeep { limit };
            return Some(Err(DecodeError::new(0, fault).within(
                &super::error::Place {
                    type_name: "AuthorizationData",
                    field: None,
                },
            )));
        }
        self.open.push((content, around));
        Some(Ok(None))
    }
}

impl<'a> Iterator for Leaves<'a> {
    type Item = Result<Leaf<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.step()? {
                Ok(None) => {}
                Ok(Some(leaf)) => return Some(Ok(leaf)),
                Err(error) => {
                    self.open.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}
