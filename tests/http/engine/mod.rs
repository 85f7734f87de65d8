//! Behaviours of oxide-auth 0.6.1 that the code of `src/protocol/engine` works around. Each test says what the crate does,
//! not what it should do: one that fails after an update of the crate asks for a look at its work-around.

mod extensions;
mod machines;
mod registrar;
