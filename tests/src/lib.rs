//! What the test suites share: one tool that can be broken in many ways, its bodies, and a program that
//! uses it as a process of its own.

pub mod bodies;
pub mod built;
pub mod program;
pub mod script;
pub mod tool;
