//! A terminal that hands over each key at once, and not each line. Where that cannot be had, keys take Enter.

#[cfg(unix)]
pub(crate) use unix::Unbuffered;

#[cfg(unix)]
mod unix {
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
    use std::io;

    /// Lasts until it is dropped; Ctrl-C is a key like any other meanwhile.
    pub(crate) struct Unbuffered(Termios);

    impl Unbuffered {
        pub(crate) fn stdin() -> io::Result<Self> {
            let before = tcgetattr(io::stdin())?;
            let mut modes = before.clone();
            modes
                .local_modes
                .remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
            tcsetattr(io::stdin(), OptionalActions::Now, &modes)?;
            Ok(Self(before))
        }
    }

    impl Drop for Unbuffered {
        fn drop(&mut self) {
            // A terminal that is gone needs no mending.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
        }
    }
}

#[cfg(not(unix))]
pub(crate) struct Unbuffered;

#[cfg(not(unix))]
impl Unbuffered {
    pub(crate) fn stdin() -> std::io::Result<Self> {
        Ok(Self)
    }
}
