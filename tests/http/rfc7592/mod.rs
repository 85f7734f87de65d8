//! RFC 7592, OAuth 2.0 Dynamic Client Registration Management Protocol.

mod audit;
mod recovery;
mod recovery_by_secret;
mod section_2_1_read;
mod section_2_2_secrets;
mod section_2_2_secrets_overlap;
mod section_2_2_update;
mod section_2_3_delete;
mod section_2_3_delete_races;
mod section_2_authorization;
mod section_2_disabled;
mod section_2_equal_work;
mod section_2_pending;
mod section_5_reuse;
mod section_5_rotation;
mod section_5_rotation_modes;
mod section_5_rotation_races;
