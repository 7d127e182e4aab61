//! The userAccountControl attribute.

use bitflags::bitflags;
use kerberos_core::pac::AccountControl;

bitflags! {
    /// The bits of an account's userAccountControl attribute ([MS-ADTS] §2.2.16) that a KDC looks
    /// at.
    ///
    /// ```
    /// use kerberos_core::pac::AccountControl;
    /// use realm_sim::forest::UserAccountControl;
    ///
    /// let control = UserAccountControl::NORMAL_ACCOUNT | UserAccountControl::NOT_DELEGATED;
    /// assert_eq!(control.bits(), 0x10_0200);
    /// assert!(control.in_pac().contains(AccountControl::NOT_DELEGATED));
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct UserAccountControl: u32 {
        /// The account may not log on.
        const ACCOUNT_DISABLED = 0x2;
        /// The account is locked.
        const LOCKOUT = 0x10;
        /// The account needs no password.
        const PASSWORD_NOT_REQUIRED = 0x20;
        /// A user.
        const NORMAL_ACCOUNT = 0x200;
        /// A computer.
        const WORKSTATION_TRUST_ACCOUNT = 0x1000;
        /// A domain controller.
        const SERVER_TRUST_ACCOUNT = 0x2000;
        /// The password never expires.
        const DONT_EXPIRE_PASSWORD = 0x1_0000;
        /// Only a smart card will do.
        const SMARTCARD_REQUIRED = 0x4_0000;
        /// Services of the account get forwardable tickets of their clients.
        const TRUSTED_FOR_DELEGATION = 0x8_0000;
        /// The account must not be delegated.
        const NOT_DELEGATED = 0x10_0000;
        /// The account has DES keys only.
        const USE_DES_KEY_ONLY = 0x20_0000;
        /// No pre-authentication is asked.
        const DONT_REQUIRE_PREAUTH = 0x40_0000;
        /// The password has expired.
        const PASSWORD_EXPIRED = 0x80_0000;
        /// The service may say who its client is (S4U2Self).
        const TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION = 0x100_0000;
        /// Tickets for the account carry no PAC.
        const NO_AUTH_DATA_REQUIRED = 0x200_0000;
        /// A read-only domain controller.
        const PARTIAL_SECRETS_ACCOUNT = 0x400_0000;
    }
}

/// Each bit with its other number, the one of [MS-SAMR] §2.2.1.12.
const IN_PAC: [(UserAccountControl, AccountControl); 16] = [
    (
        UserAccountControl::ACCOUNT_DISABLED,
        AccountControl::DISABLED,
    ),
    (UserAccountControl::LOCKOUT, AccountControl::AUTO_LOCKED),
    (
        UserAccountControl::PASSWORD_NOT_REQUIRED,
        AccountControl::PASSWORD_NOT_REQUIRED,
    ),
    (UserAccountControl::NORMAL_ACCOUNT, AccountControl::NORMAL),
    (
        UserAccountControl::WORKSTATION_TRUST_ACCOUNT,
        AccountControl::WORKSTATION_TRUST,
    ),
    (
        UserAccountControl::SERVER_TRUST_ACCOUNT,
        AccountControl::SERVER_TRUST,
    ),
    (
        UserAccountControl::DONT_EXPIRE_PASSWORD,
        AccountControl::DONT_EXPIRE_PASSWORD,
    ),
    (
        UserAccountControl::SMARTCARD_REQUIRED,
        AccountControl::SMARTCARD_REQUIRED,
    ),
    (
        UserAccountControl::TRUSTED_FOR_DELEGATION,
        AccountControl::TRUSTED_FOR_DELEGATION,
    ),
    (
        UserAccountControl::NOT_DELEGATED,
        AccountControl::NOT_DELEGATED,
    ),
    (
        UserAccountControl::USE_DES_KEY_ONLY,
        AccountControl::from_bits(0x8000),
    ),
    (
        UserAccountControl::DONT_REQUIRE_PREAUTH,
        AccountControl::DONT_REQUIRE_PREAUTH,
    ),
    (
        UserAccountControl::PASSWORD_EXPIRED,
        AccountControl::PASSWORD_EXPIRED,
    ),
    (
        UserAccountControl::TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION,
        AccountControl::TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION,
    ),
    (
        UserAccountControl::NO_AUTH_DATA_REQUIRED,
        AccountControl::NO_AUTH_DATA_REQUIRED,
    ),
    (
        UserAccountControl::PARTIAL_SECRETS_ACCOUNT,
        AccountControl::PARTIAL_SECRETS,
    ),
];

impl UserAccountControl {
    /// The same in the numbers that a PAC uses ([MS-SAMR] §3.1.5.14.2).
    pub fn in_pac(self) -> AccountControl {
        IN_PAC
            .into_iter()
            .filter(|(bit, _)| self.contains(*bit))
            .fold(AccountControl::default(), |all, (_, bit)| all | bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_has_its_number_in_a_pac() {
        let mut seen = AccountControl::default();
        for bit in UserAccountControl::all().iter() {
            let in_pac = bit.in_pac();
            assert_ne!(in_pac, AccountControl::default(), "{bit:?}");
            assert!(!seen.contains(in_pac), "{bit:?}");
            seen = seen | in_pac;
        }
        assert_eq!(
            UserAccountControl::empty().in_pac(),
            AccountControl::default()
        );
    }
}
