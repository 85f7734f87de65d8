//! One file per thing somebody does: the order of the steps, and nothing else.

pub mod rotate_keys;
