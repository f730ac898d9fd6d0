//! in-toto statements and typed predicates.
