//! RFC 7591, OAuth 2.0 Dynamic Client Registration Protocol.

mod real_clients;
mod resulting_state;
mod section_2_2_languages;
mod section_2_3_software_statement;
mod section_2_metadata;
mod section_3_1_limits;
mod section_3_1_request;
mod section_3_2_1_information;
mod section_3_access;
mod section_3_budgets;
mod section_3_policies;
mod section_5_policy;
mod section_5_redirect_uris;
mod section_5_tls;
mod sector_identifier;
