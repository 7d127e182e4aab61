//! MIT krb5's own library, found by the loader at run time: the codec of libkrb5 and the keyed
//! calls of libk5crypto, which cache derived keys as we do.
#![expect(unsafe_code, reason = "calls into a C library")]

use std::ffi::{OsStr, c_int, c_uint, c_void};
use std::ptr;
use std::rc::Rc;

use kerberos_benches::krb5_h::{Data, Keyblock};
use libloading::Library;

type Failure = Box<dyn std::error::Error>;
type Context = *mut c_void;

#[repr(C)]
struct EncData {
    magic: c_int,
    enctype: c_int,
    kvno: c_uint,
    ciphertext: Data,
}

#[repr(C)]
struct Checksum {
    magic: c_int,
    checksum_type: c_int,
    length: c_uint,
    contents: *mut u8,
}

type Crypt = unsafe extern "C" fn(
    Context,
    *mut c_void,
    c_int,
    *const c_void,
    *const c_void,
    *mut c_void,
) -> c_int;

/// What names a file with a `libk5crypto.so.3` that was built with OpenSSL's cryptography.
const WITH_OPENSSL: &str = "MIT_CRYPTO_OPENSSL";

/// The loaded libraries with one context.
pub(crate) struct Mit {
    pub(crate) name: &'static str,
    krb5: Library,
    context: Context,
    create_key: unsafe extern "C" fn(Context, *const Keyblock, *mut *mut c_void) -> c_int,
    free_key: unsafe extern "C" fn(Context, *mut c_void),
    encrypt: Crypt,
    decrypt: Crypt,
    make_checksum: unsafe extern "C" fn(
        Context,
        c_int,
        *mut c_void,
        c_int,
        *const Data,
        *mut Checksum,
    ) -> c_int,
    free_checksum: unsafe extern "C" fn(Context, *mut Checksum),
    string_to_key:
        unsafe extern "C" fn(Context, c_int, *const Data, *const Data, *mut Keyblock) -> c_int,
    free_keyblock: unsafe extern "C" fn(Context, *mut Keyblock),
    free_data: unsafe extern "C" fn(Context, *mut Data),
}

fn view(bytes: &[u8]) -> Data {
    Data {
        magic: 0,
        length: bytes.len() as c_uint,
        data: bytes.as_ptr().cast_mut().cast(),
    }
}

impl Mit {
    /// The system's build first, then the other one; what is not there is named.
    pub(crate) fn load_builds() -> Vec<Self> {
        let other = std::env::var_os(WITH_OPENSSL);
        let builds = [
            ("MIT krb5", Some("libk5crypto.so.3".into())),
            ("MIT krb5 with OpenSSL", other),
        ];
        let mut loaded = Vec::new();
        for (name, crypto) in builds {
            match crypto.map(|crypto| Self::load(name, &crypto)) {
                Some(Ok(mit)) => loaded.push(mit),
                Some(Err(error)) => eprintln!("peer missing: {name}: {error}"),
                None => eprintln!("peer missing: {name}: {WITH_OPENSSL} names no library"),
            }
        }
        loaded
    }

    fn load(name: &'static str, crypto: &OsStr) -> Result<Self, libloading::Error> {
        // SAFETY: the libraries' initialisers are safe to run; signatures are those of krb5.h.
        unsafe {
            let krb5 = Library::new("libkrb5.so.3")?;
            let crypto = Library::new(crypto)?;
            let init: unsafe extern "C" fn(*mut Context) -> c_int =
                *krb5.get(b"krb5_init_context\0")?;
            let mut context = ptr::null_mut();
            init(&mut context);
            let loaded = Self {
                name,
                context,
                create_key: *crypto.get(b"krb5_k_create_key\0")?,
                free_key: *crypto.get(b"krb5_k_free_key\0")?,
                encrypt: *crypto.get(b"krb5_k_encrypt\0")?,
                decrypt: *crypto.get(b"krb5_k_decrypt\0")?,
                make_checksum: *crypto.get(b"krb5_k_make_checksum\0")?,
                string_to_key: *crypto.get(b"krb5_c_string_to_key\0")?,
                free_checksum: *krb5.get(b"krb5_free_checksum_contents\0")?,
                free_keyblock: *krb5.get(b"krb5_free_keyblock_contents\0")?,
                free_data: *krb5.get(b"krb5_free_data\0")?,
                krb5,
            };
            // The key functions live as long as the process.
            std::mem::forget(crypto);
            Ok(loaded)
        }
    }

    pub(crate) fn key(&self, etype: i32, material: &[u8]) -> Result<Rc<MitKey<'_>>, Failure> {
        let block = Keyblock {
            magic: 0,
            enctype: etype,
            length: material.len() as c_uint,
            contents: material.as_ptr().cast_mut(),
        };
        let mut key = ptr::null_mut();
        // SAFETY: the key block is copied.
        let code = unsafe { (self.create_key)(self.context, &block, &mut key) };
        if code == 0 {
            Ok(Rc::new(MitKey {
                mit: self,
                key,
                etype,
            }))
        } else {
            Err("no key".into())
        }
    }

    pub(crate) fn string_to_key(
        &self,
        etype: i32,
        password: &str,
        salt: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        let (password, salt) = (view(password.as_bytes()), view(salt));
        let mut block = Keyblock {
            magic: 0,
            enctype: 0,
            length: 0,
            contents: ptr::null_mut(),
        };
        // SAFETY: the block is filled by the call, read, and freed by its own library.
        unsafe {
            let code = (self.string_to_key)(self.context, etype, &password, &salt, &mut block);
            if code != 0 {
                return Err(format!("string-to-key: {code}").into());
            }
            let key = std::slice::from_raw_parts(block.contents, block.length as usize).to_vec();
            (self.free_keyblock)(self.context, &mut block);
            Ok(key)
        }
    }

    /// The codec of one message, such as `as_req`.
    pub(crate) fn codec(&self, name: &str) -> Result<Codec<'_>, Failure> {
        let free = match name {
            "as_req" | "tgs_req" => "kdc_req",
            "as_rep" | "tgs_rep" => "kdc_rep",
            "enc_tkt_part" => "enc_tkt_part",
            other => other,
        };
        // SAFETY: signatures are those of the library's internal header, the same for all types.
        unsafe {
            Ok(Codec {
                mit: self,
                decode: *self.krb5.get(format!("decode_krb5_{name}\0").as_bytes())?,
                encode: *self.krb5.get(format!("encode_krb5_{name}\0").as_bytes())?,
                free: *self.krb5.get(format!("krb5_free_{free}\0").as_bytes())?,
            })
        }
    }
}

/// A key with what MIT derives and keeps for it.
pub(crate) struct MitKey<'a> {
    mit: &'a Mit,
    key: *mut c_void,
    etype: i32,
}

impl MitKey<'_> {
    /// Encrypts into `out`, which has the size of the result.
    pub(crate) fn encrypt_into(&self, usage: u32, plaintext: &[u8], out: &mut [u8]) -> c_int {
        let input = view(plaintext);
        let mut output = EncData {
            magic: 0,
            enctype: 0,
            kvno: 0,
            ciphertext: view(out),
        };
        // SAFETY: input and output carry their lengths.
        unsafe {
            (self.mit.encrypt)(
                self.mit.context,
                self.key,
                usage as c_int,
                ptr::null(),
                ptr::from_ref(&input).cast(),
                ptr::from_mut(&mut output).cast(),
            )
        }
    }

    /// Decrypts into `out`, which is no smaller than the ciphertext; the length of the result.
    pub(crate) fn decrypt_into(&self, usage: u32, sealed: &[u8], out: &mut [u8]) -> Option<usize> {
        let input = EncData {
            magic: 0,
            enctype: self.etype,
            kvno: 0,
            ciphertext: view(sealed),
        };
        let mut output = view(out);
        // SAFETY: as above.
        let code = unsafe {
            (self.mit.decrypt)(
                self.mit.context,
                self.key,
                usage as c_int,
                ptr::null(),
                ptr::from_ref(&input).cast(),
                ptr::from_mut(&mut output).cast(),
            )
        };
        (code == 0).then_some(output.length as usize)
    }

    pub(crate) fn decrypt(&self, usage: u32, sealed: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; sealed.len()];
        let length = self.decrypt_into(usage, sealed, &mut out)?;
        out.truncate(length);
        Some(out)
    }

    pub(crate) fn checksum(&self, usage: u32, data: &[u8]) -> u8 {
        let input = view(data);
        let mut out = Checksum {
            magic: 0,
            checksum_type: 0,
            length: 0,
            contents: ptr::null_mut(),
        };
        // SAFETY: the checksum is filled by the call and freed by its own library.
        unsafe {
            let context = self.mit.context;
            (self.mit.make_checksum)(context, 0, self.key, usage as c_int, &input, &mut out);
            let first = if out.contents.is_null() {
                0
            } else {
                *out.contents
            };
            (self.mit.free_checksum)(context, &mut out);
            first
        }
    }
}

impl Drop for MitKey<'_> {
    fn drop(&mut self) {
        // SAFETY: made by the same library, dropped once.
        unsafe { (self.mit.free_key)(self.mit.context, self.key) }
    }
}

/// Decoder, encoder and destructor of one message type.
#[derive(Clone, Copy)]
pub(crate) struct Codec<'a> {
    mit: &'a Mit,
    decode: unsafe extern "C" fn(*const Data, *mut *mut c_void) -> c_int,
    encode: unsafe extern "C" fn(*const c_void, *mut *mut Data) -> c_int,
    free: unsafe extern "C" fn(Context, *mut c_void),
}

/// A decoded message in MIT's form.
pub(crate) struct Held<'a> {
    codec: Codec<'a>,
    message: *mut c_void,
}

impl<'a> Codec<'a> {
    pub(crate) fn decode(&self, bytes: &[u8]) -> Option<Held<'a>> {
        let mut message = ptr::null_mut();
        // SAFETY: the message is owned by what is returned.
        let code = unsafe { (self.decode)(&view(bytes), &mut message) };
        (code == 0).then_some(Held {
            codec: *self,
            message,
        })
    }
}

impl Held<'_> {
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        let mut out = ptr::null_mut();
        // SAFETY: the data is read and freed by its own library.
        unsafe {
            if (self.codec.encode)(self.message, &mut out) != 0 {
                return None;
            }
            let bytes =
                std::slice::from_raw_parts((*out).data.cast::<u8>(), (*out).length as usize);
            let bytes = bytes.to_vec();
            (self.codec.mit.free_data)(self.codec.mit.context, out);
            Some(bytes)
        }
    }

    /// Encodes and frees, without a copy to us.
    pub(crate) fn encode_only(&self) -> bool {
        let mut out = ptr::null_mut();
        // SAFETY: as above.
        unsafe {
            let encoded = (self.codec.encode)(self.message, &mut out) == 0;
            if encoded {
                (self.codec.mit.free_data)(self.codec.mit.context, out);
            }
            encoded
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // SAFETY: made by the same library, dropped once.
        unsafe { (self.codec.free)(self.codec.mit.context, self.message) }
    }
}
