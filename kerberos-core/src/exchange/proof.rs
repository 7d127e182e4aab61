//! What proves the client in one request of an initial exchange.

use bytes::Bytes;

use crate::crypto::{CryptoError, Key};
use crate::entropy::Entropy;
use crate::message::fast::FastArmor;
use crate::message::{AsRequest, KeyProof};
use crate::preauth::EtypeChoice;
use crate::time::Timestamp;

#[cfg(feature = "pkinit")]
use {
    super::certificate_proof::ByCertificate,
    crate::assigned::PaDataType,
    crate::preauth::Identity,
    crate::preauth::pkinit::{PkinitError, PkinitRequest},
};

/// What a request is to be sent with.
pub(super) enum Wish {
    /// Nothing: the KDC is to say what it wants.
    Nothing,
    /// A key and the choice of the KDC that it follows.
    Key(KeyOfChoice),
    /// The client's certificate.
    #[cfg(feature = "pkinit")]
    Certificate(ByCertificate),
}

pub(super) struct KeyOfChoice {
    pub(super) choice: EtypeChoice,
    pub(super) key: Key,
}

/// What a request was sent with, as far as its reply needs it.
pub(super) enum Proof {
    None,
    Key(KeyOfChoice),
    #[cfg(feature = "pkinit")]
    Certificate(ByCertificate, PkinitRequest),
}

/// Why no request can be made.
pub(super) enum NoProof {
    Crypto(CryptoError),
    #[cfg(feature = "pkinit")]
    Pkinit(PkinitError),
}

impl From<CryptoError> for NoProof {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}

#[cfg(feature = "pkinit")]
impl From<PkinitError> for NoProof {
    fn from(error: PkinitError) -> Self {
        Self::Pkinit(error)
    }
}

/// A request that is to be encoded.
pub(super) struct Unproven<'a> {
    pub(super) request: &'a AsRequest,
    #[cfg(feature = "pkinit")]
    pub(super) identity: &'a Identity,
    pub(super) armor: Option<&'a FastArmor>,
    pub(super) nonce: u32,
    pub(super) cookie: Option<&'a [u8]>,
    pub(super) entropy: &'a dyn Entropy,
    pub(super) now: Timestamp,
}

impl Unproven<'_> {
    /// The message, and what is kept of its proof.
    pub(super) fn encode(&self, wish: Wish) -> Result<(Bytes, Proof), NoProof> {
        let proof = match wish {
            Wish::Nothing => Proof::None,
            Wish::Key(key) => Proof::Key(key),
            #[cfg(feature = "pkinit")]
            Wish::Certificate(wish) => return self.by_certificate(wish),
        };
        #[cfg(feature = "pkinit")]
        if self.identity.by_certificate().is_some() {
            return Ok((self.announced()?, proof));
        }
        let key_proof = match &proof {
            Proof::Key(of) => Some(KeyProof::new(&of.key, self.now)),
            _ => None,
        };
        let (nonce, cookie, entropy) = (self.nonce, self.cookie, self.entropy);
        let message = match self.armor {
            Some(armor) => {
                let request = self.request;
                request.encode_armored(armor, nonce, key_proof, cookie, entropy)?
            }
            None => self.request.encode(nonce, key_proof, cookie, entropy)?,
        };
        Ok((message, proof))
    }

    #[cfg(feature = "pkinit")]
    pub(super) fn encode_proven(
        &self,
        prove: impl FnOnce(&[u8]) -> Result<Option<(PaDataType, Vec<u8>)>, NoProof>,
    ) -> Result<Bytes, NoProof> {
        let (nonce, cookie, entropy) = (self.nonce, self.cookie, self.entropy);
        self.request
            .encode_proven(self.armor, nonce, cookie, entropy, prove)
    }
}
