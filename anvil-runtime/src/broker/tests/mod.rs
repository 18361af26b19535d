//! The broker, against services on this machine.
