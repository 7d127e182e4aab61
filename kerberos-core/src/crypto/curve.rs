//! Diffie-Hellman over the elliptic curves that PKINIT uses (RFC 5349 §4, [MS-PKCA] §2.2).

use p256::NistP256;
use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytesSize, PublicKey, SecretKey};
use p384::NistP384;
use p521::NistP521;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyUnavailable};

/// Draws for one private key. Of P-256's 32 octets one draw in 2^32 is no key, of the others fewer:
/// a source that fails so often has nothing random.
const MAX_DRAWS: usize = 8;

/// X.690 and SEC 1 §2.3.3: a point with one coordinate and the other's parity, and with both.
const COMPRESSED: [u8; 2] = [2, 3];
const UNCOMPRESSED: u8 = 4;

/// A curve over a prime field that has a name.
///
/// ```
/// use kerberos_core::crypto::{Curve, EcdhKeyPair};
/// use kerberos_core::entropy::SeededEntropy;
///
/// let entropy = SeededEntropy::new(1); // outside of tests: OsEntropy
/// let client = EcdhKeyPair::generate(Curve::P256, &entropy)?;
/// let kdc = EcdhKeyPair::generate(Curve::P256, &entropy)?;
/// let secret = client.agree(kdc.public_point()).ok_or("no point")?;
/// assert_eq!(kdc.agree(client.public_point()), Some(secret));
/// // The point at infinity, with which everybody would know the secret.
/// assert_eq!(client.agree(&[0]), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Curve {
    /// P-256, secp256r1.
    P256,
    /// P-384, secp384r1.
    P384,
    /// P-521, secp521r1.
    P521,
}

impl Curve {
    /// All curves, the smallest first.
    pub const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// Bytes in a coordinate, in a private key and in a secret.
    pub const fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The bits of the first octet that a number below the order can have.
    const fn first_octet(self) -> u8 {
        match self {
            Self::P256 | Self::P384 => 0xff,
            Self::P521 => 1,
        }
    }

    /// The point of this private key, with both coordinates; nothing when the key is zero or not
    /// below the order.
    fn public_point(self, private: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::P256 => public_point::<NistP256>(private),
            Self::P384 => public_point::<NistP384>(private),
            Self::P521 => public_point::<NistP521>(private),
        }
    }
}

/// A private key and its point, for one agreement. The private key is wiped.
///
/// Example: [`Curve`].
pub struct EcdhKeyPair {
    curve: Curve,
    private: Zeroizing<Vec<u8>>,
    public: Vec<u8>,
}

impl EcdhKeyPair {
    /// A fresh pair.
    ///
    /// # Errors
    ///
    /// [`EntropyUnavailable`], also when the source gives no number that is a key.
    pub fn generate(curve: Curve, entropy: &dyn Entropy) -> Result<Self, EntropyUnavailable> {
        let mut private = Zeroizing::new(vec![0; curve.size()]);
        for _ in 0..MAX_DRAWS {
            entropy.fill(&mut private)?;
            if let Some(first) = private.first_mut() {
                *first &= curve.first_octet();
            }
            if let Some(public) = curve.public_point(&private) {
                return Ok(Self {
                    curve,
                    private,
                    public,
                });
            }
        }
        Err(EntropyUnavailable)
    }

    /// The curve.
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The point for the other side: an octet 4 and both coordinates (SEC 1 §2.3.3).
    pub fn public_point(&self) -> &[u8] {
        &self.public
    }

    /// The secret with whoever has the private key of `peer`, a point with one coordinate or both:
    /// the first coordinate of their product, as long as those of the curve. Nothing when `peer` is
    /// no point of the curve, or the one at infinity.
    ///
    /// RFC 5349 §4, §7
    pub fn agree(&self, peer: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self.curve {
            Curve::P256 => agree::<NistP256>(&self.private, peer),
            Curve::P384 => agree::<NistP384>(&self.private, peer),
            Curve::P521 => agree::<NistP521>(&self.private, peer),
        }
    }
}

impl std::fmt::Debug for EcdhKeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EcdhKeyPair")
            .field("curve", &self.curve)
            .finish_non_exhaustive()
    }
}

fn public_point<C>(private: &[u8]) -> Option<Vec<u8>>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let public = SecretKey::<C>::from_slice(private).ok()?.public_key();
    Some(public.to_sec1_point(false).as_bytes().to_vec())
}

fn agree<C>(private: &[u8], peer: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let form = peer.first()?;
    if *form != UNCOMPRESSED && !COMPRESSED.contains(form) {
        return None;
    }
    let peer = PublicKey::<C>::from_sec1_bytes(peer).ok()?;
    let secret = SecretKey::<C>::from_slice(private)
        .ok()?
        .diffie_hellman(&peer);
    Some(Zeroizing::new(secret.raw_secret_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;
    use crate::entropy::SeededEntropy;

    fn pair(curve: Curve, seed: u64) -> EcdhKeyPair {
        EcdhKeyPair::generate(curve, &SeededEntropy::new(seed)).unwrap()
    }

    #[test]
    fn both_sides_agree_and_nobody_else() {
        for curve in Curve::ALL {
            let (one, other, third) = (pair(curve, 1), pair(curve, 2), pair(curve, 3));
            let secret = one.agree(other.public_point()).unwrap();
            assert_eq!(secret.len(), curve.size());
            assert_eq!(one.public_point().len(), 1 + 2 * curve.size());
            assert_eq!(other.agree(one.public_point()), Some(secret.clone()));
            assert_ne!(third.agree(one.public_point()), Some(secret));
        }
    }

    /// RFC 5349 §7
    #[test]
    fn only_points_of_the_curve_are_taken() {
        for curve in Curve::ALL {
            let (own, peer) = (pair(curve, 1), pair(curve, 2));
            let both = peer.public_point();
            let (x, y) = both[1..].split_at(curve.size());
            let parity = 2 + (y.last().unwrap() & 1);
            let short = [&[parity], x].concat();
            assert_eq!(own.agree(&short), own.agree(both));

            let mut beside = both.to_vec();
            *beside.last_mut().unwrap() ^= 1;
            let mut compact = short.clone();
            compact[0] = 5;
            let other = Curve::ALL
                .into_iter()
                .find(|other| *other != curve)
                .unwrap();
            for refused in [
                vec![],
                vec![0],
                vec![4],
                beside,
                compact,
                both[..both.len() - 1].to_vec(),
                [both, &[0]].concat(),
                [&[4], &vec![0; 2 * curve.size()][..]].concat(),
                [&[4], &vec![0xff; 2 * curve.size()][..]].concat(),
                pair(other, 2).public_point().to_vec(),
            ] {
                assert_eq!(own.agree(&refused), None, "{curve:?} {refused:x?}");
            }
        }
    }

    /// Gives the same octet for ever, and counts.
    struct Constant(u8, AtomicUsize);

    impl Entropy for Constant {
        fn fill(&self, buf: &mut [u8]) -> Result<(), EntropyUnavailable> {
            self.1.fetch_add(1, Relaxed);
            buf.fill(self.0);
            Ok(())
        }
    }

    #[test]
    fn a_source_that_never_gives_a_key_is_not_asked_for_ever() {
        // Zero, and more than the order.
        for octet in [0, 0xff] {
            let source = Constant(octet, AtomicUsize::new(0));
            let made = EcdhKeyPair::generate(Curve::P256, &source);
            assert_eq!(made.err(), Some(EntropyUnavailable));
            assert_eq!(source.1.load(Relaxed), MAX_DRAWS);
        }
    }
}
