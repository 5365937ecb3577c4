//! A web server in the tailnet by tailscale-rs, without a tailscaled:
//!
//!     cairn-rust-axum URL-OF-THE-SERVER AUTH-KEY HOSTNAME FILE-OF-KEYS
use std::{env, error::Error};

use axum::{Router, routing::get};
use tailscale::{Config, Device};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().collect();
    let [_, url, key, hostname, keys] = args.as_slice() else {
        return Err("four words are needed".into());
    };
    let mut config = Config::default_with_key_file(keys).await?;
    config.control_server_url = url.parse()?;
    config.requested_hostname = Some(hostname.clone());
    let device = Device::new(&config, Some(key.clone())).await?;
    let address = device.ipv4_addr().await?;
    let listener = device.tcp_listen((address, 80).into()).await?;
    println!("serves at {address}");
    let pages = Router::new().route("/", get(|| async { "from Rust\n" }));
    axum::serve(tailscale::axum::Listener::from(listener), pages).await?;
    Ok(())
}
