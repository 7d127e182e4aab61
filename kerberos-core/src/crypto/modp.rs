//! Diffie-Hellman over the groups of primes that PKINIT uses (RFC 4556 §3.2.1, RFC 3526).

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U512, U1024, U2048, U4096, Uint};
use zeroize::{Zeroize, Zeroizing};

use crate::entropy::{Entropy, EntropyUnavailable};

/// Bytes of a private exponent: twice the strength of the largest group, and more
/// (RFC 3526 §8).
const EXPONENT: usize = 64;

/// A group of prime order below 2^n, with the generator 2.
///
/// ```
/// use kerberos_core::crypto::{DhKeyPair, ModpGroup};
/// use kerberos_core::entropy::SeededEntropy;
///
/// let entropy = SeededEntropy::new(1); // outside of tests: OsEntropy
/// let client = DhKeyPair::generate(ModpGroup::Modp2048, &entropy)?;
/// let kdc = DhKeyPair::generate(ModpGroup::Modp2048, &entropy)?;
/// let secret = client.agree(kdc.public_value()).ok_or("no public value")?;
/// assert_eq!(kdc.agree(client.public_value()), Some(secret));
/// // A value with which everybody would know the secret.
/// assert_eq!(client.agree(&[1]), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ModpGroup {
    /// Oakley group 2, of 1024 bits (RFC 2409 §6.2): within reach of whoever can spend enough.
    Modp1024,
    /// Group 14, of 2048 bits (RFC 3526 §3).
    Modp2048,
    /// Group 16, of 4096 bits (RFC 3526 §5).
    Modp4096,
}

impl ModpGroup {
    /// All groups, the smallest first.
    pub const ALL: [Self; 3] = [Self::Modp1024, Self::Modp2048, Self::Modp4096];

    /// Bytes in the prime, in a public value and in a secret.
    pub const fn size(self) -> usize {
        match self {
            Self::Modp1024 => 128,
            Self::Modp2048 => 256,
            Self::Modp4096 => 512,
        }
    }

    /// The prime, most significant octet first.
    pub fn prime(self) -> Vec<u8> {
        match self {
            Self::Modp1024 => octets(&PRIME_1024),
            Self::Modp2048 => octets(&PRIME_2048),
            Self::Modp4096 => octets(&PRIME_4096),
        }
    }

    /// The order of the subgroup that 2 generates: half of the prime, rounded down.
    pub fn order(self) -> Vec<u8> {
        match self {
            Self::Modp1024 => octets(&PRIME_1024.shr(1)),
            Self::Modp2048 => octets(&PRIME_2048.shr(1)),
            Self::Modp4096 => octets(&PRIME_4096.shr(1)),
        }
    }

    /// The generator.
    pub const fn generator(self) -> u8 {
        2
    }

    /// The group of this prime and generator, both most significant octet first.
    pub fn of(prime: &[u8], generator: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|group| group.prime() == prime && generator == [group.generator()])
    }

    /// `base` to the power of `exponent`, in time that depends on neither; nothing when `base` is
    /// not between 2 and the prime less 2.
    fn power(self, base: &[u8], exponent: &U512) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Modp1024 => power(&PRIME_1024, base, exponent),
            Self::Modp2048 => power(&PRIME_2048, base, exponent),
            Self::Modp4096 => power(&PRIME_4096, base, exponent),
        }
    }
}

/// A private exponent and its public value, for one agreement. The exponent is wiped.
///
/// Example: [`ModpGroup`].
pub struct DhKeyPair {
    group: ModpGroup,
    exponent: Zeroizing<U512>,
    public: Vec<u8>,
}

impl DhKeyPair {
    /// A fresh pair.
    ///
    /// # Errors
    ///
    /// [`EntropyUnavailable`].
    pub fn generate(group: ModpGroup, entropy: &dyn Entropy) -> Result<Self, EntropyUnavailable> {
        let mut octets = Zeroizing::new([0; EXPONENT]);
        entropy.fill(octets.as_mut())?;
        let exponent = Zeroizing::new(U512::from_be_slice(octets.as_ref()));
        let public = group.power(&[group.generator()], &exponent);
        Ok(Self {
            group,
            exponent,
            public: public.map_or_else(Vec::new, |public| public.to_vec()),
        })
    }

    /// The group.
    pub const fn group(&self) -> ModpGroup {
        self.group
    }

    /// The value for the other side, most significant octet first, as long as the prime.
    pub fn public_value(&self) -> &[u8] {
        &self.public
    }

    /// The secret with whoever has the exponent of `peer`: as long as the prime
    /// (RFC 4556 §3.2.3.1). Nothing when `peer` is no public value of the group: 0, 1, the prime
    /// less 1, or more than that.
    pub fn agree(&self, peer: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.group.power(peer, &self.exponent)
    }
}

impl std::fmt::Debug for DhKeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DhKeyPair")
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}

fn power<const LIMBS: usize>(
    prime: &Uint<LIMBS>,
    base: &[u8],
    exponent: &U512,
) -> Option<Zeroizing<Vec<u8>>> {
    let base = uint::<LIMBS>(base)?;
    let last = prime.wrapping_sub(&Uint::ONE);
    if base <= Uint::ONE || base >= last {
        return None;
    }
    let modulus: Option<Odd<Uint<LIMBS>>> = Odd::new(*prime).into();
    let parameters = FixedMontyParams::new_vartime(modulus?);
    let mut result = FixedMontyForm::new(&base, &parameters).pow(exponent);
    let mut value = result.retrieve();
    result.zeroize();
    let secret = Zeroizing::new(octets(&value));
    value.zeroize();
    Some(secret)
}

/// The number of these octets, most significant first; nothing when it is too large.
pub(super) fn uint<const LIMBS: usize>(octets: &[u8]) -> Option<Uint<LIMBS>> {
    let size = Uint::<LIMBS>::BYTES;
    let excess = octets.len().saturating_sub(size);
    let (front, octets) = octets.split_at_checked(excess)?;
    if front.iter().any(|octet| *octet != 0) {
        return None;
    }
    let mut padded = vec![0; size.saturating_sub(octets.len())];
    padded.extend_from_slice(octets);
    Some(Uint::from_be_slice(&padded))
}

pub(super) fn octets<const LIMBS: usize>(number: &Uint<LIMBS>) -> Vec<u8> {
    number.to_be_bytes().as_ref().to_vec()
}

const PRIME_1024: U1024 = U1024::from_be_hex(concat!(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A0879",
    "8E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B",
    "0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
));

const PRIME_2048: U2048 = U2048::from_be_hex(concat!(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A0879",
    "8E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B",
    "0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA4836",
    "1C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804",
    "F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6",
    "955817183995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF",
));

const PRIME_4096: U4096 = U4096::from_be_hex(concat!(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A0879",
    "8E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B",
    "0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA4836",
    "1C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804",
    "F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6",
    "955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64",
    "ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D226",
    "1AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2",
    "08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A92108011A723C12A787E6D788719A10BDBA5B2699C32718",
    "6AF4E23C1A946834B6150BDA2583E9CA2AD44CE8DBBBC2DB04DE8EF92E8EFC141FBECAA6287C59474E6BC05D",
    "99B2964FA090C3A2233BA186515BE7ED1F612970CEE2D7AFB81BDD762170481CD0069127D5B05AA993B4EA98",
    "8D8FDDC186FFB7DC90A6C08F4DF435C934063199FFFFFFFFFFFFFFFF",
));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    /// The formula is RFC 2409 §6.2 and RFC 3526 §3, §5: what stands around the digits of pi.
    #[test]
    fn primes_have_the_ends_that_they_were_made_with() {
        for group in ModpGroup::ALL {
            let prime = group.prime();
            assert_eq!(prime.len(), group.size());
            assert_eq!(prime[..8], [0xff; 8]);
            assert_eq!(prime[group.size() - 8..], [0xff; 8]);
            assert_eq!(
                prime[8..16],
                [0xc9, 0x0f, 0xda, 0xa2, 0x21, 0x68, 0xc2, 0x34]
            );
        }
    }

    /// Whoever generates a subgroup of the order of half the prime is a square: 2^q is 1. A digit
    /// that is wrong anywhere in a prime breaks it.
    #[test]
    fn two_generates_the_subgroup() {
        fn holds<const LIMBS: usize>(prime: &Uint<LIMBS>) -> bool {
            let parameters = FixedMontyParams::new_vartime(Odd::new(*prime).unwrap());
            let two = FixedMontyForm::new(&Uint::from(2_u8), &parameters);
            two.pow_vartime(&prime.shr(1)).retrieve() == Uint::ONE
        }
        assert!(holds(&PRIME_1024) && holds(&PRIME_2048) && holds(&PRIME_4096));
    }

    #[test]
    fn both_sides_agree_and_nobody_else() {
        let entropy = SeededEntropy::new(7);
        for group in ModpGroup::ALL {
            let pair = || DhKeyPair::generate(group, &entropy).unwrap();
            let (one, other, third) = (pair(), pair(), pair());
            let secret = one.agree(other.public_value()).unwrap();
            assert_eq!(secret.len(), group.size());
            assert_eq!(other.agree(one.public_value()), Some(secret.clone()));
            assert_ne!(third.agree(one.public_value()), Some(secret));
        }
    }

    #[test]
    fn values_at_the_ends_are_refused_and_those_beside_them_are_not() {
        let pair = DhKeyPair::generate(ModpGroup::Modp1024, &SeededEntropy::new(7)).unwrap();
        let below = |less: u8| {
            let mut value = ModpGroup::Modp1024.prime();
            *value.last_mut().unwrap() -= less;
            value
        };
        for refused in [
            vec![],
            vec![0],
            vec![1],
            below(1),
            below(0),
            vec![0xff; 128],
        ] {
            assert_eq!(pair.agree(&refused), None, "{refused:x?}");
        }
        assert_eq!(pair.agree(&[&[1], &below(2)[..]].concat()), None);
        for taken in [
            vec![2],
            vec![0, 2],
            below(2),
            [&[0; 3], &below(2)[..]].concat(),
        ] {
            assert!(pair.agree(&taken).is_some(), "{taken:x?}");
        }
    }
}
