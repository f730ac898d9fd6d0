mod claims;
mod v02;
mod v1;
