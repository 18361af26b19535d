//! What the test suites share: one tool that can be broken in many ways, its bodies, and a program that
//! uses it as a process of its own; one that does as it is told, and a look at the processes that it runs in; what stands
//! in for services and for providers of models.

pub mod bodies;
pub mod built;
pub mod obedient;
#[cfg(target_os = "linux")]
pub mod processes;
pub mod program;
pub mod provider;
pub mod script;
pub mod service;
pub mod stand_in;
pub mod tool;
