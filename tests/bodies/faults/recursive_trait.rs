trait Deep {
    const DEPTH: u64;
}

struct Wrap<T>(std::marker::PhantomData<T>);

impl<T> Deep for T
where
    Wrap<T>: Deep,
{
    const DEPTH: u64 = <Wrap<T> as Deep>::DEPTH + 1;
}

pub fn successor(x: u64) -> Result<u64, ToolError> {
    Ok(x + <u8 as Deep>::DEPTH)
}
