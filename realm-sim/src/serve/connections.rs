//! Accepting connections, so many at once and no more.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Shared;

/// Pause after the system refused a connection, for example for want of file descriptors: the
/// next attempt would fail at once, and again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Hands every connection to `serve`, on one of the server's threads, until it stops; then waits for
/// those under way.
///
/// Connections beyond the limit are closed at once: a client then tries elsewhere instead of
/// waiting.
pub(super) async fn accept<F>(
    listener: TcpListener,
    mut shared: Shared,
    serve: impl Fn(TcpStream, SocketAddr, Shared) -> F + Clone + Send + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(shared.max_connections));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = shared.stopped() => break,
            accepted = listener.accept() => accepted,
        };
        // Finished ones are collected here, lest they pile up.
        while connections.try_join_next().is_some() {}
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
            tracing::warn!(%peer, "too many connections");
            continue;
        };
        // Replies are written whole; waiting for more would only delay them.
        let _ = stream.set_nodelay(true);
        // It belongs to this thread's reactor; the one that it goes to takes it over.
        let (Ok(stream), Some(worker)) = (stream.into_std(), shared.workers.next()) else {
            continue;
        };
        let (serve, shared) = (serve.clone(), shared.clone());
        let served = async move {
            match TcpStream::from_std(stream) {
                Ok(stream) => serve(stream, peer, shared).await,
                Err(error) => tracing::warn!(%peer, %error, "cannot serve a connection"),
            }
            drop(slot);
        };
        connections.spawn_on(served, worker);
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}
