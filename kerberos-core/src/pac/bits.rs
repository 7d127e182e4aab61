//! Bit sets of Windows structures: bit 0 is the least significant, unlike in flags of RFC 4120.

macro_rules! bit_set {
    (
        $(#[$doc:meta])*
        $name:ident { $( $(#[$bit_doc:meta])* $bit:ident = $value:literal; )* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $name(u32);

        impl $name {
            $( $(#[$bit_doc])* pub const $bit: Self = Self($value); )*

            /// The empty set.
            pub const NONE: Self = Self(0);

            /// The set with these bits; unknown ones are kept.
            pub const fn from_bits(bits: u32) -> Self {
                Self(bits)
            }

            /// The bits.
            pub const fn bits(self) -> u32 {
                self.0
            }

            /// Whether every bit of `other` is set.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// This set and the bits of `other`.
            #[must_use]
            pub const fn with(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// This set less the bits of `other`.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }
        }

        impl std::ops::BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                self.with(other)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{:#010x}", self.0)
            }
        }
    };
}
pub(super) use bit_set;
