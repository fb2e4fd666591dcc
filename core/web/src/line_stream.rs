//! The body of a streamed response: lines, then an explicit end.

use hyper::body::{Body, Bytes, Frame};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Chunks that wait for a slow client.
const WAITING: usize = 32;

/// What travels to the body. Data and end take the same way, so that the end cannot overtake a line.
enum Piece {
    Data(Bytes),
    End,
}

/// The lines of a streamed response.
#[derive(Clone)]
pub(crate) struct LineSender(mpsc::Sender<Piece>);

impl LineSender {
    /// Sends lines; waits while the client is slow. Answers whether there still is a client.
    pub(crate) async fn send(&self, lines: Bytes) -> bool {
        self.0.send(Piece::Data(lines)).await.is_ok()
    }

    /// Says that the answer is whole.
    pub(crate) async fn end(&self) {
        // Without a client nobody needs to know.
        let _ = self.0.send(Piece::End).await;
    }
}

/// The body of a streamed response: ends only where its work said so, and is an error if all senders are gone before.
pub(crate) struct LineStream {
    pieces: mpsc::Receiver<Piece>,
    is_ended: bool,
}

/// The work behind a streamed response is gone without an end.
#[derive(Debug)]
pub(crate) struct BrokenStream;

impl std::fmt::Display for BrokenStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the answer broke off")
    }
}

impl std::error::Error for BrokenStream {}

impl Body for LineStream {
    type Data = Bytes;
    type Error = BrokenStream;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenStream>>> {
        if self.is_ended {
            return Poll::Ready(None);
        }
        self.pieces.poll_recv(context).map(|piece| match piece {
            Some(Piece::Data(lines)) => Some(Ok(Frame::data(lines))),
            Some(Piece::End) => {
                self.is_ended = true;
                None
            }
            None => Some(Err(BrokenStream)),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.is_ended
    }
}

/// A body, and what fills it.
pub(crate) fn channel() -> (LineSender, LineStream) {
    let (sender, pieces) = mpsc::channel(WAITING);
    (LineSender(sender), LineStream { pieces, is_ended: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn a_stream_whose_senders_are_gone_is_broken_and_not_whole() {
        let (sender, body) = channel();
        assert!(sender.send(Bytes::from_static(b"{}\n")).await);
        drop(sender);
        assert_eq!(body.collect().await.unwrap_err().to_string(), "the answer broke off");
        let (sender, body) = channel();
        assert!(sender.send(Bytes::from_static(b"{}\n")).await);
        sender.end().await;
        assert_eq!(body.collect().await.unwrap().to_bytes(), "{}\n");
    }
}
