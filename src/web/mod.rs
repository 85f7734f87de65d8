//! HTTP in, HTTP out, pages. Holds no rule of any RFC.

pub mod assets;
pub mod pages;
