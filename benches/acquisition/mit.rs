//! MIT krb5's own library, found by the loader at run time: what kinit and kvno call, in this process.
#![expect(unsafe_code, reason = "calls into a C library")]

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::mem::MaybeUninit;
use std::path::Path;
use std::ptr;

use kerberos_benches::krb5_h::{Data, Keyblock};
use libloading::Library;

use super::{Failure, Secret};

type Context = *mut c_void;
type Name = *mut c_void;
type Cache = *mut c_void;
type Keytab = *mut c_void;
type Code = i32;

/// `krb5_creds` of krb5.h.
#[repr(C)]
struct Creds {
    magic: c_int,
    client: Name,
    server: Name,
    keyblock: Keyblock,
    times: [i32; 4],
    is_skey: c_uint,
    ticket_flags: i32,
    addresses: *mut c_void,
    ticket: Data,
    second_ticket: Data,
    authdata: *mut c_void,
}

impl Creds {
    const fn empty() -> Self {
        // SAFETY: numbers and pointers, for which zero octets are zero and null.
        unsafe { MaybeUninit::zeroed().assume_init() }
    }
}

macro_rules! functions {
    ($($name:ident: fn($($argument:ty),*) -> $result:ty;)*) => {
        /// The functions that are called, by their names.
        struct Functions {
            $($name: unsafe extern "C" fn($($argument),*) -> $result,)*
        }

        impl Functions {
            fn of(library: &Library) -> Result<Self, libloading::Error> {
                // SAFETY: the signatures are those of krb5.h and profile.h.
                unsafe {
                    Ok(Self {
                        $($name: *library.get(concat!(stringify!($name), "\0").as_bytes())?,)*
                    })
                }
            }
        }
    };
}

functions! {
    profile_init_path: fn(*const c_char, *mut *mut c_void) -> Code;
    profile_release: fn(*mut c_void) -> ();
    krb5_init_context_profile: fn(*mut c_void, c_int, *mut Context) -> Code;
    krb5_free_context: fn(Context) -> ();
    krb5_parse_name: fn(Context, *const c_char, *mut Name) -> Code;
    krb5_free_principal: fn(Context, Name) -> ();
    krb5_get_init_creds_password: fn(
        Context, *mut Creds, Name, *const c_char, *const c_void, *mut c_void, i32, *const c_char,
        *const c_void
    ) -> Code;
    krb5_kt_resolve: fn(Context, *const c_char, *mut Keytab) -> Code;
    krb5_kt_close: fn(Context, Keytab) -> Code;
    krb5_get_init_creds_keytab: fn(
        Context, *mut Creds, Name, Keytab, i32, *const c_char, *const c_void
    ) -> Code;
    krb5_free_cred_contents: fn(Context, *mut Creds) -> ();
    krb5_cc_new_unique: fn(Context, *const c_char, *const c_char, *mut Cache) -> Code;
    krb5_cc_initialize: fn(Context, Cache, Name) -> Code;
    krb5_cc_store_cred: fn(Context, Cache, *mut Creds) -> Code;
    krb5_cc_destroy: fn(Context, Cache) -> Code;
    krb5_cc_start_seq_get: fn(Context, Cache, *mut *mut c_void) -> Code;
    krb5_cc_next_cred: fn(Context, Cache, *mut *mut c_void, *mut Creds) -> Code;
    krb5_cc_end_seq_get: fn(Context, Cache, *mut *mut c_void) -> Code;
    krb5_get_credentials: fn(Context, i32, Cache, *mut Creds, *mut *mut Creds) -> Code;
    krb5_free_creds: fn(Context, *mut Creds) -> ();
    krb5_get_error_message: fn(Context, Code) -> *const c_char;
    krb5_free_error_message: fn(Context, *const c_char) -> ();
}

/// The loaded library.
pub(crate) struct Mit {
    functions: Functions,
    /// Its functions live as long as it is loaded.
    _library: Library,
}

impl Mit {
    pub(crate) fn load() -> Result<Self, libloading::Error> {
        // SAFETY: the library's initialisers are safe to run.
        let library = unsafe { Library::new("libkrb5.so.3")? };
        Ok(Self {
            functions: Functions::of(&library)?,
            _library: library,
        })
    }

    /// The tickets that are kept on the way to one for `service`, by a new context with an empty
    /// cache in memory. A referral is none of them.
    pub(crate) fn acquire(
        &self,
        config: &Path,
        client: &str,
        secret: &Secret,
        service: &str,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let session = Session::new(&self.functions, config)?;
        let client = session.name(client)?;
        let service = session.name(service)?;
        let cache = session.cache(&client)?;
        let mut tgt = session.logon(&client, secret)?;
        // SAFETY: everything was made by this library and lives until the end of this function.
        unsafe {
            let stored =
                (self.functions.krb5_cc_store_cred)(session.context, cache.0, &mut tgt.creds);
            session.expect(stored)?;
            let mut wanted = Creds::empty();
            (wanted.client, wanted.server) = (client.name, service.name);
            let mut found = ptr::null_mut();
            let code = (self.functions.krb5_get_credentials)(
                session.context,
                0,
                cache.0,
                &mut wanted,
                &mut found,
            );
            session.expect(code)?;
            (self.functions.krb5_free_creds)(session.context, found);
        }
        session.tickets(&cache)
    }
}

/// A context, read from a krb5.conf.
struct Session<'a> {
    functions: &'a Functions,
    context: Context,
}

impl<'a> Session<'a> {
    fn new(functions: &'a Functions, config: &Path) -> Result<Self, Failure> {
        let path = CString::new(config.to_str().ok_or("a path that is not UTF-8")?)?;
        let (mut profile, mut context) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the profile is copied by the context and released here.
        unsafe {
            let code = (functions.profile_init_path)(path.as_ptr(), &mut profile);
            if code != 0 {
                return Err(format!("profile_init_path: {code}").into());
            }
            let code = (functions.krb5_init_context_profile)(profile, 0, &mut context);
            (functions.profile_release)(profile);
            if code != 0 {
                return Err(format!("krb5_init_context_profile: {code}").into());
            }
        }
        Ok(Self { functions, context })
    }

    fn expect(&self, code: Code) -> Result<(), Failure> {
        if code == 0 {
            return Ok(());
        }
        // SAFETY: the text is copied before it is freed.
        let text = unsafe {
            let message = (self.functions.krb5_get_error_message)(self.context, code);
            let text = CStr::from_ptr(message).to_string_lossy().into_owned();
            (self.functions.krb5_free_error_message)(self.context, message);
            text
        };
        Err(format!("MIT krb5: {text}").into())
    }

    fn name(&self, text: &str) -> Result<ParsedName<'_>, Failure> {
        let text = CString::new(text)?;
        let mut name = ptr::null_mut();
        // SAFETY: the name is owned by what is returned.
        let code =
            unsafe { (self.functions.krb5_parse_name)(self.context, text.as_ptr(), &mut name) };
        self.expect(code)?;
        Ok(ParsedName {
            session: self,
            name,
        })
    }

    /// An empty cache in memory.
    fn cache(&self, client: &ParsedName<'_>) -> Result<MemoryCache<'_>, Failure> {
        let mut cache = ptr::null_mut();
        // SAFETY: the cache is owned by what is returned.
        unsafe {
            let memory = c"MEMORY".as_ptr();
            let new = self.functions.krb5_cc_new_unique;
            self.expect(new(self.context, memory, ptr::null(), &mut cache))?;
            let cache = MemoryCache(cache, self);
            let code = (self.functions.krb5_cc_initialize)(self.context, cache.0, client.name);
            self.expect(code)?;
            Ok(cache)
        }
    }

    fn logon(&self, client: &ParsedName<'_>, secret: &Secret) -> Result<Held<'_>, Failure> {
        let mut held = Held {
            session: self,
            creds: Creds::empty(),
        };
        // SAFETY: everything lives until the call returns; the credentials are owned by `held`.
        unsafe {
            let code = match secret {
                Secret::Password(password) => {
                    let password = CString::new(password.as_str())?;
                    (self.functions.krb5_get_init_creds_password)(
                        self.context,
                        &mut held.creds,
                        client.name,
                        password.as_ptr(),
                        ptr::null(),
                        ptr::null_mut(),
                        0,
                        ptr::null(),
                        ptr::null(),
                    )
                }
                Secret::Keytab(file) => {
                    let name = CString::new(format!("FILE:{}", file.display()))?;
                    let mut keytab = ptr::null_mut();
                    let resolve = self.functions.krb5_kt_resolve;
                    self.expect(resolve(self.context, name.as_ptr(), &mut keytab))?;
                    let code = (self.functions.krb5_get_init_creds_keytab)(
                        self.context,
                        &mut held.creds,
                        client.name,
                        keytab,
                        0,
                        ptr::null(),
                        ptr::null(),
                    );
                    (self.functions.krb5_kt_close)(self.context, keytab);
                    code
                }
            };
            self.expect(code)?;
        }
        Ok(held)
    }

    /// The tickets in a cache. What else MIT keeps there has a realm of its own.
    fn tickets(&self, cache: &MemoryCache<'_>) -> Result<Vec<Vec<u8>>, Failure> {
        let mut tickets = Vec::new();
        let mut cursor = ptr::null_mut();
        // SAFETY: the cursor is used between its start and its end; each entry is freed once, and
        // copied before.
        unsafe {
            let start = self.functions.krb5_cc_start_seq_get;
            self.expect(start(self.context, cache.0, &mut cursor))?;
            loop {
                let mut held = Held {
                    session: self,
                    creds: Creds::empty(),
                };
                let next = self.functions.krb5_cc_next_cred;
                if next(self.context, cache.0, &mut cursor, &mut held.creds) != 0 {
                    break;
                }
                let ticket = &held.creds.ticket;
                let (octets, length) = (ticket.data.cast::<u8>(), ticket.length as usize);
                // What is kept of a configuration has no ticket's tag.
                if !octets.is_null() && length > 0 && *octets == APPLICATION_1 {
                    tickets.push(std::slice::from_raw_parts(octets, length).to_vec());
                }
            }
            (self.functions.krb5_cc_end_seq_get)(self.context, cache.0, &mut cursor);
        }
        Ok(tickets)
    }
}

/// The tag of a Ticket (RFC 4120 §5.3).
const APPLICATION_1: u8 = 0x61;

impl Drop for Session<'_> {
    fn drop(&mut self) {
        // SAFETY: made by the same library, dropped once and last.
        unsafe { (self.functions.krb5_free_context)(self.context) }
    }
}

struct ParsedName<'a> {
    session: &'a Session<'a>,
    name: Name,
}

impl Drop for ParsedName<'_> {
    fn drop(&mut self) {
        // SAFETY: made by the same library, dropped once.
        unsafe { (self.session.functions.krb5_free_principal)(self.session.context, self.name) }
    }
}

struct MemoryCache<'a>(Cache, &'a Session<'a>);

impl Drop for MemoryCache<'_> {
    fn drop(&mut self) {
        // SAFETY: made by the same library, dropped once.
        unsafe { (self.1.functions.krb5_cc_destroy)(self.1.context, self.0) };
    }
}

/// Credentials whose content the library made.
struct Held<'a> {
    session: &'a Session<'a>,
    creds: Creds,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // SAFETY: empty or made by the same library, dropped once.
        unsafe {
            let free = self.session.functions.krb5_free_cred_contents;
            free(self.session.context, &mut self.creds);
        }
    }
}
