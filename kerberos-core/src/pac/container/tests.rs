use super::*;

const LOGON: PacBufferType = PacBufferType::LOGON_INFO;
const UNKNOWN: PacBufferType = PacBufferType::new(77);

fn lay_out(buffers: &[(PacBufferType, Vec<u8>)]) -> Result<Pac, PacError> {
    LaidOut::new(buffers).map(Pac::from)
}

/// Two buffers, of 3 and of 8 bytes.
fn sample() -> Vec<u8> {
    let buffers = [(LOGON, vec![1, 2, 3]), (UNKNOWN, vec![9; 8])];
    lay_out(&buffers).unwrap().octets().to_vec()
}

/// The sample with one 64-bit offset or one 32-bit number replaced.
fn changed(at: usize, number: u32) -> Result<Pac, PacError> {
    let mut octets = sample();
    octets[at..at + 4].copy_from_slice(&number.to_le_bytes());
    Pac::decode(&octets)
}

#[test]
fn buffers_are_laid_out_in_order_at_multiples_of_eight() {
    let octets = sample();
    let header = "0200000000000000\
                  01000000030000002800000000000000\
                  4d000000080000003000000000000000";
    assert_eq!(hex::encode(&octets[..40]), header);
    assert_eq!(octets.len(), 56);
    let pac = Pac::decode(&octets).unwrap();
    assert_eq!(pac.buffer(LOGON), Some(&[1, 2, 3][..]));
    assert_eq!(pac.buffer(UNKNOWN), Some(&[9; 8][..]));
    assert_eq!(pac.buffer(PacBufferType::REQUESTOR), None);
    assert_eq!(pac.octets(), octets);
    let shown = format!("{pac:?}");
    assert_eq!(shown, "Pac {LOGON_INFO (1): 3, buffer type 77: 8}");
    assert_eq!(lay_out(&[]).unwrap().octets(), [0; 8]);
}

#[test]
fn each_rule_of_the_container_is_held() {
    assert!(changed(0, 2).is_ok());
    assert_eq!(changed(0, 3), Err(fault(40, PacFault::Misaligned)));
    let limit = MAX_BUFFERS;
    assert_eq!(changed(0, 33), Err(fault(0, PacFault::TooMany { limit })));
    let expected = 0;
    let version = PacFault::WrongConstant { expected };
    assert_eq!(changed(4, 1), Err(fault(4, version)));
    assert_eq!(changed(16, 0x2c), Err(fault(8, PacFault::Misaligned)));
    // In the header, in each other, behind the end, past 2^32.
    for (at, number, entry) in [
        (16, 0x20, 8),
        (12, 9, 24),
        (28, 9, 24),
        (36, 1, 24),
        (28, u32::MAX, 24),
    ] {
        let overlapping = Err(fault(entry, PacFault::Overlapping));
        assert_eq!(changed(at, number), overlapping, "{number:#x} at {at}");
    }
    assert!(changed(12, 8).is_ok(), "up to the next buffer");
    for length in 0..40 {
        let cut = Pac::decode(&sample()[..length]);
        let Err(PacError::Malformed { at, .. }) = cut else {
            panic!("{length}: {cut:?}");
        };
        assert!(at <= length);
    }
}

#[test]
fn a_pac_at_the_limits_is_taken_and_beyond_them_refused() {
    let mut octets = sample();
    octets.resize(MAX_PAC, 0);
    assert!(Pac::decode(&octets).is_ok());
    octets.push(0);
    let limit = MAX_PAC;
    assert_eq!(
        Pac::decode(&octets),
        Err(fault(0, PacFault::TooLarge { limit }))
    );
    let most = vec![(UNKNOWN, Vec::new()); MAX_BUFFERS];
    let pac = lay_out(&most).unwrap();
    assert_eq!(pac.buffers().count(), MAX_BUFFERS);
    assert!(lay_out(&vec![(UNKNOWN, Vec::new()); MAX_BUFFERS + 1]).is_err());
}

/// [MS-PAC] §2.4: of several buffers of a type the first counts.
#[test]
fn the_first_of_two_counts_and_both_survive() {
    let buffers = [(UNKNOWN, vec![1]), (UNKNOWN, vec![2])];
    let pac = lay_out(&buffers).unwrap();
    assert_eq!(pac.buffer(UNKNOWN), Some(&[1][..]));
    assert_eq!(pac.buffers().count(), 2);
}

#[test]
fn what_is_needed_and_not_there_is_named() {
    let pac = lay_out(&[(UNKNOWN, Vec::new())]).unwrap();
    assert_eq!(pac.logon_info(), Err(PacError::Missing { buffer: LOGON }));
    let error = pac.client_info().unwrap_err();
    assert_eq!(error.to_string(), "PAC: no CLIENT_INFO (10)");
    let buffer = PacBufferType::SERVER_CHECKSUM;
    let missing = PacError::Missing { buffer };
    assert_eq!(pac.required_signature(buffer), Err(missing));
    let error = changed(4, 1).unwrap_err();
    assert_eq!(error.to_string(), "PAC: expected the value 0 at byte 4");
}

#[test]
fn an_empty_buffer_of_claims_says_that_there_are_none() {
    let kind = PacBufferType::CLIENT_CLAIMS;
    let pac = lay_out(&[(kind, Vec::new()), (PacBufferType::DEVICE_CLAIMS, vec![1])]).unwrap();
    assert_eq!(pac.client_claims(), Ok(None));
    let error = pac.device_claims().unwrap_err();
    assert_eq!(
        error.to_string(),
        "PAC DEVICE_CLAIMS (15): truncated at byte 1"
    );
}
