//! What every suite shares.
