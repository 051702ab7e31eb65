//! Sessions of `try`, in process.
