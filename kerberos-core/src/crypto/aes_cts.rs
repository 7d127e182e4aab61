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

    /// RFC 3962 §B
    #[test]
    fn published_values_at_every_shape_of_tail() {
        let cipher = aes::Aes128::new(b"chicken teriyaki".into());
        let text = b"I would like the General Gau's Chicken, please, and wonton soup.";
        for (length, expected) in [
            (17, "c6353568f2bf8cb4d8a580362da7ff7f97"),
            (
                31,
                "fc00783e0efdb2c1d445d4c8eff7ed2297687268d6ecccc0c07b25e25ecfe5",
            ),
            (
                32,
                "39312523a78662d5be7fcbcc98ebf5a897687268d6ecccc0c07b25e25ecfe584",
            ),
            (
                47,
                "97687268d6ecccc0c07b25e25ecfe584b3fffd940c16a18c1b5549d2f838029e39312523a78662d5be7fcbcc98ebf5",
            ),
            (
                48,
                "97687268d6ecccc0c07b25e25ecfe5849dad8bbb96c4cdc03bc103e1a194bbd839312523a78662d5be7fcbcc98ebf5a8",
            ),
            (
                64,
                "97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5a84807efe836ee89a526730dbc2f7bc8409dad8bbb96c4cdc03bc103e1a194bbd8",
            ),
        ] {
            let plain = &text[..length];
            let mut data = plain.to_vec();
            encrypt(&cipher, &mut data).unwrap();
            assert_eq!(hex::encode(&data), expected);
            decrypt(&cipher, &mut data).unwrap();
            assert_eq!(data, plain);
        }
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

    #[test]
    fn recomputed_values_under_a_long_key() {
        let key = "fe697b52bc0d3ce14432ba036a92e65bbb52280990a2fa27883998d72af30161";
        let cipher = aes::Aes256::new_from_slice(&hex::decode(key).unwrap()).unwrap();
        for (length, expected) in [
            (16, "17fcdfbd516ce7e594ef9f2b7a02c2ff"),
            (18, "dc59fd31ef79b543d78727cec0bf2b8417fc"),
            (
                33,
                "17fcdfbd516ce7e594ef9f2b7a02c2ff5bef53d2f572a3cf6aff7422f3a612192a",
            ),
            (
                49,
                "17fcdfbd516ce7e594ef9f2b7a02c2ff2a40dfabd23d5a4f7cea2011215c6d86feb4a4d82785df421f4d108625681db8ac",
            ),
            (
                65,
                "17fcdfbd516ce7e594ef9f2b7a02c2ff2a40dfabd23d5a4f7cea2011215c6d86ac3b53afdf49dced7880c4fa1a454be7bde2a875fff9e8be83e958dd1d4f9b2cf7",
            ),
            (
                80,
                "17fcdfbd516ce7e594ef9f2b7a02c2ff2a40dfabd23d5a4f7cea2011215c6d86ac3b53afdf49dced7880c4fa1a454be760a525eb2b9c14692a7081f16db163a9f74ce94d57fe07a8d5a7bbaeec0401cc",
            ),
        ] {
            let mut data: Vec<u8> = (0..length).collect();
            encrypt(&cipher, &mut data).unwrap();
            assert_eq!(hex::encode(&data), expected);
        }
    }
}
