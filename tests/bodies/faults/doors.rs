use std::ffi::{c_char, c_int, c_long, c_void};
use std::io::Write as _;
use std::{fs, io, net, process};

unsafe extern "C" {
    fn fork() -> c_int;
    fn kill(process: c_int, signal: c_int) -> c_int;
    fn memfd_create(name: *const c_char, flags: u32) -> c_int;
    fn mmap(at: *mut c_void, size: usize, may: c_int, flags: c_int, file: c_int, from: i64) -> *mut c_void;
    fn process_vm_readv(process: c_int, to: *const Piece, n: u64, from: *const Piece, m: u64, flags: u64) -> isize;
    fn ptrace(request: c_int, process: c_int, at: *mut c_void, data: *mut c_void) -> c_long;
    fn syscall(number: c_long, ...) -> c_long;
}

#[repr(C)]
struct Piece {
    start: *const c_void,
    size: usize,
}

/// What the C library said.
fn done(said: i64) -> io::Result<()> {
    match said {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Tries a door. `at` is a file that everyone may read, or the address of somebody who listens; `host` the process of
/// the host.
pub fn open_door(door: &str, host: i32, at: &str) -> Result<String, ToolError> {
    let mut word = 0_u64;
    let ours = Piece { start: (&raw mut word).cast(), size: 8 };
    let theirs = Piece { start: 0x40_0000 as *const c_void, size: 8 };
    let outcome = match door {
        "shadow" => fs::read("/etc/shadow").map(drop),
        "a readable file" => fs::read(at).map(drop),
        "a new file" => fs::write("/tmp/anvil-tests-door", "open"),
        "stat" => fs::metadata(at).map(drop),
        "a folder" => fs::read_dir("/").map(drop),
        "the memory of the host" => fs::File::options().read(true).open(format!("/proc/{host}/mem")).map(drop),
        "the environment of the host" => fs::read(format!("/proc/{host}/environ")).map(drop),
        "the environment" => match std::env::vars_os().count() {
            0 => Err(io::ErrorKind::PermissionDenied.into()),
            _ => Ok(()),
        },
        "TCP" => net::TcpStream::connect(at).map(drop),
        "a TCP server" => net::TcpListener::bind("127.0.0.1:0").map(drop),
        "UDP" => net::UdpSocket::bind("0.0.0.0:0").map(drop),
        "a Unix socket" => std::os::unix::net::UnixStream::connect(at).map(drop),
        "exec" => process::Command::new("/bin/true").status().map(drop),
        "fork" => done(unsafe { fork() }.into()),
        "a signal to the host" => done(unsafe { kill(host, 0) }.into()),
        "new code" => done(unsafe { mmap(std::ptr::null_mut(), 4096, 1 | 4, 0x22, -1, 0) } as i64),
        "a file in memory" => done(unsafe { memfd_create(c"x".as_ptr(), 0) }.into()),
        "process_vm_readv" => done(unsafe { process_vm_readv(host, &ours, 1, &theirs, 1, 0) } as i64),
        "ptrace" => done(unsafe { ptrace(16, host, std::ptr::null_mut(), std::ptr::null_mut()) }),
        "io_uring_setup" => done(unsafe { syscall(425, 8, &raw mut word) }),
        _ => return Ok("there is no such door".to_owned()),
    };
    let _ = io::stdout().flush();
    match outcome {
        Ok(()) => Ok(format!("{door} is open")),
        Err(error) => Err(ToolError::new(format!("shut: {error}"))),
    }
}
