//! RFC 6749 at the token endpoint, with OAuth 2.1 and RFC 9700 where they are stricter.

mod section_2_3_client_authentication;
mod section_4_1_3_code;
mod section_4_4_client_credentials;
mod section_5_answers;
mod section_6_refresh;
mod section_6_rotation;
