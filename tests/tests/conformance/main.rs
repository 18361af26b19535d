//! Each provider's dialect, spoken with a local server that answers from recorded shapes, faults included: what was sent,
//! what came back, what the log says of it, and what the caller gets.

mod anthropic;
mod chat_completions;
mod check;
mod on_the_way;
mod openai;
mod several;
