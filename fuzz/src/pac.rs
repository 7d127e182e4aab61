//! Any bytes as a PAC, and as each structure that stands in one.

use std::sync::LazyLock;

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::Key;
use kerberos_core::pac::{
    Claims, ClaimsSet, ClientInfo, CompressionFormat, CredentialData, CredentialsInfo,
    DelegationInfo, DeviceInfo, LogonInfo, NtlmCredential, Pac, PacAttributes, PacBufferType,
    PacBuilder, PacContent, PacError, Requestor, SigningKeys, UpnDnsInfo,
};

/// Decodes bytes as one structure and encodes the value.
pub type Recode = fn(&[u8]) -> Result<Vec<u8>, PacError>;

/// Every structure under its name.
pub const STRUCTURES: &[(&str, Recode)] = &[
    ("CLAIMS_SET", |b| ClaimsSet::decode(b)?.encode()),
    ("CLAIMS_SET_METADATA", |b| {
        Claims::decode(b, PacBufferType::CLIENT_CLAIMS)?.encode()
    }),
    ("KERB_VALIDATION_INFO", recode::<LogonInfo>),
    ("PAC_ATTRIBUTES_INFO", recode::<PacAttributes>),
    ("PAC_CLIENT_INFO", recode::<ClientInfo>),
    ("PAC_CREDENTIAL_INFO", recode::<CredentialsInfo>),
    ("PAC_CREDENTIAL_DATA", |b| {
        let data = CredentialData::decode(b)?;
        if let Some(ntlm) = data.ntlm()? {
            assert_eq!(
                NtlmCredential::decode(&ntlm.to_supplemental().octets),
                Ok(ntlm)
            );
        }
        Ok(data.encode()?.to_vec())
    }),
    ("PAC_DEVICE_INFO", recode::<DeviceInfo>),
    ("PAC_REQUESTOR", recode::<Requestor>),
    ("S4U_DELEGATION_INFO", recode::<DelegationInfo>),
    ("UPN_DNS_INFO", recode::<UpnDnsInfo>),
];

/// Feeds `input` to all of them, and its buffers when it is a PAC.
pub fn run(input: &[u8]) {
    structures(input);
    compressed(input);
    let pac = match Pac::decode(input) {
        Ok(pac) => pac,
        Err(error) => return told(&error, input),
    };
    assert_eq!(pac.octets(), input);
    for (kind, octets) in pac.buffers() {
        structures(octets);
        if let Err(error) = pac.signature(kind) {
            told(&error, octets);
        }
    }
    if let Ok(info) = pac.logon_info() {
        let _ = info.sids();
    }
    if let Ok(Some(claims)) = pac.client_claims() {
        let _ = claims.set();
    }
    assert!(
        pac.verify(&KEY, Some(&KEY)).is_err(),
        "nobody knows the key"
    );
    let keys = SigningKeys::new(&KEY, &KEY);
    if let Ok(signed) = PacBuilder::from(&pac).sign(&keys) {
        assert!(signed.verify(&KEY, Some(&KEY)).is_ok(), "{input:02x?}");
        let again = PacBuilder::from(&signed).sign(&keys);
        assert_eq!(again, Ok(signed), "{input:02x?}");
    }
}

/// Any bytes as compressed claims, of a size that the first two say.
fn compressed(input: &[u8]) {
    let Some((size, octets)) = input.split_first_chunk() else {
        return;
    };
    let claims = Claims {
        compression: CompressionFormat::XPRESS_HUFF,
        uncompressed_size: u16::from_le_bytes(*size).into(),
        octets: octets.to_vec(),
        reserved_type: 0,
        reserved: Vec::new(),
    };
    match claims.set() {
        Ok(set) => assert!(set.encode().is_ok(), "{input:02x?}"),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// What decodes encodes, and decodes to the same again.
fn structures(input: &[u8]) {
    for (name, recode) in STRUCTURES {
        match recode(input) {
            Ok(written) => assert!(
                recode(&written).as_ref() == Ok(&written),
                "{name}: {input:02x?} becomes {written:02x?}"
            ),
            // Names that share bytes may need more than there are offsets when they do not.
            Err(PacError::DoesNotFit { .. }) => assert_eq!(*name, "UPN_DNS_INFO"),
            Err(error) => told(&error, input),
        }
    }
}

/// An error says what is wrong, and where in the input.
fn told(error: &PacError, input: &[u8]) {
    assert!(!error.to_string().is_empty());
    if let PacError::Malformed { at, .. } = error {
        assert!(*at <= input.len(), "{error}");
    }
}

fn recode<T: PacContent>(octets: &[u8]) -> Result<Vec<u8>, PacError> {
    T::decode(octets)?.encode()
}

static KEY: LazyLock<Key> = LazyLock::new(|| {
    let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    Key::new(etype, &[0x5a; 32]).expect("the length is right")
});
