//! AES in CBC mode with ciphertext stealing, CBC-CS3 (RFC 3962 §5): the last two blocks always
//! change places, a single block is plain CBC, and the initial vector is zero.

use cipher::consts::U16;
use cipher::{
    Block, BlockCipherDecrypt, BlockCipherEncrypt, BlockSizeUser, InnerIvInit, Iv, KeyInit,
};
#[cfg(any(test, feature = "camellia"))]
use cts::Encrypt;
use cts::{CbcCs3, Decrypt};
use zeroize::Zeroizing;

use super::CryptoError;

/// Bytes in an AES block: the size of a confounder and the least that can be encrypted.
pub(super) const BLOCK: usize = 16;

/// A key schedule of a cipher with blocks of [`BLOCK`] bytes.
pub(super) trait CtsCipher:
    BlockCipherEncrypt
    + BlockCipherDecrypt
    + BlockSizeUser<BlockSize = U16>
    + KeyInit
    + Send
    + Sync
    + 'static
{
}

/// A key schedule of AES-128 or AES-256.
pub(super) trait Aes: CtsCipher {}

impl CtsCipher for aes::Aes128 {}
impl CtsCipher for aes::Aes256 {}
impl Aes for aes::Aes128 {}
impl Aes for aes::Aes256 {}

/// Decrypts a message to its confounder and what follows that.
pub(super) fn decrypt_message<C: CtsCipher>(
    cipher: &C,
    message: &[u8],
) -> Result<([u8; BLOCK], Zeroizing<Vec<u8>>), CryptoError> {
    let (first, rest) = message.split_first_chunk().ok_or(CryptoError::Length {
        least: BLOCK,
        found: message.len(),
    })?;
    let mut confounder: Block<C> = (*first).into();
    let mut plaintext = Zeroizing::new(vec![0; rest.len()]);
    if rest.len() > BLOCK {
        // The first block has no part in the stealing and is the initial vector of the others.
        let others = CbcCs3::inner_iv_init(cipher, &confounder);
        others
            .decrypt_b2b(rest, &mut plaintext)
            .map_err(|_| CryptoError::Integrity)?;
        cipher.decrypt_block(&mut confounder);
    } else {
        let mut whole = Zeroizing::new([0; 2 * BLOCK]);
        let (whole, _) = whole.split_at_mut(message.len());
        whole.copy_from_slice(message);
        decrypt(cipher, whole)?;
        if let Some((start, end)) = whole.split_first_chunk() {
            confounder = (*start).into();
            plaintext.copy_from_slice(end);
        }
    }
    Ok((confounder.into(), plaintext))
}

/// Encrypts in place, at least one block.
#[cfg(any(test, feature = "camellia"))]
pub(super) fn encrypt<C: CtsCipher>(cipher: &C, data: &mut [u8]) -> Result<(), CryptoError> {
    // The `cts` crate encrypts a lone block twice.
    if let Ok(block) = <&mut Block<C>>::try_from(&mut *data) {
        cipher.encrypt_block(block);
        return Ok(());
    }
    let found = data.len();
    CbcCs3::inner_iv_init(cipher, &Iv::<CbcCs3<&C>>::default())
        .encrypt(data)
        .map_err(|_| CryptoError::Length {
            least: BLOCK,
            found,
        })
}

/// Decrypts in place, at least one block.
pub(super) fn decrypt<C: CtsCipher>(cipher: &C, data: &mut [u8]) -> Result<(), CryptoError> {
    if let Ok(block) = <&mut Block<C>>::try_from(&mut *data) {
        cipher.decrypt_block(block);
        return Ok(());
    }
    let found = data.len();
    CbcCs3::inner_iv_init(cipher, &Iv::<CbcCs3<&C>>::default())
        .decrypt(data)
        .map_err(|_| CryptoError::Length {
            least: BLOCK,
            found,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3962 §B, and more shapes of tail.
    #[test]
    fn vectors_are_encrypted_and_decrypted() {
        let text = include_str!("vectors/aes_cts.json");
        let file: serde_json::Value = serde_json::from_str(text).unwrap();
        let vectors = file["vectors"].as_array().unwrap();
        for vector in vectors {
            let octets = |field: &str| hex::decode(vector[field].as_str().unwrap()).unwrap();
            let (key, plain, expected) = (
                octets("key_hex"),
                octets("plaintext_hex"),
                octets("ciphertext_hex"),
            );
            assert_eq!(octets("iv_hex"), [0; BLOCK]);
            if key.len() == 16 {
                agrees(
                    &aes::Aes128::new_from_slice(&key).unwrap(),
                    &plain,
                    &expected,
                );
            } else {
                agrees(
                    &aes::Aes256::new_from_slice(&key).unwrap(),
                    &plain,
                    &expected,
                );
            }
        }
        assert_eq!(vectors.len(), 12);
    }

    fn agrees<C: CtsCipher>(cipher: &C, plain: &[u8], expected: &[u8]) {
        let mut data = plain.to_vec();
        encrypt(cipher, &mut data).unwrap();
        assert_eq!(hex::encode(&data), hex::encode(expected));
        decrypt(cipher, &mut data).unwrap();
        assert_eq!(data, plain);
    }

    #[test]
    fn one_block_is_plain_cbc_and_less_is_refused() {
        let cipher = aes::Aes128::new(b"chicken teriyaki".into());
        let (mut stolen, mut plain) = ([7; 16], [7; 16].into());
        encrypt(&cipher, &mut stolen).unwrap();
        cipher.encrypt_block(&mut plain);
        assert_eq!(stolen, plain.0);
        decrypt(&cipher, &mut stolen).unwrap();
        assert_eq!(stolen, [7; 16]);
        let short = CryptoError::Length {
            least: 16,
            found: 15,
        };
        assert_eq!(encrypt(&cipher, &mut [0; 15]), Err(short));
        assert_eq!(decrypt(&cipher, &mut [0; 15]), Err(short));
    }
}
